"""Stories of troubles that stop only what they have to do with."""

from __future__ import annotations

from curtsy.domain.member import Cause
from curtsy.service import access, pauses
from curtsy.service.rehearsal import SLICE, play
from curtsy.service.upkeep import upkeep
from curtsy.storage.store import Store
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.later import sent
from tests.faults.teeth.news import serving
from tests.harness.agent import Work
from tests.harness.scene import Scene, set_scene


def _look_given(scene: Scene) -> Work | None:
    scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
    scene.agent.ask()
    scene.server.run(upkeep)
    return scene.agent.lease()


def a_list_that_changed_stops_no_invitation(t: Town) -> None:
    with sent(t) as (scene, _task):
        work = _look_given(scene)
        assert work is not None
        assert scene.agent.finish(work, "client_outdated").body["state"] == "queued"
        scene.invite("ben")
        assert scene.agent.turn() == "completed"


def a_list_that_changed_is_not_read_again(t: Town) -> None:
    with sent(t) as (scene, _task):
        work = _look_given(scene)
        assert work is not None
        scene.agent.finish(work, "client_outdated")
        t.clock.jump(3_600_000)
        assert scene.agent.lease() is None


def a_pause_of_one_team_stops_no_test_of_another(t: Town) -> None:
    with serving(t, Limits()) as (scene, server):
        key = scene.server.run(access.create_key, scene.house.team_id, test=True).secret
        for n in range(SLICE + 1):
            scene.post("/linkedin-agent/send-connection-request", {"profile_urn": f"behind-{n}"}, key)
        scene.server.run(_paused, scene.house.team_id)
        other = set_scene(server, scene.sky, name="Neighbours")
        key = scene.server.run(access.create_key, other.house.team_id, test=True).secret
        made = other.post("/linkedin-agent/send-connection-request", {"profile_urn": "next-door"}, key).body
        scene.server.run(play)
        status = other.get(
            "/linkedin-agent/get-task-status", key, api_agent_task_id=str(made["api_agent_task_id"])
        ).body["data"]["status"]
        other.close()
        assert status == "processing"


def _paused(store: Store, now: int, team_id: str) -> None:
    """The double of the team's only member rests."""
    team = store.rehearsals.team_for(team_id)
    assert team is not None
    pauses.pause(store, now, team, store.teams.members(team)[0].id, Cause.CHALLENGE)
