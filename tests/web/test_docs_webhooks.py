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

from curtsy.domain.webhook import (
    EVENT_TYPES,
    JITTER,
    LONGEST_QUIET_MS,
    LONGEST_WAIT_MS,
    OLD_SECRET_MS,
    SCHEDULE_MS,
    TEST_EVENT,
    TIMEOUT_MS,
    Next,
    verdict,
)
from curtsy.service.telling import KEPT_MS, LONGEST_KEPT
from curtsy.service.webhooks import MOST_ENDPOINTS
from curtsy.web.post import LONGEST_ANSWER
from curtsy.web.postman import MOST_UNDER_WAY, WIDEST
from curtsy.web.routes import ROUTES
from tests.contract.samples import the_node
from tests.harness.receiver import Told, receiving
from tests.harness.scene import Scene
from tests.harness.served import Served
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
def server(unmoved: Served) -> Served:
    return unmoved


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


LEADS: dict[str, tuple[list[int | None], int, Next]] = {
    "2xx": ([200, 201, 204, 299], 1, Next.DELIVERED),
    "410": ([410], 1, Next.GONE),
    "429 or 503 with `Retry-After`": ([429, 503], 9, Next.AGAIN),
    "any other, or none within 15 seconds": ([None, 100, 301, 308, 400, 404, 409, 429, 500, 503], 1, Next.AGAIN),
    "none of these at the tenth try": ([None, 302, 429, 500], 10, Next.FAILED),
}


def test_what_an_answer_leads_to_is_what_the_document_says() -> None:
    table = TEXT.partition("| answer | leads to |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = dict(line.strip("| ").split(" | ", 1) for line in table.splitlines())
    assert list(rows) == list(LEADS)
    for row, (statuses, tries, leads_to) in LEADS.items():
        assert rows[row].startswith(f"`{leads_to}`")
        for status in statuses:
            found = verdict(status, 60_000 if "Retry-After" in row else None, tries, 0.5)
            assert found.next is leads_to
            assert (found.quiet_ms > 0) == ("Retry-After" in row)
    numbers = (
        (TIMEOUT_MS, 15_000, "within 15 seconds"), (LONGEST_QUIET_MS, 3_600_000, "an hour at most"),
        (LONGEST_WAIT_MS, 86_400_000, "up to 24 hours"), (len(SCHEDULE_MS), 10, "the tenth try"),
        (JITTER, 0.2, "a fifth later"), (LONGEST_ANSWER, 65_536, "64 KiB are read"),
        (LONGEST_KEPT, 4_096, "4,096 characters"), (WIDEST, 16, "Up to 16 messages"),
        (MOST_UNDER_WAY, 256, "share a room of 256"), (OLD_SECRET_MS, 86_400_000, "for 24 hours"),
        (MOST_ENDPOINTS, 20, "at most 20 a team"), (KEPT_MS, 30 * 86_400_000, "kept for 30 days"),
    )  # fmt: skip
    for is_, means, said in numbers:
        assert is_ == means
        assert said in TEXT.replace("\n", " ")


def test_the_document_names_every_call_type_and_wait() -> None:
    calls = {f"{route.method} {route.path}" for route in ROUTES if route.path.startswith("/v1/webhook-endpoints")}
    assert [call for call in calls if f"`{call}`" not in TEXT] == []
    assert [kind for kind in (*EVENT_TYPES, TEST_EVENT) if f"`{kind}`" not in TEXT] == []
    units = {1_000: "s", 60_000: "min", 3_600_000: "h"}
    said = [
        next(f"{ms // unit} {name}" for unit, name in sorted(units.items(), reverse=True) if ms >= unit)
        for ms in SCHEDULE_MS[1:]
    ]
    assert ", ".join(said[:-1]) + " and " + said[-1] in TEXT.replace("\n", " ")
