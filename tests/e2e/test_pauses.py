"""What makes a member wait: LinkedIn's session, its challenges and its limits, and what ends the waiting."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.member import SITE, Member
from tests.e2e.story import Story

NOTE = "Hello"


def test_signed_out_and_back(story: Story, member: Member) -> None:
    story.twin.tell("sign-out", viewer=story.viewer)
    task = story.invite("person-10")
    waiting = story.blocked(task, "signed_out")
    assert (waiting["status"], story.posts()) == ("pending", 0)
    with member.page(f"{SITE}/feed/") as page:
        page.locator("[name=session_key]").fill(story.viewer)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{SITE}/feed/")
        story.sent_once(task, "person-10")


def test_a_session_that_ends_at_the_very_act(story: Story, member: Member) -> None:
    story.twin.tell("faults", fault="401", viewer=story.viewer)
    task = story.invite("person-11")
    story.blocked(task, "signed_out")
    member.sign_in(story)
    with member.page(f"{SITE}/feed/"):
        story.sent_once(task, "person-11", posts=2)


def test_the_wrong_member_and_then_the_right_one(story: Story, member: Member) -> None:
    member.sign_in(story, "sam-viewer")
    since = story.twin.ask("requests")["requests"][-1]["n"]
    task = story.invite("person-12")
    story.blocked(task, "wrong_member")
    seen = [line["path"] for line in story.twin.ask("requests", since=since)["requests"] if "/voyager/" in line["path"]]
    assert seen == ["/voyager/api/me"], "a stranger's session was used to look at somebody"
    member.sign_in(story)
    with member.page(f"{SITE}/feed/"):
        story.sent_once(task, "person-12")
    assert story.twin.invitations("person-12", "sam-viewer") == []


def test_a_challenge_stops_everything_until_the_member_has_acted(story: Story, member: Member) -> None:
    story.twin.tell("faults", fault="302_challenge", viewer=story.viewer)
    first, second = story.invite("person-13"), story.invite("person-14")
    story.blocked(first, "challenge")
    story.blocked(second, "challenge")
    since = story.twin.ask("requests")["requests"][-1]["n"]
    with member.popup() as popup:
        expect(popup.locator("#reason")).to_contain_text("confirm something")
        assert popup.evaluate("chrome.action.getBadgeText({})") == "!"
        with member.page(f"{SITE}/feed/") as page:
            page.get_by_role("button").click()
            page.wait_for_url(f"{SITE}/feed/")
        asked = [line["path"] for line in story.twin.ask("requests", since=since)["requests"]]
        assert [path for path in asked if "/voyager/" in path] == [], "LinkedIn was asked before the member said so"
        assert story.posts() == 1
        popup.get_by_role("button", name="I have looked at LinkedIn: resume").click()
        assert story.ended(first)["task_output"]["sent"] is True
        assert story.ended(second)["task_output"]["sent"] is True
    assert sorted(kept["slug"] for kept in story.twin.invitations(viewer=story.viewer)) == ["person-13", "person-14"]
    assert story.posts() == 3


def test_the_weekly_limit_is_told_to_callers(story: Story) -> None:
    task = story.invite("weekly-limit")
    story.blocked(task, "invitation_limit")
    refused = story.post("send-connection-request", profile_urn="person-15")
    assert (refused.status, refused.body["error"]) == (429, "LinkedIn invitation limit reached")
    assert (refused.code, int(refused.headers["retry-after"]) > 0) == ("invitation_limit_reached", True)
    assert (story.twin.invitations(viewer=story.viewer), story.posts()) == ([], 1)


def test_a_throttled_member_rests(story: Story) -> None:
    task = story.invite("throttled")
    waiting = story.blocked(task, "throttled")
    other = story.invite("person-16")
    assert story.blocked(other, "throttled")["status"] == waiting["status"] == "pending"
    assert (story.twin.invitations(viewer=story.viewer), story.posts()) == ([], 1)


def test_a_spent_allowance_of_notes_leaves_invitations_without(story: Story) -> None:
    assert story.ended(story.invite("note-limit", NOTE))["task_output"]["code"] == "note_unavailable"
    refused = story.post("send-connection-request", profile_urn="person-17", note=NOTE)
    assert (refused.status, refused.code) == (429, "note_limit_reached")
    story.sent_once(story.invite("person-17"), "person-17", posts=2)
