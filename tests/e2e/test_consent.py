"""A member who wishes to be asked first: name, headline and note in the popup, Yes and it is sent, No and it is not.

What they can do besides is told elsewhere: a Pause while the server is away in ``test_server_dies``, a challenge that
is handed to the member and comes back in ``test_pauses``.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.member import Member
from tests.e2e.story import Story
from tests.harness.waiting import until

NOTE = "Hello, may I connect?"


def reads(story: Story, since: int) -> list[str]:
    """What LinkedIn was asked for since then."""
    lines: list[dict[str, Any]] = story.twin.ask("requests", since=since)["requests"]
    return [line["path"].removeprefix("/voyager/api/").split("?")[0] for line in lines if "/voyager/" in line["path"]]


def wish_to_be_asked(popup: Page) -> None:
    popup.get_by_text("What I allow").click()
    popup.get_by_label("Ask me before each invitation").check()
    popup.get_by_label("At most a day").fill("7")
    popup.get_by_role("button", name="Keep this").click()
    expect(popup.locator("#kept")).to_have_text("Kept. It holds from now on.")


def test_each_invitation_waits_for_the_members_word(story: Story, member: Member) -> None:
    with member.popup() as popup:
        wish_to_be_asked(popup)
    since = story.twin.ask("requests")["requests"][-1]["n"]
    wanted, unwanted = story.invite("person-80", NOTE), story.invite("person-81")
    assert story.blocked(wanted, "awaiting_approval")["status"] == "pending"
    with member.popup() as popup:
        expect(popup.locator("#waiting li")).to_have_count(2)
        until(lambda: popup.evaluate("chrome.action.getBadgeText({})") == "?", "the mark on the icon")
        first, second = popup.locator("#waiting li").all()
        for text in ("Person Number 80", "Member of the twin", NOTE):
            expect(first).to_contain_text(text)
        expect(second).to_contain_text("Person Number 81")
        expect(second).to_contain_text("Without a note.")
        seen = reads(story, since)
        assert seen == ["me", "identity/dash/profiles"] * 2
        popup.get_by_role("button", name="No, do not invite Person Number 81").click()
        expect(popup.locator("#answered")).to_have_text("Person Number 81: no. Nothing is sent.")
        assert story.ended(unwanted)["task_output"]["code"] == "declined"
        assert (story.status(wanted)["blocked_by"], story.posts(), reads(story, since)) == (
            "awaiting_approval",
            0,
            seen,
        )
        # The rest with the keyboard alone.
        assert popup.evaluate("document.activeElement.dataset.task") == wanted
        popup.keyboard.press("Tab")
        popup.keyboard.press("Tab")
        assert popup.evaluate("document.activeElement.getAttribute('aria-label')") == "Yes, invite Person Number 80"
        popup.keyboard.press("Enter")
        story.sent_once(wanted, "person-80")
        expect(popup.locator("#asked-title")).to_have_text("Nothing waits for your yes")
        popup.get_by_text("The last 20 things done in your name").click()
        expect(popup.locator("#acts li")).to_have_count(1)
        expect(popup.locator("#acts li")).to_contain_text("Sent, waits for an answer")
        expect(popup.locator("#acts li")).to_contain_text("Person Number 80")
    [kept] = story.held("person-80")
    assert kept["message"] == NOTE
