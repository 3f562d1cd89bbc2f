"""The pages in a real browser: at both widths, light and dark, with and without JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from curtsy.domain.cooldown import OF_THE_TEAM, Why
from curtsy.domain.member import Cause, Member, Role
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind
from curtsy.service import access, do_not_contact, intake, pauses, teams
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from curtsy.storage.store import Store
from curtsy.twin.browser import find_chromium
from tests.harness.agent import Agent
from tests.harness.receiver import receiving, says
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until
from tests.pages.visitor import Premises, Visitor, premises

WIDTHS = (360, 1440)
ELSEWHERE = "curtsy.test"
"""A name that leads to this machine, but that a browser does not trust as its own: no Sec-Fetch, no clipboard."""
LONG = "urn:li:fsd_profile:ACoAA" + "a-very-long-id-that-nothing-breaks" * 3

OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1) && !one.closest('.skip-link');
}).map(one => one.outerHTML.slice(0, 120))"""

NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), button, a, summary')].filter(one =>
  !(one.labels?.[0]?.textContent.trim() || one.textContent.trim() || one.getAttribute('aria-label'))
).map(one => one.outerHTML)"""

# WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 for large text; the ground is that of the nearest parent that has one.
PALE = """() => {
  const rgba = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
  };
  return [...document.querySelectorAll('body *')].filter(one => {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.checkVisibility()) return false;
    const style = getComputedStyle(one);
    const [a, b] = [light(rgba(style.color)), light(ground(one))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 700);
    return (a + 0.05) / (b + 0.05) < (large ? 3 : 4.5);
  }).map(one => one.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            chromium_sandbox=os.geteuid() != 0,
            args=[
                f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--disable-background-networking",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """A team with a history: long names, every kind of pause and task that a list shows."""
    with premises(tmp_path_factory.mktemp("pages")) as here:
        run, team, ada = here.server.run, here.house.team_id, here.house.admin
        bob = run(teams.join, team, f"{'b' * 60}@construction.example.com", Role.MEMBER, "Bob " + "B" * 80)
        run(teams.set_pace, team, bob.id, 10, 40, (0, 0))
        agent = Agent(here.server.url, Sky(here.server.clock))
        assert agent.pair(here.house.code()).status == 200
        other = Agent(here.server.url, agent.sky, account=urn_of("bob"))
        assert other.pair(here.house.code(bob)).status == 200
        ask(here, "grace-hopper", note="Good to meet you.\n" + "x" * 150)
        assert agent.turn() == "completed"
        ask(here, LONG, *(f"person-{n}" for n in range(30)))
        ask(here, "somebody", sender=bob.id)
        run(pauses.pause, team, ada.id, Cause.CHALLENGE)
        run(pauses.pause, team, bob.id, Cause.INVITATION_LIMIT)
        run(access.revoke_key, team, here.house.new_key().id)
        told(here)
        run(leave_alone, ada)
        yield here
        agent.close()
        other.close()


def told(here: Premises) -> None:
    """Webhooks of every kind: one that works, with a long name, one that fails, and one that wants no more."""
    with receiving() as receiver, here.visitor(here.house.admin) as ada:
        for path, status in (("/works" + "/a-long-name" * 12, 200), ("/fails", 500), ("/gone", 410)):
            receiver.answer = says(status, b"<b>an answer</b> " * 20)
            made = ada.press("/webhooks", "/webhooks", url=receiver.url + path)
            [test] = re.findall(r"/webhooks/[\w-]+/test", made.text)
            ada.press(test.removesuffix("/test"), test)
            until(partial(answered, ada, test.removesuffix("/test")), "an answer")


def answered(visitor: Visitor, page: str) -> bool:
    return "What came back" in visitor.open(page).text


def leave_alone(store: Store, now: int, ada: Member) -> None:
    """People on the list, people who wait for a time, and one whom somebody took off the list."""
    for person in ("asked-to-stop", "y" * 100, "changed-their-mind"):
        profile = parse_profile(person)
        assert profile is not None
        do_not_contact.add(
            store, now, ada.team_id, profile, "asked us to stop, by mail " + "z" * 100, f"{ada.name} <{ada.email}>"
        )
        if person == "changed-their-mind":
            do_not_contact.lift(store, now, ada.team_id, profile, "wrote to us", f"{ada.name} <{ada.email}>")
    for why in (Why.GONE, Why.CANNOT_RESEND_YET):
        team = ada.team_id if why in OF_THE_TEAM else None
        store.people.cool_down(ada.id, f"ACoAA{why}" + "x" * 80, None, team, reason=why, now=now, until=now + 10**9)


def ask(here: Premises, *people: str, note: str | None = None, sender: str | None = None) -> None:
    profiles = [profile for person in people if (profile := parse_profile(person))]
    asks = [Ask(here.house.team_id, Kind.INVITE, profile, note, sender) for profile in profiles]
    assert all(isinstance(answer, Accepted) for answer in here.server.run(intake.accept_many, asks))


@contextmanager
def window(
    chromium: Browser, here: Premises, *, signed_in: bool = True, script: bool = True, scheme: str = "light"
) -> Iterator[Page]:
    """A window of a browser; what its console complains about fails the test."""
    dark = scheme == "dark"
    context = chromium.new_context(
        base_url=here.server.url,
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        if signed_in:
            page.goto(f"/sign-in/{here.server.run(access.sign_in_link, here.house.admin.id)}")
            page.get_by_role("button", name="Sign in").click()
            expect(page).to_have_url(f"{here.server.url}/")
        yield page
        assert complaints == []
    finally:
        context.close()


def looked_over(page: Page, path: str, shots: Path) -> None:
    """Open a page at both widths and hold it against what holds for all."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        name = urlsplit(path).path.strip("/").replace("/", "-") or "home"
        page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate(PALE) == []
        assert page.locator("h1").count() == 1
        assert page.locator("[id]").count() == page.evaluate(
            "new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size"
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    ["/", "/tasks", "/members", "/do-not-contact", "/keys", "/webhooks", "/connect", "/connect/paired?code=X", "/docs"],
)
def test_a_page_fits_every_width_and_is_legible(
    chromium: Browser, lived_in: Premises, path: str, scheme: str, tmp_path: Path
) -> None:
    with window(chromium, lived_in, scheme=scheme) as page:
        looked_over(page, path, tmp_path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_task_fits_every_width_and_is_legible(
    chromium: Browser, lived_in: Premises, scheme: str, tmp_path: Path
) -> None:
    with window(chromium, lived_in, scheme=scheme) as page:
        page.goto("/tasks?status=completed")
        address = page.get_by_role("link", name="grace-hopper").get_attribute("href")
        assert address is not None
        looked_over(page, address, tmp_path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_webhook_fits_every_width_and_is_legible(
    chromium: Browser, lived_in: Premises, scheme: str, tmp_path: Path
) -> None:
    with window(chromium, lived_in, scheme=scheme) as page:
        page.goto("/webhooks")
        address = page.get_by_role("link", name="works").get_attribute("href")
        assert address is not None
        looked_over(page, address, tmp_path)


@pytest.mark.parametrize("path", ["/", "/sign-in/link", "/docs"])
def test_what_a_stranger_sees_fits_every_width(
    chromium: Browser, lived_in: Premises, path: str, tmp_path: Path
) -> None:
    with window(chromium, lived_in, signed_in=False) as page:
        looked_over(page, path, tmp_path)


def test_the_check_number_appears_by_itself(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here) as page:
        page.goto("/connect")
        meta = page.locator('meta[name="curtsy-pairing"]')
        code = meta.get_attribute("content")
        assert code is not None
        page.evaluate("window.same = true")
        agent = Agent(here.server.url, Sky(here.server.clock))
        check = agent.pair(code).body["check"]
        expect(page.locator("#paired .big")).to_have_text(check)
        expect(meta).to_have_count(0)
        assert page.evaluate("window.same") is True
        agent.close()


def test_without_javascript_the_check_number_is_one_click_away(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here, script=False) as page:
        page.goto("/connect")
        code = page.locator("#code").text_content()
        assert code is not None
        page.get_by_role("link", name="I have confirmed").click()
        agent = Agent(here.server.url, Sky(here.server.clock))
        check = agent.pair(code).body["check"]
        page.get_by_role("link", name="Look again").click()
        expect(page.locator(".big")).to_have_text(check)
        agent.close()


def test_forms_work_over_plain_http_from_another_machine(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here:
        elsewhere = here.server.url.replace("127.0.0.1", ELSEWHERE)
        page = chromium.new_page()
        page.goto(f"{elsewhere}/sign-in/{here.server.run(access.sign_in_link, here.house.admin.id)}")
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{elsewhere}/")
        page.goto(f"{elsewhere}/keys")
        page.get_by_role("button", name="Make a key").click()
        expect(page.locator("#key")).to_contain_text("ck_live_")
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)
        page.close()


def test_a_new_key_is_copied_by_its_button(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here) as page:
        page.goto("/keys")
        page.get_by_role("button", name="Make a key").click()
        page.get_by_role("button", name="Copy").first.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#key").text_content()


def test_a_double_click_makes_one_key(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here) as page:
        page.goto("/keys")
        there_were = page.locator("li.key").count()
        page.get_by_role("button", name="Make a key").dblclick()
        expect(page.locator("#key")).to_contain_text("ck_live_")
        expect(page.locator("li.key")).to_have_count(there_were + 1)


def test_a_reload_makes_no_second_key(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here) as page:
        page.goto("/keys")
        page.get_by_role("button", name="Make a key").click()
        expect(page.locator("#key")).to_contain_text("ck_live_")
        there_are = page.locator("li.key").count()
        page.reload()
        expect(page.locator("li.key")).to_have_count(there_are)
        expect(page.get_by_role("alert")).to_contain_text("This form has made its key already")


def test_the_first_run_by_hand_without_javascript(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, window(chromium, here, script=False) as page:
        page.goto("/members")
        page.get_by_label("Email address").fill("bob@example.com")
        page.get_by_label("Name").fill("Bob")
        page.get_by_role("button", name="Add the member").click()
        expect(page.get_by_role("status")).to_have_text("The member was added.")
        page.get_by_role("heading", name="Bob").wait_for()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("LinkedIn invitations")


def test_a_test_message_shows_what_came_of_it_by_itself(chromium: Browser, tmp_path: Path) -> None:
    with premises(tmp_path) as here, receiving() as receiver, window(chromium, here) as page:
        page.goto("/webhooks")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Make the endpoint").click()
        expect(page.locator("#secret")).to_contain_text("whsec_")
        page.get_by_role("button", name="Send it a test message").click()
        expect(page.locator("#tries")).to_contain_text("webhook.test, try 1: 200")
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("status")).to_have_text("The message is sent once more.")
