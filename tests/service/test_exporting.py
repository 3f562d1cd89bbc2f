"""What is held about a member is asked of every table, on either database."""

from __future__ import annotations

from curtsy.service import exporting, rehearsal, teams
from curtsy.storage.store.personal import OF_MEMBER
from tests.harness.scene import Scene


def test_every_table_answers_for_who_is_there_and_who_has_left(scene: Scene) -> None:
    bob = scene.house.member("bob@example.com")
    scene.invite("of-ada")
    assert scene.agent.turn() == "completed"
    scene.server.run(rehearsal.team_for, scene.house.team_id)
    scene.server.run(teams.leave, scene.house.team_id, bob.id)
    ada = scene.server.run(exporting.export, scene.house.team_id, scene.house.admin.email)
    assert set(OF_MEMBER) <= set(ada)
    assert len(ada["tasks"]) == len(ada["invitations"]) == 1
    left = scene.server.run(exporting.export, scene.house.team_id, "Bob@Example.com")
    assert ([one["email"] for one in left["members"]], left["tasks"]) == ([bob.email] * 2, [])
