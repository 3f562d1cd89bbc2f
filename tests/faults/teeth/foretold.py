"""Stories of what is told beforehand: when a task is due, and until when a member rests."""

from __future__ import annotations

from datetime import UTC, datetime

from curtsy.domain.member import Cause
from curtsy.service import pauses, teams
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.later import HOUR
from tests.faults.teeth.news import serving

DAY = 24 * HOUR


def who_may_begin_only_later_is_not_waited_for(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.server.run(teams.set_pace, scene.house.team_id, scene.house.admin.id, 1, 7, (0, 0))
        scene.invite("ada")
        assert scene.agent.turn() == "completed"
        now = t.clock()
        scene.invite("ben", not_before=datetime.fromtimestamp((now + 10 * DAY) / 1000, UTC).isoformat())
        due = datetime.fromisoformat(scene.status(scene.invite("cem"))["estimated_at"]).timestamp() * 1000
        assert due - now < 1.5 * DAY


def a_pause_that_is_over_is_not_made_longer(t: Town) -> None:
    def told(store: Store, _now: int) -> list[str]:
        return [row[0] for row in store.rows.all("SELECT type FROM events WHERE type LIKE 'member.%' ORDER BY n", {})]

    for _ in range(2):
        t.run(pauses.pause, t.members[0].team_id, t.members[0].id, Cause.THROTTLED)
        t.clock.jump(HOUR)
    assert t.run(told) == ["member.paused", "member.resumed", "member.paused"]


def a_pause_made_longer_meanwhile_is_not_lifted(t: Town) -> None:
    """Another replica, whose clock is behind, makes it longer between two statements of upkeep."""

    def over(store: Store, now: int) -> list[str]:
        return [pause[0] for pause in store.teams.pauses_over(now, 10)]

    member = t.members[0]
    t.run(pauses.pause, member.team_id, member.id, Cause.THROTTLED, HOUR)
    t.clock.jump(HOUR - 1)
    t.run(pauses.pause, member.team_id, member.id, Cause.THROTTLED, HOUR)
    t.clock.jump(1)
    assert t.run(over) == []
    t.clock.jump(HOUR - 1)
    [pause_id] = t.run(over)
    assert not t.run(lambda store, now: store.teams.lift_over(pause_id, now - HOUR))
    assert t.run(lambda store, now: store.teams.lift_over(pause_id, now))
