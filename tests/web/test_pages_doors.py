"""Who comes in to the pages, by which door, and what holds for every page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from curtsy.clock import system_clock
from curtsy.domain.member import Member
from curtsy.service import access, teams
from curtsy.settings import Settings
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.dashboard import PAGES
from curtsy.web.pages.visit import Who
from tests.pages.visitor import Premises, Visitor, premises, said


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(here: Premises) -> Iterator[Visitor]:
    with here.visitor(here.house.admin) as visitor:
        yield visitor


@pytest.fixture
def bob(here: Premises) -> Member:
    return here.house.member("bob@example.com")


def filled(path: str) -> str:
    """A path with something in the place of its names."""
    return path.replace("{link}", "x").replace("{id}", "0198c1d2-3e4f-7a5b-8c6d-9e0f1a2b3c4d")


def test_a_link_signs_in_once_and_looking_at_it_does_not_spend_it(here: Premises) -> None:
    link = here.server.run(access.sign_in_link, here.house.admin.id)
    with here.visitor() as preview, here.visitor() as person, here.visitor() as thief:
        assert preview.open(f"/sign-in/{link}").status_code == 200
        assert preview.window.head(f"/sign-in/{link}").status_code == 200
        assert person.sign_in(link).url.path == "/"
        assert "Acme" in said(person.open("/"))
        refused = thief.sign_in(link)
        assert refused.status_code == 401
        assert "This sign-in link has been used or is too old" in said(refused)
        assert thief.open("/members").status_code == 401


def test_signing_out_ends_the_session_on_the_server(here: Premises, ada: Visitor) -> None:
    session = ada.window.cookies["curtsy_session"]
    ada.press("/", "/sign-out")
    assert "curtsy_session" not in ada.window.cookies
    ada.window.cookies.set("curtsy_session", session)
    assert ada.open("/members").status_code == 401


def test_a_session_that_never_was_is_nobody(here: Premises) -> None:
    with here.visitor() as stranger:
        stranger.window.cookies.set("curtsy_session", "made-up")
        assert stranger.open("/tasks").status_code == 401
        assert "Sign in" in said(stranger.open("/"))


@pytest.mark.parametrize("page", [page for page in PAGES if page.who is not Who.ANYONE], ids=lambda page: page.path)
def test_a_stranger_sees_and_does_nothing(here: Premises, page: object) -> None:
    assert isinstance(page, type(PAGES[0]))
    with here.visitor() as stranger:
        answer = stranger.window.request(page.method, filled(page.path))
        assert answer.status_code == 401
        assert "Acme" not in answer.text


@pytest.mark.parametrize("page", [page for page in PAGES if page.who is Who.ADMIN], ids=lambda page: page.path)
def test_a_member_manages_nothing(here: Premises, bob: Member, page: object) -> None:
    assert isinstance(page, type(PAGES[0]))
    with here.visitor(bob) as visitor:
        token = visitor.token("/", "/sign-out")
        answer = visitor.window.request(page.method, filled(page.path), data={"token": token})
        assert answer.status_code == 403
        assert "Only an admin of the team may do that." in said(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_from_another_site_is_refused(here: Premises, ada: Visitor, headers: dict[str, str]) -> None:
    token = ada.token("/keys", "/keys")
    del ada.window.headers["sec-fetch-site"]
    answer = ada.window.post("/keys", data={"token": token, "scope": "manage"}, headers=headers)
    assert answer.status_code == 403
    link = here.server.run(access.sign_in_link, here.house.admin.id)
    assert ada.window.post(f"/sign-in/{link}", headers=headers).status_code == 403


@pytest.mark.parametrize("token", [{}, {"token": ""}, {"token": "0" * 64}, {"token": "\u00e9"}])
def test_a_form_without_the_token_of_its_session_is_refused(ada: Visitor, token: dict[str, str]) -> None:
    assert ada.window.post("/keys", data={**token, "scope": "manage"}).status_code == 403


def test_the_token_of_another_session_is_refused(here: Premises, ada: Visitor) -> None:
    with here.visitor(here.house.admin) as other:
        assert ada.send("/keys", token=other.token("/keys", "/keys"), scope="manage").status_code == 403


def test_every_page_is_sealed(ada: Visitor) -> None:
    for path in (
        "/",
        "/tasks",
        "/members",
        "/keys",
        "/connect",
        "/docs",
        "/sign-in/x",
        "/nowhere",
        "/static/curtsy.css",
    ):
        headers = ada.open(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        if not path.startswith("/static"):
            assert headers["cache-control"] == "no-store"


def test_no_page_carries_what_its_policy_forbids(ada: Visitor) -> None:
    for path in ("/", "/tasks", "/members", "/keys", "/connect", "/docs"):
        page = ada.open(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert "onclick" not in page


def test_files_beside_the_pages_are_kept_by_their_version(ada: Visitor) -> None:
    page = ada.open("/").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in ada.open(address).headers["cache-control"]
    assert ada.open("/static/curtsy.css").headers["cache-control"] == "no-cache"
    assert ada.open("/static/other.css").status_code == 404


def test_what_is_not_there_is_said_on_a_page(ada: Visitor) -> None:
    lost = ada.open("/no/such/page")
    assert lost.status_code == 404
    assert "There is no such page here." in said(lost)
    for path in ("/tasks/not-an-id", "/tasks/0198c1d2-3e4f-7a5b-8c6d-9e0f1a2b3c4d"):
        assert ada.open(path).status_code == 404
        assert "Agent task not found" in said(ada.open(path))
    assert "There is no such page of tasks" in said(ada.open("/tasks?before=x"))
    assert ada.open("/sign-out").status_code == 405
    assert ada.send("/keys", token="x" * 70_000).status_code == 413


def test_a_page_that_cannot_be_made_says_so_on_a_page(here: Premises, ada: Visitor) -> None:
    def lose_tasks(store: Store, _now: int) -> None:
        store.rows.one("DROP TABLE tasks", {})

    here.server.run(lose_tasks)
    broken = ada.open("/tasks")
    assert broken.status_code == 503
    assert "Something went wrong on the server, and nothing was changed." in said(broken)
    assert "DROP" not in broken.text
    assert ada.open("/docs").status_code == 200


def test_behind_https_the_cookie_is_for_https_only_and_the_extension_is_handed_out(tmp_path: Path) -> None:
    async def story() -> None:
        database = open_database(f"sqlite:{tmp_path / 'curtsy.db'}", clock=system_clock)
        try:
            migrate(database)
            _, member = await database.run(teams.found, "Acme", "ada@example.com")
            settings = Settings(public_url="https://curtsy.example", extension_dir=tmp_path)
            transport = httpx.ASGITransport(build_app(database, settings))
            async with httpx.AsyncClient(transport=transport, base_url="http://inside") as window:
                link = await database.run(access.sign_in_link, member.id)
                origin = {"origin": "https://curtsy.example"}
                cookie = (await window.post(f"/sign-in/{link}", headers=origin)).headers["set-cookie"]
                attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
                assert {"httponly", "secure", "path=/", "samesite=strict"} < attributes

                session = {"cookie": cookie.partition(";")[0]}
                bare = await window.get("/connect", headers=session)
                assert "is not built on this server yet" in bare.text
                assert 'data-server="https://curtsy.example"' in bare.text
                for name in ("curtsy-chrome.zip", "curtsy-firefox.zip"):
                    assert (await window.get(f"/extension/{name}")).status_code == 404
                    (tmp_path / name).write_bytes(name.encode())
                    handed = await window.get(f"/extension/{name}")
                    assert handed.content == name.encode()
                    assert handed.headers["content-type"] == "application/zip"
                (tmp_path / "other.zip").write_bytes(b"PK")
                assert (await window.get("/extension/other.zip")).status_code == 404
                for browser, first in (("Chrome/156.0", "chrome"), ("Firefox/153.0", "firefox"), ("curl/8", "chrome")):
                    shown = await window.get("/connect", headers={**session, "user-agent": f"Mozilla/5.0 {browser}"})
                    offered = re.findall(r'href="/extension/curtsy-(\w+)\.zip"', shown.text)
                    assert sorted(offered) == ["chrome", "firefox"]
                    assert offered[0] == first
        finally:
            database.close()

    asyncio.run(story())
