"""What can become of one invitation, from the caller's POST to the twin's book, in a real browser."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from curtsy.service.dispatch import POLL_MS
from tests.e2e.story import Story

NOTE = "Hello, I liked your talk about looms — may I stay in touch?"


def test_an_invitation_with_a_note_is_sent_once_and_read_back(story: Story) -> None:
    task = story.invite("person-1", NOTE)
    done = story.ended(task)
    assert (done["status"], done["task_output"]["sent"]) == ("completed", True)
    [kept] = story.held("person-1")
    assert (kept["message"], kept["invitation_urn"]) == (NOTE, done["task_output"]["invitation_urn"])
    read_back = story.seen(task, "its read-back", lambda now: now["evidence"].get("after"))["evidence"]
    assert (read_back["before"], read_back["after"], read_back["message_equal"]) == ("none", "pending_out", True)
    assert read_back["http_status"] == 200
    assert story.posts() == 1


def test_an_invitation_without_a_note_carries_no_message_key(story: Story) -> None:
    done = story.ended(story.invite("person-2"))
    assert done["task_output"]["sent"] is True
    [attempt] = story.twin.book(story.viewer)["attempts"]
    assert (attempt["generation"], attempt["has_message_key"], attempt["message"]) == ("G3", False, None)
    assert len(story.held("person-2")) == 1


@pytest.mark.parametrize(
    ("slug", "code", "posts"),
    [
        ("already-pending", "already_pending", 0),
        ("already-connected", "already_connected", 0),
        ("incoming-pending", "incoming_pending", 0),
        ("not-found", "not_found", 0),
        ("email-required", "email_required", 1),
        ("note-limit", "note_unavailable", 1),
    ],
)
def test_a_person_who_cannot_be_invited_ends_the_task(story: Story, slug: str, code: str, posts: int) -> None:
    done = story.ended(story.invite(slug, NOTE))
    assert (done["status"], done["task_output"]["sent"], done["task_output"]["code"]) == ("failed", False, code)
    assert (story.held(slug), story.posts()) == ([], posts)


def test_a_ring_of_the_bell_is_enough(story: Story) -> None:
    """The browser has been told to ask again in half a minute; the bell lets it ask at once."""
    story.ended(story.invite("person-3"))
    done = story.ended(story.invite("person-4"))
    began, ended = (datetime.fromisoformat(done[name]) for name in ("created_at", "finished_at"))
    assert ended - began < timedelta(milliseconds=POLL_MS)
    assert (len(story.held("person-4")), story.posts()) == (1, 2)


def test_nobody_invites_themselves(story: Story) -> None:
    done = story.ended(story.invite(story.viewer))
    assert (done["status"], done["task_output"]["code"]) == ("failed", "own_profile")
    assert (story.held(story.viewer), story.posts()) == ([], 0)


def test_who_accepts_is_told_with_the_task(story: Story) -> None:
    task = story.invite("person-5", NOTE)
    assert story.ended(task)["invitation"]["state"] == "pending"
    story.seen(task, "its read-back", lambda now: now["evidence"].get("after"))
    story.twin.tell("happenings", viewer=story.viewer, person="person-5", what="accepts")
    since = story.twin.ask("requests")["requests"][-1]["n"]
    story.house.desks.run(lambda store, now: store.invitations.look_at(story.house.admin.id, now))
    seen = story.seen(task, "the acceptance", lambda now: now["invitation"]["state"] == "accepted")["invitation"]
    assert seen["accepted_at"] <= seen["last_checked_at"]
    told = [one for one in story.events() if one["type"] == "invitation.accepted"]
    assert [one["data"]["task"]["id"] for one in told] == [task]
    paths = [str(line["path"]) for line in story.twin.ask("requests", since=since)["requests"]]
    read = [path.partition("?")[0].rpartition("/")[2] for path in paths]
    # The very first look reads a week of what was sent: here to its end, which is a page without anything.
    assert read == ["me", *["sentInvitationViewsV2"] * 2, "connections"], "as little as a first look can read"
    assert story.posts() == 1
    made = story.post("fetch-connections", keyword="person", count=5)
    read_on = story.ended(str(made.body["api_agent_task_id"]))
    assert [one["profile_slug"] for one in read_on["task_output"]["connections"]] == ["person-5"]


def test_an_invitation_is_taken_back_once(story: Story) -> None:
    task = story.invite("person-6", NOTE)
    story.ended(task)
    made = story.post("withdraw-connection-request", api_agent_task_id=task)
    done = story.ended(str(made.body["api_agent_task_id"]))
    assert (done["status"], done["task_output"]["withdrawn"]) == ("completed", True)
    [kept] = story.held("person-6")
    assert (kept["state"], kept["invitation_urn"]) == ("withdrawn", story.status(task)["task_output"]["invitation_urn"])
    assert story.status(task)["invitation"]["state"] == "withdrawn"
    again = story.post("send-connection-request", profile_urn="person-6")
    assert (again.status, again.code) == (409, "cooling_down")
    assert again.body["retry_at"] == done["task_output"]["can_invite_again_at"]
    [line] = story.twin.book(story.viewer)["withdrawals"]
    assert (line["slug"], line["invitation_urn"], line["status"]) == ("person-6", kept["invitation_urn"], 200)
    nothing = story.post("withdraw-connection-request", profile_urn="person-7")
    output = story.ended(str(nothing.body["api_agent_task_id"]))["task_output"]
    assert (output["withdrawn"], output["code"]) == (False, "not_pending")
    assert (story.posts(), len(story.twin.book(story.viewer)["withdrawals"])) == (1, 1)
