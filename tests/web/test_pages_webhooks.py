"""The pages about webhooks: made, shown once, tested, replayed, switched and removed, by admins of the team alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from curtsy.domain.webhook import Next, Payload
from curtsy.web.pages import webhook_words as words
from tests.harness.house import found
from tests.harness.receiver import Receiver, receiving, says
from tests.harness.waiting import until
from tests.pages.visitor import Premises, Visitor, premises, said
from tests.web.hooks import heard

SECRET = r"whsec_[A-Za-z0-9+/]+=*"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Premises]:
    with premises(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(here: Premises) -> Iterator[Visitor]:
    with here.visitor(here.house.admin) as visitor:
        yield visitor


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def make(visitor: Visitor, url: str, **more: str) -> tuple[str, str]:
    """A new endpoint: the address of its page, and its secret."""
    made = visitor.press("/webhooks", "/webhooks", url=url, **more)
    page = re.search(r'action="(/webhooks/[\w-]+)/test"', made.text)
    secret = re.search(SECRET, made.text)
    assert page, said(made)
    assert secret, said(made)
    return page[1], secret[0]


def shows(visitor: Visitor, page: str, *sentences: str) -> bool:
    shown = said(visitor.open(page))
    return all(sentence in shown for sentence in sentences)


def test_an_endpoint_is_made_tested_and_told_again(ada: Visitor, receiver: Receiver) -> None:
    page, secret = make(ada, receiver.url)
    assert secret not in ada.open("/webhooks").text + ada.open(page).text
    ada.press(page, f"{page}/test")
    told = heard(receiver, 1)[0]
    assert Webhook(secret).verify(told.body, told.headers)["type"] == "webhook.test"
    until(partial(shows, ada, page, "Working", "webhook.test , try 1: 200"), "what came of it")
    [replay] = re.findall(rf'action="({page}/deliveries/[\w-]+/replay)"', ada.open(page).text)
    assert "The message is sent once more." in said(ada.press(page, replay))
    assert heard(receiver, 2)[1].id == told.id


def test_a_form_sent_twice_makes_one_endpoint_and_one_secret(ada: Visitor, receiver: Receiver) -> None:
    form = ada.hidden("/webhooks", "/webhooks")
    made = ada.send("/webhooks", **form, url=receiver.url)
    assert re.search(SECRET, made.text)
    again = ada.send("/webhooks", **form, url=receiver.url)
    assert "This form has made its endpoint already" in said(again)
    assert not re.search(SECRET, again.text)
    [page] = set(re.findall(r'href="(/webhooks/[\w-]+)"', again.text))
    form = ada.hidden(page, f"{page}/rotate")
    first, second = (re.findall(SECRET, ada.send(f"{page}/rotate", **form).text) for _ in range(2))
    assert first == second
    assert first != re.findall(SECRET, ada.press(page, f"{page}/rotate").text)


def test_what_it_is_told_is_changed(ada: Visitor, receiver: Receiver) -> None:
    page, _ = make(ada, receiver.url, **{"type-task.failed": "on"}, payload="thin")
    assert re.search(r'name="type-task.failed" checked', ada.open(page).text)
    assert re.search(r'value="thin" checked', ada.open(page).text)
    changed = ada.press(page, f"{page}/change", url=receiver.url + "/other", payload="full")
    assert "What this endpoint is told is kept." in said(changed)
    assert not re.search(r'name="type-[\w.]+" checked', changed.text)
    refused = ada.press(page, f"{page}/change", url="http://10.0.0.1/", **{"type-task.failed": "on"})
    assert refused.status_code == 400
    assert "Invalid 'url'" in said(refused)
    assert 'value="http://10.0.0.1/"' in refused.text
    assert re.search(r'name="type-task.failed" checked', refused.text)


def test_it_is_switched_off_on_and_removed(ada: Visitor, receiver: Receiver) -> None:
    page, _ = make(ada, receiver.url)
    assert "Switched off" in said(ada.press(page, f"{page}/switch"))
    assert "It is switched on" in said(ada.press(page, f"{page}/switch"))
    assert "The endpoint was removed." in said(ada.press(page, f"{page}/remove"))
    assert "None yet." in said(ada.open("/webhooks"))
    assert ada.open(page).status_code == 404


def test_the_overview_shows_who_takes_nothing(here: Premises, ada: Visitor, receiver: Receiver) -> None:
    receiver.answer = says(500)
    page, _ = make(ada, receiver.url)
    ada.press(page, f"{page}/test")
    until(partial(shows, ada, "/", f"Webhook {receiver.url}: failing."), "the mark")
    receiver.answer = says(410)
    ada.press(page, f"{page}/test")
    until(partial(shows, ada, "/", f"Webhook {receiver.url}: switched off.", "It answered 410"), "the mark")
    receiver.answer = says(200)
    ada.press(page, f"{page}/switch")
    heard(receiver, 3)
    until(partial(shows, ada, page, "Working", ": 200"), "what was missed")
    assert "Webhook http" not in said(ada.open("/"))
    with here.visitor(here.house.member("bob@example.com")) as bob:
        assert "Webhook http" not in said(bob.open("/"))


def test_members_and_other_teams_see_nothing_of_it(here: Premises, ada: Visitor, receiver: Receiver) -> None:
    page, _ = make(ada, receiver.url)
    with here.visitor(here.house.member("bob@example.com")) as bob:
        assert [bob.open(path).status_code for path in ("/webhooks", page)] == [403, 403]
    other = found(here.server, "Other", "eve@example.com")
    with here.visitor(other.admin) as eve:
        assert eve.open(page).status_code == 404
        token = eve.token("/webhooks", "/webhooks")
        for what in ("change", "switch", "rotate", "test", "remove", f"deliveries/{page[-36:]}/replay"):
            form = eve.hidden("/webhooks", "/webhooks") | {"token": token, "url": receiver.url}
            assert eve.send(f"{page}/{what}", **form).status_code == 404
        assert "None yet." in said(eve.open("/webhooks"))
    assert "Working" in said(ada.open(page))


def test_every_way_it_can_stand_has_its_words() -> None:
    assert set(words.ENDPOINTS) == {"working", "failing", "off"}
    assert set(words.OFF) == {"asked", "gone", "failing"}
    assert set(words.TRIES) == set(Next)
    assert set(words.PAYLOADS) == set(Payload)
