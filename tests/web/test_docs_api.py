"""Every sample of the API's document is run as it stands."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from curtsy.web.route import Entrance
from curtsy.web.routes import ROUTES
from tests.contract.samples import objects
from tests.harness.scene import Scene

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
SAMPLES = [block for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL) if "curl" in block]
EXAMPLES = re.findall(r"```bash\n([^`]*?)```\n\n```json\n(.*?)```", TEXT, re.DOTALL)


def run(scene: Scene, sample: str) -> str:
    """What a sample prints."""
    told = {
        "CURTSY_URL": scene.url,
        "CURTSY_API_KEY": scene.house.key,
        "TASK_ID": scene.invite("docs-of-the-api"),
        "MEMBER": scene.house.admin.id,
    }
    command = ["bash", "-euc", sample]
    done = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


STREAMS = [sample for sample in SAMPLES if "text/event-stream" in sample]
ANSWERED = [sample for sample in SAMPLES if sample not in STREAMS]


@pytest.mark.parametrize("sample", STREAMS, ids=range(len(STREAMS)))
def test_a_sample_that_follows_is_told_what_happened(scene: Scene, sample: str) -> None:
    scene.invite("docs-of-the-stream")
    lines = run(scene, sample).splitlines()
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [event["type"] for event in told][:2] == ["agent.online", "task.created"]


@pytest.mark.parametrize("sample", ANSWERED, ids=range(len(ANSWERED)))
def test_a_sample_is_answered_with_success(scene: Scene, sample: str) -> None:
    answers = objects(run(scene, sample))
    assert len(answers) == sample.count("curl ")
    assert all(answer["success"] for answer in answers)


@pytest.mark.parametrize(("sample", "example"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_has_the_fields_of_the_answer(scene: Scene, sample: str, example: str) -> None:
    shown, said = json.loads(example), objects(run(scene, sample))[0]
    assert set(shown) == set(said)
    if isinstance(shown.get("data"), dict):
        assert set(shown["data"]) == set(said["data"])


def test_every_route_for_callers_has_its_row() -> None:
    for route in ROUTES:
        if route.door is Entrance.TEAM:
            assert f"| `{route.method} {route.path}` | {route.scope} |" in TEXT
        elif not route.path.startswith("/agent/"):
            assert f"`{route.method} {route.path}`" in TEXT
