"""Stories of invitations that are taken back, and of what must not be taken for that."""

from __future__ import annotations

from typing import Any

from curtsy.service import teams
from curtsy.service.restoring import begin_again
from curtsy.web.crowd import Limits
from tests.faults.machine.town import Town
from tests.faults.teeth.later import WITHDRAW, becomes, sent
from tests.faults.teeth.news import serving
from tests.harness.agent import Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky, urn_of

INVITE = "/linkedin-agent/send-connection-request"
ADA = urn_of("ada")


def withdraw(scene: Scene, **body: str) -> str:
    return str(scene.post(WITHDRAW, body).body["api_agent_task_id"])


def nothing(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
    return "unknown", {"acted": True}


def a_second_withdrawal_waits_for_the_first_to_land(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn(Script(act=nothing)) == "unconfirmed"
        assert scene.agent.turn() == "unconfirmed"


def withdrawn_is_not_said_against_what_is_seen(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)

        def claims(_work: Work, _sky: Sky) -> tuple[str, dict[str, Any]]:
            return "withdrawn", {"acted": True, "http_status": 200, "after": "pending_out"}

        assert scene.agent.turn(Script(act=claims)) == "unconfirmed"


def no_act_ends_in_the_words_of_another(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.invite("ada")
        work = scene.agent.lease()
        assert work is not None
        scene.agent.start(work)
        assert scene.agent.finish(work, "not_pending", {"acted": True}).status == 400


def no_read_ends_in_the_words_of_an_act(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada"})
        work = scene.agent.lease()
        assert work is not None
        assert scene.agent.finish(work, "withdrawn", {"after": "none"}).status == 400


def an_older_browser_is_given_no_look_it_cannot_take(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn(Script(act=nothing)) == "unconfirmed"
        scene.agent.kinds = None
        assert scene.agent.lease() is None


def what_waits_to_be_sent_is_not_withdrawn(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.invite("ada")
        assert scene.post(WITHDRAW, {"profile_urn": "ada"}).status == 409


def doubtful(scene: Scene) -> Work:
    """A withdrawal in hand, of a person whom an invitation in doubt calls by another name."""
    scene.invite(ADA)
    assert scene.agent.turn(Script(act=nothing)) == "unconfirmed"
    withdraw(scene, profile_urn="ada")
    assert scene.agent.turn() == "unconfirmed"
    work = scene.agent.lease()
    assert work is not None
    return work


def what_may_have_been_sent_is_not_taken_away_unseen(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        assert scene.agent.start(doubtful(scene), relation="pending_out").code == "not_now"


def what_may_have_been_sent_is_not_said_to_be_absent(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        said = scene.agent.finish(doubtful(scene), "not_pending", {"before": "none", "profile_urn": ADA})
        assert said.body["state"] == "queued"


def two_names_of_one_withdrawal_meet(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        scene.sky.invite(ADA, None)
        withdraw(scene, profile_urn="ada")
        withdraw(scene, profile_urn=ADA)
        assert scene.agent.turn() == "merged"


def what_is_gone_at_the_second_try_was_withdrawn(t: Town) -> None:
    with sent(t) as (scene, task):
        withdrawal = withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn(Script(act=nothing)) == "unconfirmed"
        t.clock.jump(166_000)
        assert scene.agent.turn() == "queued"
        scene.sky.vanish(ADA)
        assert scene.agent.turn() == "not_connectable"
        assert scene.status(withdrawal)["task_output"]["withdrawn"] is True


def restored(scene: Scene, *entries: dict[str, Any]) -> None:
    """The server is put back on this very database, and the browser hands in its journal."""
    scene.server.run(begin_again)
    said = {"incarnation": 1, "entries": list(entries)}
    scene.agent.incarnation = scene.agent.call("/agent/journal", said).body["incarnation"]


def gone_that_nobody_remembers_is_no_withdrawal(t: Town) -> None:
    with serving(t, Limits()) as (scene, _server):
        task = withdraw(scene, profile_urn="ada")
        restored(scene)
        scene.agent.turn()
        assert scene.status(task)["task_output"]["withdrawn"] is False


def a_withdrawal_in_the_journal_is_no_invitation(t: Town) -> None:
    with sent(t) as (scene, task):
        withdrawal = withdraw(scene, api_agent_task_id=task)
        seen = {"acted": True, "http_status": 200, "after": "pending_out", "invitation_urn": "urn:li:fsd_invitation:7"}
        restored(scene, {"task_id": withdrawal, "lease": "l", "phase": "answered", "evidence": seen})
        assert scene.status(withdrawal)["task_output"] is None


def two_kinds_of_acts_keep_their_distance(t: Town) -> None:
    with serving(t, Limits()) as (scene, server):
        member = scene.house.admin
        server.run(teams.set_pace, member.team_id, member.id, 5, 5, (60, 60))
        scene.invite("ben")
        assert scene.agent.turn() == "completed"
        withdraw(scene, profile_urn="ada")
        assert scene.agent.lease() is None


def who_was_withdrawn_from_is_left_alone(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn() == "completed"
        assert scene.post(INVITE, {"profile_urn": ADA}).code == "cooling_down"


def a_withdrawal_is_told_on_the_invitation(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn() == "completed"
        assert becomes(scene, task) == "withdrawn"


def a_withdrawal_frees_the_person(t: Town) -> None:
    with sent(t) as (scene, task):
        withdraw(scene, api_agent_task_id=task)
        assert scene.agent.turn() == "completed"
        t.clock.jump(22 * 86_400_000)
        scene.agent.ask()
        assert scene.invite("ada") != task
