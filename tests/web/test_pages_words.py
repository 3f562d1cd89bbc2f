"""Every way in which something can stand has its sentence on a page, and every call its place in the viewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from curtsy.domain.member import Cause
from curtsy.domain.outcome import Outcome
from curtsy.domain.task import TaskState
from curtsy.service.access import Scope
from curtsy.web.pages import words
from curtsy.web.pages.paper import ago, day
from curtsy.web.routes import ROUTES
from tests.pages.visitor import premises, said

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
MINUTE = 60_000


def test_every_state_outcome_cause_and_scope_has_its_words() -> None:
    assert list(words.STATES) == list(TaskState)
    assert list(words.OUTCOMES) == list(Outcome)
    assert set(words.CAUSES) == set(Cause)
    assert list(words.SCOPES) == list(Scope)
    assert all(words.waits(cause) for cause in Cause)


def test_names_on_a_page_are_told_apart() -> None:
    assert len({title for title, _, _ in words.STATES.values()}) == len(TaskState)
    assert len(set(words.OUTCOMES.values())) == len(Outcome)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (CHROME, "Chrome 156 on Linux"),
        (CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64") + " Edg/156.0", "Edge 156 on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 on macOS"),
        ("Scripted 1", "Scripted 1"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_called_by_its_name(told: str, shown: str) -> None:
    assert words.browser(told) == shown


@pytest.mark.parametrize(
    ("apart", "shown"),
    [
        (0, "just now"),
        (-59_999, "just now"),
        (-MINUTE, "1 min ago"),
        (-61 * MINUTE, "1 h ago"),
        (-48 * 60 * MINUTE, "2 days ago"),
        (30_000, "in a moment"),
        (5 * MINUTE, "in 5 min"),
    ],
)
def test_a_time_is_told_from_now(apart: int, shown: str) -> None:
    now = 1_795_000_000_000
    assert ago(now + apart, now) == shown
    assert day(0) == "1 Jan 1970, 00:00 UTC"


def test_the_viewer_shows_every_call_with_its_refusals(tmp_path: Path) -> None:
    with premises(tmp_path) as here, here.visitor() as anybody:
        page = anybody.open("/docs")
        shown = said(page)
        for route in ROUTES:
            assert f"{route.method} {route.path}" in shown
            for refusal in route.refusals:
                assert refusal.code in shown
        assert f"curl &#39;{here.server.url}/linkedin-agent/send-connection-request&#39;" in page.text
        assert "http://" not in page.text.replace(here.server.url, "")
        assert "https://" not in page.text.replace("https://example.com/curtsy", "")
