"""What the member can do in the popup: pause without a server, go on, see what was sent, and leave."""

from __future__ import annotations

from playwright.sync_api import expect

from curtsy.domain.member import Cause
from curtsy.service import pauses
from tests.e2e.member import Member
from tests.e2e.story import Story


def test_the_popup_shows_the_truth_about_this_browser(story: Story, member: Member) -> None:
    assert story.ended(story.invite("person-20", "Hello"))["task_output"]["sent"] is True
    with member.popup() as popup:
        expect(popup.locator("#state")).to_have_text("Ready")
        expect(popup.locator("#member")).to_contain_text(story.house.admin.name)
        expect(popup.locator("#server")).to_have_text(story.url.removeprefix("http://"))
        expect(popup.locator("#made li").first).to_contain_text("Hello")
    assert len(story.held("person-20")) == 1


def test_a_paused_browser_takes_nothing_until_the_member_has_ended_every_pause(story: Story, member: Member) -> None:
    with member.popup() as popup:
        popup.get_by_role("button", name="Pause").click()
        expect(popup.locator("#state")).to_have_text("Paused")
        task = story.invite("person-21")
        assert story.blocked(task, "paused")["status"] == "pending"
        assert story.posts() == 0
        story.house.desks.run(pauses.pause, story.house.team_id, story.house.admin.id, Cause.PAUSED)
        popup.get_by_role("button", name="Go on").click()
        expect(popup.locator("#reason")).to_contain_text("Your team lets Curtsy rest")
        popup.get_by_role("button", name="End the rest: go on").click()
        assert story.ended(task)["task_output"]["sent"] is True
    assert (len(story.held("person-21")), story.posts()) == (1, 1)


def test_an_unpaired_browser_does_nothing_more(story: Story, member: Member) -> None:
    with member.popup() as popup:
        popup.get_by_role("button", name="Disconnect this browser").click()
        expect(popup.locator("#state")).to_have_text("Not connected")
    refused = story.post("send-connection-request", profile_urn="person-22")
    assert (refused.status, refused.code) == (403, "no_active_agent")
    assert (story.held("person-22"), story.posts()) == ([], 0)
