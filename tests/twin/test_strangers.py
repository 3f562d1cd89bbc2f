"""A client nobody here wrote is satisfied: the package linkedin-api, pointed at the twin by its base address."""

from functools import partial

import pytest
from linkedin_api import Linkedin
from linkedin_api.client import Client
from requests.cookies import RequestsCookieJar

from curtsy.twin.people import magic_id
from curtsy.twin.remote import Twin

ADA = magic_id("ada-example")


@pytest.fixture
def stranger(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> Linkedin:
    monkeypatch.setattr(Client, "LINKEDIN_BASE_URL", twin.http)
    monkeypatch.setattr(Client, "API_BASE_URL", f"{twin.http}/voyager/api")
    told, jar = twin.tell("sign-in"), RequestsCookieJar()
    jar.set("li_at", told["li_at"])
    jar.set("JSESSIONID", told["jsessionid"])
    client = Linkedin("", "", cookies=jar)
    # Without its pauses of two to five seconds before each call.
    client._fetch = partial(client._fetch, evade=lambda: None)
    client._post = partial(client._post, evade=lambda: None)
    return client


def test_it_reads_who_is_signed_in(stranger: Linkedin) -> None:
    me = stranger.get_user_profile()
    assert me["miniProfile"]["publicIdentifier"] == "sam-viewer"
    assert isinstance(me["plainId"], int)


def test_it_invites_with_and_without_a_note(stranger: Linkedin, twin: Twin) -> None:
    assert stranger.add_connection("ada-example", message="Hello Ada", profile_urn=ADA) is False
    assert stranger.add_connection("person-1", profile_urn="ACoAAAPerson000000000000000000000000001") is False
    assert [(kept["slug"], kept["message"]) for kept in twin.invitations()] == [
        ("ada-example", "Hello Ada"),
        ("person-1", None),
    ]
    assert stranger.add_connection("ada-example", profile_urn=ADA) is True, "it reports the refusal of a duplicate"
    assert len(twin.invitations()) == 2


def test_it_reads_received_invitations(stranger: Linkedin, twin: Twin) -> None:
    twin.tell("happenings", person="ada-example", what="invites_viewer", message="Hi Sam")
    first, second = stranger.get_invitations()
    assert (first["message"], first["fromMember"]["publicIdentifier"]) == ("Hi Sam", "ada-example")
    assert second["fromMember"]["publicIdentifier"] == "incoming-pending"
    assert stranger.reply_invitation(first["entityUrn"], first["sharedSecret"]) is True


def test_its_profile_read_gets_the_410_of_today(stranger: Linkedin, twin: Twin) -> None:
    assert stranger.get_profile(public_id="ada-example") == {}
    [line] = [line for line in twin.ask("requests")["requests"] if "profileView" in line["path"]]
    assert line["status"] == 410
