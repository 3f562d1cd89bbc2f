"""Invitations that arrive, once: with a note and without, asked for in every way, by many at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.agent import Script, Work
from tests.harness.scene import Scene
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until

INVITE = "/linkedin-agent/send-connection-request"


@pytest.mark.parametrize(
    ("asked", "sent"),
    [(None, None), ("  Hello, Ada  ", "Hello, Ada"), (" ", None), ("\U0001f600" * 150, "\U0001f600" * 150)],
)
def test_an_invitation_arrives_with_the_note_it_was_given(stage: Scene, asked: str | None, sent: str | None) -> None:
    stage.agent.premium = asked is not None and len(asked) > 100  # an account that pays may say more
    with stage.agent.at_work():
        done = stage.ended(stage.invite("ada-lovelace", note=asked))
    assert (done["status"], done["task_output"]["sent"]) == ("completed", True)
    assert [(one.to, one.note) for one in stage.sky.sent] == [(urn_of("ada-lovelace"), sent)]
    assert done["evidence"]["invitation_urn"] == stage.sky.sent[0].urn


def test_a_name_is_read_first_and_its_urn_invited(stage: Scene) -> None:
    with stage.agent.at_work():
        read = stage.post("/linkedin-agent/fetch-profile", {"profile_slug": "https://www.linkedin.com/in/ada-lovelace"})
        profile = stage.ended(read.body["api_agent_task_id"])["task_output"]
        assert profile["profile_urn"] == profile["profile"]["profile_urn"] == urn_of("ada-lovelace")
        assert stage.ended(stage.invite(profile["profile_urn"]))["task_output"]["sent"] is True
    assert len(stage.sky.to(urn_of("ada-lovelace"))) == 1


def test_one_person_asked_for_in_every_way_is_invited_once(stage: Scene) -> None:
    urn = urn_of("ada-lovelace")
    forms = [
        "ada-lovelace", "Ada-Lovelace", "https://www.linkedin.com/in/ada-lovelace/", "https://linkedin.com/in/ADA-LOVELACE",
        urn, urn.rpartition(":")[2], urn.replace("fsd_profile", "fs_miniProfile"), "ada-lovelace-born-byron",
    ]  # fmt: skip
    known = {"ada-lovelace-born-byron": urn}
    stage.agent.sky = Aliases(stage.sky.clock, known)
    random.Random(7).shuffle(forms)
    with stage.agent.at_work(), ThreadPoolExecutor(8) as crowd:
        tasks = set(crowd.map(stage.invite, forms * 4))
        done = [stage.ended(task) for task in tasks]
    assert {one["status"] for one in done} == {"completed"}
    assert all(one["task_output"]["sent"] for one in done)
    assert len(stage.agent.sky.to(urn)) == 1
    for form in forms:
        assert stage.status(stage.invite(form))["status"] == "completed"


class Aliases(Sky):
    """A sky in which one person has two public names."""

    def __init__(self, clock: Any, known: dict[str, str]) -> None:
        super().__init__(clock)
        self.known = known

    def resolve(self, urn: str | None, slug: str | None) -> str:
        return self.known.get(slug or "") or super().resolve(urn, slug)


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        ("pending_out", "already_pending"),
        ("connected", "already_connected"),
        ("pending_in", "incoming_pending"),
        ("self", "own_profile"),
    ],
)
def test_who_needs_no_invitation_gets_none(stage: Scene, relation: str, code: str) -> None:
    stage.sky.relations[urn_of("ada-lovelace")] = relation
    with stage.agent.at_work():
        done = stage.ended(stage.invite("ada-lovelace"))
    assert (done["status"], done["task_output"]["code"], done["task_output"]["sent"]) == ("failed", code, False)
    assert stage.sky.sent == []


def test_a_signed_out_member_returns_and_the_work_goes_on(stage: Scene) -> None:
    account, stage.agent.account = stage.agent.account, None
    with stage.agent.at_work():
        task = stage.invite("ada-lovelace")
        until(lambda: stage.status(task)["blocked_by"] == "signed_out", "being signed out")
        stage.agent.account = account
        assert stage.ended(task)["task_output"]["sent"] is True


def test_linkedins_limit_refuses_callers_and_ends_by_itself(stage: Scene) -> None:
    limited = Script(act=lambda _work, _sky: ("invitation_limit_reached", {"http_status": 429, "acted": True}))
    task = stage.invite("ada-lovelace")
    assert stage.agent.turn(limited) == "queued"
    refused = stage.post(INVITE, {"profile_urn": "grace-hopper"})
    assert (refused.status, refused.body["error"]) == (429, "LinkedIn invitation limit reached")
    assert 0 < int(refused.headers["retry-after"]) <= 7 * 86_400
    waiting = stage.status(task)
    assert (waiting["status"], waiting["blocked_by"]) == ("pending", "invitation_limit")
    stage.server.jump(7 * 86_400_000)
    with stage.agent.at_work():
        assert stage.ended(task)["task_output"]["sent"] is True
        assert stage.ended(stage.invite("grace-hopper"))["task_output"]["sent"] is True
    assert len(stage.sky.sent) == 2


def test_a_cancelled_invitation_never_leaves(stage: Scene) -> None:
    def cancel(work: Work) -> None:
        stage.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id})

    task = stage.invite("ada-lovelace")
    assert stage.agent.turn(Script(leased=cancel)) == "cancelled"
    assert stage.status(task)["status"] == "cancelled"
    assert stage.sky.sent == []


def test_a_crowd_of_people_is_invited_once_each_by_two_browsers(stage: Scene) -> None:
    other = stage.browser()
    with stage.agent.at_work(), other.at_work():
        tasks = [stage.invite(f"person-{n}") for n in range(20)]
        assert {stage.ended(task)["status"] for task in tasks} == {"completed"}
    assert sorted(one.to for one in stage.sky.sent) == sorted(urn_of(f"person-{n}") for n in range(20))
