"""Pairing as members do it: a click on the toolbar with the server's page in front, or the options page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from curtsy.cli.stage import extension_id
from curtsy.service import access
from tests.e2e.debugger import Target, debugging
from tests.e2e.dying import Stage
from tests.e2e.member import Member
from tests.e2e.story import Story, begin


@contextmanager
def connect_page(stage: Stage, story: Story) -> Iterator[Target]:
    """The server's page "Connect your browser", opened by the story's member, who came in by their link."""
    link = stage.server.run(access.sign_in_link, story.house.admin.id)
    with debugging(stage.browser.folder) as debugger:
        page = debugger.open(f"{story.url}/sign-in/{link}")
        page.wait("!!document.querySelector('main form button')", "the sign-in page")
        page.evaluate("document.querySelector('main form button').click()")
        page.wait("location.pathname === '/' && document.readyState === 'complete'", "the first page")
        page.evaluate("location.assign('/connect')")
        page.wait("document.querySelector('meta[name=curtsy-pairing]')?.content", "the code")
        yield page
        page.close()


def test_a_click_on_the_toolbar_pairs_with_the_page_in_front(stage: Stage) -> None:
    story = begin(stage.twin, stage.gate.url, stage.server)
    stage.browser.sign_in(story)
    with connect_page(stage, story) as page:
        debugger, mine = page.debugger, extension_id(stage.browser.extension)
        [tab] = debugger.targets("tab", f"{story.url}/connect")
        debugger.call("Extensions.triggerAction", id=mine, targetId=tab)
        popup = debugger.attach(debugger.awaited("page", f"chrome-extension://{mine}/popup.html"))
        question = popup.wait("document.querySelector('#question').textContent", "the question")
        assert story.house.admin.name in question
        assert story.url.removeprefix("http://") in question
        popup.wait("!document.querySelector('#connect').disabled", "who is signed in")
        assert "Viewer" in popup.evaluate("document.querySelector('#signed-in').textContent")
        popup.evaluate("document.querySelector('#connect').click()")
        check = popup.wait("document.querySelector('#check').textContent", "the check number")
        page.wait(f"document.querySelector('#paired').textContent.includes('{check}')", "the same number on the page")
    story.sent_once(story.invite("person-70", "Hello"), "person-70")


def test_the_options_page_pairs_and_a_code_works_once(unpaired: Story, member: Member) -> None:
    address = unpaired.address()
    member.sign_in(unpaired)
    assert len(member.pair(address)) == 2
    unpaired.sent_once(unpaired.invite("person-71"), "person-71")
    with pytest.raises(AssertionError, match="used already"):
        member.pair(address)


def test_nobody_pairs_while_signed_out(unpaired: Story, member: Member) -> None:
    member.context.clear_cookies()
    with pytest.raises(AssertionError, match="Sign in to LinkedIn in this browser first"):
        member.pair(unpaired.address())
    refused = unpaired.post("send-connection-request", profile_urn="person-72")
    assert (refused.status, refused.code) == (403, "no_active_agent")
