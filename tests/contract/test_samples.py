"""Clients that nobody here wrote, and some of ours: each invites the same way and learns that it was sent."""

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.samples import SEED, Sample, objects, ours, seeds
from tests.harness.scene import scene

PERSON = {"seed bash": "urn:li:fsd_profile:ACoAABCDEF123", "our bash": "ACoAAOurCurl1"}


def tasks_and_status(printed: str) -> None:
    """Two answers that name one task, then its status with the note of the first, which is none."""
    first, second, status = objects(printed)
    assert first["success"] is second["success"] is status["success"] is True
    assert first["message"] == second["message"] == "Send connection request task created successfully"
    assert first["api_agent_task_id"] == second["api_agent_task_id"] == status["data"]["id"]
    assert status["data"]["task_input"]["task_type"] == "agent_send_connection_request"


def sent_twice_in_javascript(printed: str) -> None:
    """What Node prints of an object: { sent: true, ... }."""
    assert len(re.findall(r"\bsent: true\b", printed)) == 2, printed


def sent_twice_in_python(printed: str) -> None:
    """What Python prints of a dict: {'sent': True, ...}."""
    outputs = [ast.literal_eval(line) for line in printed.splitlines()]
    assert [output["sent"] for output in outputs] == [True, True]


def sent_twice_in_json(printed: str) -> None:
    """A line of JSON for each."""
    assert [json.loads(line) for line in printed.splitlines()] == [{"status": "completed", "sent": True}] * 2


SAYS: dict[str, Callable[[str], None]] = {
    "seed bash": tasks_and_status,
    "seed javascript": sent_twice_in_javascript,
    "seed python": sent_twice_in_python,
    "our bash": tasks_and_status,
    "our javascript": sent_twice_in_json,
    "our python": sent_twice_in_json,
}


@pytest.mark.parametrize("sample", [*seeds(), *ours()], ids=lambda sample: sample.name)
def test_a_client_as_written_invites_and_learns_that_it_was_sent(sample: Sample, tmp_path: Path) -> None:
    with scene(tmp_path) as stage:
        before = stage.invite(PERSON.get(sample.name, "somebody-else"))
        with stage.agent.at_work():
            SAYS[sample.name](sample.run(tmp_path, stage.url, stage.house.key, before))
            stage.ended(before)
        held = [stage.sky.to(sent.to) for sent in stage.sky.sent]
        assert all(len(invitations) == 1 for invitations in held), "somebody was invited twice"


def test_the_page_has_its_three_samples_where_it_is_at_hand() -> None:
    assert [sample.language for sample in seeds()] == (["bash", "javascript", "python"] if SEED.is_file() else [])
