"""Of browsers and members it is told once when they go or stop, and once when they are back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curtsy.domain.member import ONLINE_MS, Cause, Role
from curtsy.service import pauses as pausing
from curtsy.service import review, teams
from curtsy.service.upkeep import upkeep
from curtsy.storage.store import CLOCK_JUMPED, Store
from tests.harness.agent import Agent
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import DAY, HOUR, jump, leased, tick


def told(scene: Scene) -> list[dict[str, Any]]:
    """What was told of browsers and members of the team, oldest first."""

    def ask(store: Store, _now: int) -> list[dict[str, Any]]:
        rows = store.rows.all(
            "SELECT type, member_id, data FROM events WHERE team_id = :team AND task_id IS NULL ORDER BY n",
            {"team": scene.house.team_id},
        )
        return [{"type": kind, "member_id": member, **json.loads(data)} for kind, member, data in rows]

    return scene.server.run(ask)


def presence(scene: Scene, agent_id: str) -> list[str]:
    """What was told of one browser."""
    return [one["type"].removeprefix("agent.") for one in told(scene) if one.get("agent_id") == agent_id]


def pauses(scene: Scene) -> list[tuple[str, str]]:
    """What was told of the admin's pauses."""
    return [
        (one["type"].removeprefix("member."), one["cause"]) for one in told(scene) if one["type"].startswith("member.")
    ]


# ------------------------------------------------------------------ browsers


def test_a_browser_that_falls_silent_and_comes_back_is_told_of_once_each_time(scene: Scene) -> None:
    seen = ["online"]
    for _ in range(2):
        jump(scene, ONLINE_MS - 1)
        assert presence(scene, scene.agent.agent_id) == seen
        jump(scene, 1)
        jump(scene, HOUR)
        assert presence(scene, scene.agent.agent_id) == [*seen, "offline"]
        assert scene.agent.ask().status == scene.agent.ask().status == 200
        seen += ["offline", "online"]
        assert presence(scene, scene.agent.agent_id) == seen


def test_a_browser_that_asks_now_and_then_stays(scene: Scene) -> None:
    for _ in range(10):
        jump(scene, ONLINE_MS - 1)
        assert scene.agent.ask().status == 200
    assert presence(scene, scene.agent.agent_id) == ["online"]


def test_of_a_silence_that_nobody_noticed_nothing_is_told(scene: Scene) -> None:
    tick(scene, HOUR)
    assert scene.agent.ask().status == 200
    scene.server.run(upkeep)
    assert presence(scene, scene.agent.agent_id) == ["online"]


def test_a_browser_that_is_unpaired_is_gone_at_once(scene: Scene) -> None:
    assert scene.agent.unpair().status == 200
    jump(scene, HOUR)
    assert presence(scene, scene.agent.agent_id) == ["online", "offline"]


def test_a_silent_browser_that_is_unpaired_was_gone_already(scene: Scene) -> None:
    jump(scene, HOUR)
    assert scene.agent.unpair().status == 200
    jump(scene, HOUR)
    assert presence(scene, scene.agent.agent_id) == ["online", "offline"]


def test_a_browser_that_is_paired_again_is_another_one(scene: Scene) -> None:
    again = scene.browser(installation_id=scene.agent.installation_id)
    assert presence(scene, scene.agent.agent_id) == ["online", "offline"]
    assert presence(scene, again.agent_id) == ["online"]
    of_browsers = [one["type"] for one in told(scene) if "agent_id" in one]
    assert of_browsers == ["agent.online", "agent.offline", "agent.online"]


def test_a_member_who_acts_with_another_account_lets_the_browsers_before_go(scene: Scene) -> None:
    changed = Agent(scene.url, scene.sky, account=urn_of(f"other-{scene.house.team_id}"))
    scene.others.append(changed)
    assert changed.pair(scene.house.code()).status == 200
    assert presence(scene, scene.agent.agent_id) == ["online", "offline"]
    assert presence(scene, changed.agent_id) == ["online"]


def test_the_browsers_of_a_member_who_leaves_are_gone(scene: Scene) -> None:
    member = scene.house.member("ben@example.com", Role.MEMBER)
    browser = scene.browser(scene.house.code(member), account=urn_of(f"ben-{scene.house.team_id}"))
    scene.server.run(teams.leave, scene.house.team_id, member.id)
    assert presence(scene, browser.agent_id) == ["online", "offline"]
    assert presence(scene, scene.agent.agent_id) == ["online"]


def test_a_clock_that_was_put_right_does_not_bring_anybody_back(scene: Scene) -> None:
    jump(scene, HOUR)

    def in_the_future(store: Store, now: int) -> None:
        store.set_house(CLOCK_JUMPED, str(now))
        store.rows.one(
            "UPDATE agents SET last_seen_at = :future WHERE id = :id",
            {"future": now + DAY, "id": scene.agent.agent_id},
        )

    scene.server.run(in_the_future)
    assert scene.server.run(review.confirm_clock)
    jump(scene, HOUR)
    assert presence(scene, scene.agent.agent_id) == ["online", "offline"]
    assert scene.agent.ask().status == 200
    assert presence(scene, scene.agent.agent_id) == ["online", "offline", "online"]


# ------------------------------------------------------------------ members


def test_a_pause_that_ends_by_itself_is_told_at_both_ends(scene: Scene) -> None:
    assert scene.agent.finish(leased(scene, "throttled-one"), "throttled").status == 200
    jump(scene, HOUR)
    scene.server.run(upkeep)
    assert pauses(scene) == [("paused", "throttled"), ("resumed", "throttled")]


def test_a_pause_that_is_made_longer_is_told_once(scene: Scene) -> None:
    house = scene.house
    for _ in range(2):
        scene.server.run(pausing.pause, house.team_id, house.admin.id, Cause.INVITATION_LIMIT)
        tick(scene, HOUR)
    assert pauses(scene) == [("paused", "invitation_limit")]


@pytest.mark.parametrize("cause", ["signed_out", "challenge"])
def test_a_pause_that_somebody_ends_is_told_at_both_ends(scene: Scene, cause: str) -> None:
    assert scene.agent.finish(leased(scene, "stops-it"), cause).status == 200
    assert pauses(scene) == [("paused", cause)]
    assert scene.agent.ask().status == scene.agent.resume().status == scene.agent.resume().status == 200
    assert pauses(scene) == [("paused", cause), ("resumed", cause)]
