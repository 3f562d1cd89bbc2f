"""The code of the document about webhooks, in Python and in JavaScript, takes our messages and no others."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from curtsy.domain.webhook import EVENT_TYPES, SCHEDULE_MS
from curtsy.web.routes import ROUTES
from tests.contract.samples import the_node
from tests.harness.receiver import Told, receiving
from tests.harness.scene import Scene
from tests.web.hooks import Hooks, heard

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
RUN = """
import { told } from "./told.mjs";
let said = "";
for await (const part of process.stdin) said += part;
for (const one of JSON.parse(said)) {
  try { told(one.secret, one.headers, one.body); console.log("taken"); } catch { console.log("refused"); }
}
"""


def code(language: str) -> str:
    """The block of this language."""
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def message(scene: Scene) -> Iterator[tuple[str, Told]]:
    """One message, and the secret that signs it."""
    with receiving() as receiver:
        made = Hooks(scene).make(receiver.url, types=["task.created"])
        scene.invite("ada-example", note="Grüße — 你好")
        yield made["secret"], heard(receiver, 1)[0]


def altered(secret: str, told: Told) -> list[dict[str, Any]]:
    """The message itself, and then what somebody else might make of it."""
    body, headers = told.body.decode(), dict(told.headers)
    return [
        {"secret": secret, "headers": headers, "body": body},
        {"secret": secret, "headers": headers, "body": body.replace("pending", "complete")},
        {"secret": secret, "headers": {**headers, "webhook-id": "another"}, "body": body},
        {"secret": secret, "headers": {**headers, "webhook-timestamp": "1700000000"}, "body": body},
        {"secret": secret, "headers": {**headers, "webhook-signature": "v1," + "A" * 43 + "="}, "body": body},
        {"secret": "whsec_" + "QUJD" * 8, "headers": headers, "body": body},
    ]


def test_python_takes_ours_and_no_others(
    message: tuple[str, Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "told_by_curtsy.py").write_text(code("python"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    told: Callable[[str, dict[str, str], bytes], dict[str, Any]] = importlib.import_module("told_by_curtsy").told
    genuine, *others = altered(*message)
    assert told(genuine["secret"], genuine["headers"], genuine["body"].encode())["type"] == "task.created"
    for other in others:
        with pytest.raises(WebhookVerificationError):
            told(other["secret"], other["headers"], other["body"].encode())


def test_javascript_takes_ours_and_no_others(message: tuple[str, Told], tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(ROOT / "extension" / "node_modules")
    (tmp_path / "told.mjs").write_text(code("js"), "utf-8")
    (tmp_path / "run.mjs").write_text(RUN, "utf-8")
    done = subprocess.run(
        [the_node(), "run.mjs"], cwd=tmp_path, input=json.dumps(altered(*message)), capture_output=True, text=True,
        timeout=30, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["taken", *["refused"] * 5]


def test_the_document_names_every_call_type_and_wait() -> None:
    calls = {f"{route.method} {route.path}" for route in ROUTES if route.path.startswith("/v1/webhook-endpoints")}
    assert [call for call in calls if f"`{call}`" not in TEXT] == []
    assert [kind for kind in EVENT_TYPES if f"`{kind}`" not in TEXT] == []
    units = {1_000: "s", 60_000: "min", 3_600_000: "h"}
    said = [
        next(f"{ms // unit} {name}" for unit, name in sorted(units.items(), reverse=True) if ms >= unit)
        for ms in SCHEDULE_MS[1:]
    ]
    assert ", ".join(said[:-1]) + " and " + said[-1] in TEXT.replace("\n", " ")
