"""Chromium pointed at the twin: it sees www.linkedin.com and nothing else, and a member's own clicks work."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, expect

from curtsy.twin.browser import kill, launch, start_raw
from curtsy.twin.people import magic_id
from curtsy.twin.remote import Twin
from curtsy.twin.server import running_twin

SITE = "https://www.linkedin.com"
INVITE = """async (urn) => {
  const token = /JSESSIONID="?([^";]+)/.exec(document.cookie)[1];
  for (let n = 0; n < 3; n += 1) await (await fetch("/voyager/api/me", {headers: {"csrf-token": token}})).text();
  const path = "/voyager/api/voyagerRelationshipsDashMemberRelationships?action=verifyQuotaAndCreateV2";
  const body = JSON.stringify({invitee: {inviteeUnion: {memberProfile: urn}}});
  try {
    const answer = await fetch(path, {method: "POST", headers: {"csrf-token": token}, body});
    return answer.status;
  } catch {
    return null;
  }
}"""


@pytest.fixture(scope="module")
def seen_twin() -> Iterator[Twin]:
    with running_twin() as twin:
        yield twin


@pytest.fixture(scope="module")
def browser(seen_twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with launch(None, seen_twin, user_data_dir=tmp_path_factory.mktemp("chromium")) as context:
        yield context


def test_a_member_signs_in_invites_and_withdraws_by_hand(browser: BrowserContext, seen_twin: Twin) -> None:
    page = browser.new_page()
    page.goto(f"{SITE}/in/ada-example/")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Connect").click()
    page.get_by_label("Add a note").fill("Hello Ada")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Pending")).to_be_visible()
    assert [(kept["slug"], kept["message"]) for kept in seen_twin.invitations()] == [("ada-example", "Hello Ada")]
    page.get_by_role("link", name="Sent invitations").click()
    expect(page.get_by_text("Hello Ada")).to_be_visible()
    page.get_by_role("button", name="Withdraw").first.click()
    expect(page.get_by_text("Hello Ada")).to_be_hidden()
    assert seen_twin.invitations()[0]["state"] == "withdrawn"
    cookies = {cookie["name"]: cookie for cookie in browser.cookies(SITE)}
    assert (cookies["li_at"]["httpOnly"], cookies["JSESSIONID"]["httpOnly"]) == (True, False)
    assert {(cookie["secure"], cookie["sameSite"]) for cookie in cookies.values()} == {(True, "None")}
    assert page.evaluate("document.cookie").startswith('JSESSIONID="ajax:')
    page.close()


def test_no_other_host_can_be_reached(browser: BrowserContext) -> None:
    page = browser.new_page()
    for elsewhere in ("https://linkedin.com/", "https://example.com/", "http://www.linkedin.com/"):
        # The page of the error comes after the error.
        with page.expect_event("framenavigated"), pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            page.goto(elsewhere)
    # Playwright can't close a page that shows Chromium's own error.
    page.goto(f"{SITE}/login")
    page.close()


def test_a_lost_answer_is_one_post_and_a_line_that_mends_is_two(browser: BrowserContext, seen_twin: Twin) -> None:
    """Chromium repeats a POST by itself when a connection it has used before closes without an answer."""
    page = browser.new_page()
    page.goto(f"{SITE}/feed/")
    seen_twin.tell("modes", mode="bot_999")
    assert page.evaluate("fetch('/voyager/api/me').then(answer => answer.status)") == 999
    seen_twin.tell("modes", mode="ok")

    def posts(slug: str) -> list[int | None]:
        answer = page.evaluate(INVITE, f"urn:li:fsd_profile:{magic_id(slug)}")
        tried = [line["status"] for line in seen_twin.book()["attempts"] if line["slug"] == slug]
        return [answer, *tried]

    assert posts("drop-before") == [None, None]
    assert posts("drop-after") == [None, None]
    assert posts("reset-after") == [400, None, 400]
    assert [len(seen_twin.invitations(slug)) for slug in ("drop-before", "drop-after", "reset-after")] == [0, 1, 1]
    page.close()


def test_a_plain_start_opens_the_site_with_nothing_attached(seen_twin: Twin, tmp_path: Path) -> None:
    since = seen_twin.ask("requests")["requests"][-1]["n"]
    process = start_raw(None, seen_twin, user_data_dir=tmp_path, address=f"{SITE}/login")
    try:
        deadline = time.monotonic() + 30
        while not any(line["path"] == "/login" for line in seen_twin.ask("requests", since=since)["requests"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        kill(process)
    assert process.returncode == -signal.SIGKILL
