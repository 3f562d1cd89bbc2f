"""Signing in, what becomes of sessions, and the pages a person can look at."""

import re

import pytest
import requests

from curtsy.twin.remote import Twin
from tests.twin.caller import Caller

AJAX = re.compile(r'"ajax:[0-9]{19}"')


def sign_in(twin: Twin, account: str, after: str = "/in/ada-example/") -> requests.Response:
    form = {"session_key": account, "session_redirect": after}
    return requests.post(f"{twin.http}/checkpoint/lg/login-submit", data=form, allow_redirects=False, timeout=20)


def test_the_login_page_signs_anybody_in_who_has_an_account(twin: Twin) -> None:
    page = requests.get(f"{twin.http}/in/ada-example/", timeout=20)
    assert page.url == f"{twin.http}/uas/login?session_redirect=%2Fin%2Fada-example%2F"
    assert "/checkpoint/lg/login-submit" in page.text
    assert "/checkpoint/challenge" not in page.text
    assert AJAX.fullmatch(page.cookies["JSESSIONID"] or "")
    answer = sign_in(twin, "viewer-3")
    assert (answer.status_code, answer.headers["location"]) == (302, "/in/ada-example/")
    assert AJAX.fullmatch(answer.cookies["JSESSIONID"] or "")
    assert "HttpOnly" in answer.headers["set-cookie"]
    caller = Caller(twin, "viewer-3")
    caller.cookies = {name: answer.cookies[name] or "" for name in ("li_at", "JSESSIONID")}
    caller.headers["csrf-token"] = caller.cookies["JSESSIONID"].strip('"')
    assert caller.get("/me").json()["included"][0]["publicIdentifier"] == "viewer-3"


def test_nobody_else_is_let_in_and_nobody_is_sent_elsewhere(twin: Twin) -> None:
    assert "Nobody signs in here as ada-example." in sign_in(twin, "ada-example").text
    for elsewhere in ("https://example.com/", "//example.com/", "/\\example.com", "/voyager/api/me"):
        assert sign_in(twin, "sam-viewer", elsewhere).headers["location"] == "/feed/"


MODES = {
    "logged_out_401": (401, '{"data":{"status":401},"included":[]}', {}),
    "logged_out_302": (302, "", {"location": "/uas/login?session_redirect=%2Fvoyager%2Fapi%2Fme"}),
    "revoked": (
        302,
        "",
        {
            "location": "/uas/login?session_redirect=%2Fvoyager%2Fapi%2Fme",
            "set-cookie": "li_at=delete me; Expires=Thu, 01-Jan-1970 00:00:00 GMT; Max-Age=0",
        },
    ),
    "challenge": (302, "", {"location": "/checkpoint/challenge/SYNTH"}),
    "bot_999": (999, "<html><body>Request denied</body></html>", {"content-type": "text/html"}),
    "ok": (200, None, {}),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_session_that_is_not_in_order_says_so(sam: Caller, twin: Twin, mode: str) -> None:
    assert twin.tell("modes", mode=mode) == {"sessions": 1}
    status, body, headers = MODES[mode]
    answer = sam.get("/me")
    assert answer.status_code == status
    assert body in (None, answer.text)
    for name, begins in headers.items():
        assert answer.headers[name].startswith(begins)
    invited = sam.invite("ACoABCDEF123" if mode != "ok" else "ACoAABCDEF123")
    assert invited.status_code == status
    assert twin.book()["posts"] == 1


def test_without_a_session_the_answer_is_401_and_with_a_dead_one_the_login_page(sam: Caller, twin: Twin) -> None:
    twin.tell("sign-out")
    assert sam.get("/me").headers["location"].startswith("/uas/login?session_redirect=")
    sam.cookies = {"JSESSIONID": sam.cookies["JSESSIONID"]}
    assert (sam.get("/me").status_code, sam.get("/me").text) == (401, '{"data":{"status":401},"included":[]}')


@pytest.mark.parametrize("token", ["", "ajax:1234567890123456789", '"{0}"'])
def test_a_wrong_token_is_refused_in_plain_text(sam: Caller, token: str) -> None:
    sam.headers["csrf-token"] = token.format(sam.headers["csrf-token"])
    answer = sam.get("/me")
    assert (answer.status_code, answer.content) == (403, b"CSRF check failed.")
    assert answer.headers["content-type"] == "text/plain"


def test_a_token_rotated_behind_the_browsers_back_comes_with_the_refusal(sam: Caller, twin: Twin) -> None:
    twin.tell("rotate")
    refused = sam.get("/me")
    assert refused.text == "CSRF check failed."
    sam.cookies["JSESSIONID"] = refused.cookies["JSESSIONID"] or ""
    sam.headers["csrf-token"] = sam.cookies["JSESSIONID"].strip('"')
    assert sam.get("/me").status_code == 200


def test_a_person_answers_the_checkpoint_and_the_session_goes_on(sam: Caller, twin: Twin) -> None:
    twin.tell("modes", mode="challenge")
    assert sam.ask("GET", "/feed/").headers["location"] == "/checkpoint/challenge/SYNTH"
    page = sam.ask("GET", "/checkpoint/challenge/SYNTH")
    assert page.status_code == 200
    assert 'action="/checkpoint/challenge/SYNTH"' in page.text
    assert sam.get("/me").status_code == 302, "looking at it is not enough"
    sam.ask("POST", "/checkpoint/challenge/SYNTH")
    assert sam.get("/me").status_code == 200


def test_signing_out_ends_the_session(sam: Caller) -> None:
    answer = sam.ask("POST", "/m/logout/")
    assert answer.headers["location"] == "/login"
    assert sam.get("/me").status_code == 302


@pytest.mark.parametrize(
    ("path", "status", "shown"),
    [
        ("/feed/", 200, "Good day, Sam"),
        ("/in/ada-example/", 200, "Connect"),
        ("/in/already-pending/", 200, "Pending"),
        ("/in/already-connected/", 200, "Connected"),
        ("/in/incoming-pending/", 200, "Has invited you"),
        ("/in/not-found/", 404, "This page"),
        ("/nowhere/", 404, "This page"),
        ("/mynetwork/invitation-manager/sent/", 200, "3 days ago"),
        ("/preload/custom-invite/?vanityName=ada-example", 200, "/200"),
    ],
)
def test_pages_show_what_is_so_and_whose_they_are(sam: Caller, path: str, status: int, shown: str) -> None:
    page = sam.ask("GET", path)
    assert page.status_code == status
    assert shown in page.text
    assert "This is Curtsy's twin on your own machine. It is not LinkedIn." in page.text
