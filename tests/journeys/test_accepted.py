"""Somebody accepts, and who asked for it is told: by webhook, with the task, within one interval of looks."""

from datetime import datetime

from curtsy.domain.acceptance import FIRST_CHECK_MS
from tests.harness.receiver import receiving
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.harness.waiting import until
from tests.service.sights import MINUTE, jump, tick
from tests.web.hooks import Hooks

STEP = 2 * MINUTE
"""A browser that is asked for this often is online all the time."""


def ms(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() * 1000


def test_an_acceptance_reaches_the_callers_webhook_and_names_the_task(stage: Scene) -> None:
    with receiving() as receiver:
        Hooks(stage).make(receiver.url, types=["invitation.accepted"])
        task = stage.invite("ada-lovelace", metadata={"deal": "4711"})
        assert stage.agent.turn() == "completed"
        tick(stage, STEP)
        stage.sky.accept(urn_of("ada-lovelace"))
        looked = None
        while looked is None:
            assert not receiver.told
            tick(stage, STEP)
            stage.agent.ask()
            jump(stage, 0)
            looked = stage.agent.turn()
        until(lambda: receiver.told, "the webhook")
        [told] = receiver.told
        assert told.type == "invitation.accepted"
        data = told.json["data"]
        assert (data["task"]["id"], data["task"]["metadata"]) == (task, {"deal": "4711"})
        assert data["sender"]["id"] == stage.house.admin.id
        assert STEP <= ms(data["detected_at"]) - ms(data["accepted_at"]) <= FIRST_CHECK_MS
