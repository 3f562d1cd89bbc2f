"""What leaves the browser: to LinkedIn no more than the least, to the server no cookie and no token."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.member import Member
from tests.e2e.story import Story

OURS = {"accept", "csrf-token", "x-restli-protocol-version", "x-li-lang"}
"""The minimum set (linkedin-wire 1.2)."""
CHROMIUMS = {
    "accept-encoding", "accept-language", "connection", "cookie", "host", "referer", "sec-ch-ua", "sec-ch-ua-mobile",
    "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "user-agent",
}  # fmt: skip
"""What Chromium adds to every request of a page to its own host."""
WITH_A_BODY = {"content-type", "content-length", "origin"}
ACCEPT = "application/vnd.linkedin.normalized+json+2.1"


def test_linkedin_sees_the_least_that_it_takes(story: Story) -> None:
    since = story.twin.ask("requests")["requests"][-1]["n"]
    task = story.invite("person-80", "Hello")
    story.seen(task, "its read-back", lambda now: now["evidence"] and now["evidence"].get("after"))
    profile = story.post("fetch-profile", profile_slug="ada-example").body["api_agent_task_id"]
    assert story.ended(profile)["task_output"]["name"] == "Ada Example"
    story.sent_once(task, "person-80")
    asked = story.twin.ask("requests", since=since)["requests"]
    for line in asked:
        names = set(line["header_names"])
        assert names == OURS | CHROMIUMS | (WITH_A_BODY if line["method"] == "POST" else set()), line
        assert (line["accept"], line["secure"], line["path"].startswith("/voyager/api/")) == (ACCEPT, True, True), line
    assert [line["method"] for line in asked].count("POST") == 1
    assert len([line for line in asked if line["path"] == "/voyager/api/me"]) == 2, "once for each task"


def test_no_other_host_is_asked_for_anything(story: Story, member: Member) -> None:
    asked: set[str] = set()
    member.context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    story.sent_once(story.invite("person-82", "Hello"), "person-82")
    with member.popup() as popup:
        # What was asked for meanwhile is told by now.
        popup.wait_for_function("() => document.querySelector('#made li')")
    extension, server = urlsplit(popup.url).netloc, urlsplit(story.url).netloc
    assert asked == {extension, server, "www.linkedin.com"}


def test_no_secret_of_linkedins_reaches_the_server(unpaired: Story, member: Member, folder: Path) -> None:
    cookies = unpaired.signed_in()
    member.context.clear_cookies()
    member.context.add_cookies(cookies)
    member.pair(unpaired.address())
    task = unpaired.invite("person-81", "Hello")
    unpaired.seen(task, "its read-back", lambda now: now["evidence"] and now["evidence"].get("after"))
    unpaired.sent_once(task, "person-81")
    secrets = {cookie["value"].strip('"') for cookie in cookies}
    secrets |= {value.removeprefix("ajax:") for value in secrets}
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {"curtsy.db", "server.log"} <= {path.name for path in files}
    for path in files:
        written = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in written], path.name
