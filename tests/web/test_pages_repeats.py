"""A form that is sent twice, by a reload, a double click or a lost answer, does its work once and says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.member import Member
from curtsy.service import access
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


def keys_of(here: Premises) -> int:
    return len(here.server.run(access.keys, here.house.team_id))


def test_reloading_the_page_of_a_new_key_makes_no_other(here: Premises, ada: Visitor) -> None:
    before, form = keys_of(here), ada.hidden("/keys", "/keys")
    shown = re.search(r"ck_live_\w{38}", ada.send("/keys", **form, scope="read").text)
    assert shown
    reloaded = ada.send("/keys", **form, scope="read")
    assert f"has made its key already: it begins with {shown[0][:12]} . Its secret was shown once" in said(reloaded)
    assert shown[0] not in reloaded.text
    assert keys_of(here) == before + 1
    assert here.server.run(access.caller, shown[0]).scope == "read"
    assert "ck_live_" in ada.send("/keys", **ada.hidden("/keys", "/keys"), scope="read").text
    assert keys_of(here) == before + 2


@pytest.mark.parametrize("once", [{}, {"once": ""}, {"once": "first"}])
def test_a_form_that_could_not_be_told_from_its_repeat_makes_no_key(
    here: Premises, ada: Visitor, once: dict[str, str]
) -> None:
    before = keys_of(here)
    assert ada.send("/keys", token=ada.token("/keys", "/keys"), scope="read", **once).status_code == 400
    assert keys_of(here) == before


def test_a_sign_in_link_asked_for_twice_is_one_link(here: Premises, ada: Visitor, bob: Member) -> None:
    action = f"/members/{bob.id}/sign-in-link"
    form, link = ada.hidden("/members", action), r"/sign-in/([\w-]{43})"
    first, again = (re.findall(link, ada.send(action, **form).text) for _ in range(2))
    assert len(first) == 1
    assert first == again
    other = re.findall(link, ada.press("/members", action).text)
    assert first != other
    for spent in (first[0], other[0]):
        with here.visitor() as visitor:
            assert visitor.sign_in(spent).url.path == "/"
        with here.visitor() as late:
            assert late.sign_in(spent).status_code == 401


def test_sign_in_pressed_twice_leads_in(here: Premises) -> None:
    link = here.server.run(access.sign_in_link, here.house.admin.id)
    with here.visitor() as visitor:
        visitor.sign_in(link)
        assert visitor.sign_in(link).url.path == "/"


def test_sign_out_pressed_twice_is_signed_out(ada: Visitor) -> None:
    token = ada.token("/", "/sign-out")
    for _ in range(2):
        out = ada.send("/sign-out", token=token)
        assert (out.status_code, out.url.path) == (200, "/")
        assert "Sign in" in said(out)


def test_a_member_added_twice_is_one_member(ada: Visitor) -> None:
    form = ada.hidden("/members", "/members")
    assert ada.send("/members", **form, email="eve@example.com", role="member").status_code == 200
    assert ada.send("/members", **form, email="eve@example.com", role="member").status_code == 409
    assert said(ada.open("/members")).count("eve@example.com") == 1


def test_what_is_done_already_is_not_undone_by_doing_it_again(here: Premises, ada: Visitor, bob: Member) -> None:
    key = here.house.new_key()
    for action, path, fields in (
        (f"/keys/{key.id}/revoke", "/keys", {}),
        (f"/members/{bob.id}/pace", "/members", {"day": "5", "week": "9", "from": "60", "to": "90"}),
        ("/team/absence", "/members", {"absence": "requeue"}),
    ):
        form = ada.hidden(path, action)
        assert [ada.send(action, **form, **fields).status_code for _ in range(2)] == [200, 200]
    form = ada.hidden("/members", f"/members/{bob.id}/remove")
    assert "The member was removed" in said(ada.send(f"/members/{bob.id}/remove", **form))
    again = ada.send(f"/members/{bob.id}/remove", **form)
    assert again.status_code == 404
    assert "No member of the team has this id or email." in said(again)
