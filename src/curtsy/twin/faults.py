"""What can go wrong with one invitation: the closed list, each with what it does to the world and to the wire."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from curtsy.twin.answers import Reply, bot_defence, csrf_failed, generic, refused
from curtsy.twin.exchange import Answer
from curtsy.twin.sessions import Mode

Keeps = Literal["nothing", "invitation", "undelivered", "late", "stale_pending"]
CANT_RESEND_YET = "CANT_RESEND_YET"


@dataclass(frozen=True)
class Fault:
    """One fault, ready to happen to one POST; `ms` is its delay, `hang` keeps the caller waiting for it."""

    name: str
    ms: int = 0
    hang: bool = False


@dataclass(frozen=True)
class Rule:
    """What a fault does: `keeps` says what the book gets, `mode` what the session becomes, `reply` what is said.

    `rotates` gives the session a new token (and with `switches_to` another account), once per viewer and person.
    Without a `reply` the true answer is given, late by the fault's `ms`; `drops` closes the connection instead, and
    the same POST within `REPEAT_MS` is lost too unless the line `mends` at once: Chromium repeats a POST by itself
    when a connection it has used before closes without an answer.
    """

    says: str
    keeps: Keeps = "nothing"
    reply: Callable[[], Reply | Answer] | None = None
    mode: Mode | None = None
    drops: bool = False
    mends: bool = False
    rotates: bool = False
    switches_to: str | None = None
    only_with_note: bool = False
    default_ms: int = 0


def _code(code: str, status: int) -> Callable[[], Reply]:
    return lambda: refused(code, status)


def _status(status: int) -> Callable[[], Reply]:
    return lambda: generic(status)


RETRY_AFTER_S = 600
REPEAT_MS = 1_000

RULES: dict[str, Rule] = {
    "429_generic": Rule(
        f"429 without a code, with Retry-After: {RETRY_AFTER_S}",
        reply=lambda: generic(429, (("retry-after", str(RETRY_AFTER_S)),)),
    ),
    "429_bare": Rule("429 with an empty body and no Retry-After", reply=lambda: Answer(429)),
    "429_fuse": Rule("429 FUSE_LIMIT_EXCEEDED", reply=_code("FUSE_LIMIT_EXCEEDED", 429)),
    "429_note": Rule(
        "429 CUSTOM_INVITE_LIMIT_REACHED when there is a note, else an ordinary invitation",
        reply=_code("CUSTOM_INVITE_LIMIT_REACHED", 429),
        only_with_note=True,
    ),
    "400_note_quota": Rule(
        "400 PERSONALIZED_INVITATION_QUOTA_EXCEEDED when there is a note, else an ordinary invitation",
        reply=_code("PERSONALIZED_INVITATION_QUOTA_EXCEEDED", 400),
        only_with_note=True,
    ),
    "400_connection_limit": Rule(
        "400 CANT_INVITE_CONNECTION_LIMIT_REACHED", reply=_code("CANT_INVITE_CONNECTION_LIMIT_REACHED", 400)
    ),
    "400_max_pending": Rule("400 MAX_INVITATION_SENT", reply=_code("MAX_INVITATION_SENT", 400)),
    "400_email_unconfirmed": Rule("400 PRIMARY_HANDLE_NOT_CONFIRMED", reply=_code("PRIMARY_HANDLE_NOT_CONFIRMED", 400)),
    "400_generic": Rule("400 without a code", reply=_status(400)),
    "400_stale_pending": Rule(
        "400 CANT_RESEND_YET; an invitation made by hand two days ago, unseen until now, is there from now on",
        keeps="stale_pending",
        reply=_code(CANT_RESEND_YET, 400),
    ),
    "403_generic": Rule("403 without a code", reply=_status(403)),
    "403_account_restricted": Rule("403 ACCOUNT_RESTRICTED", reply=_code("ACCOUNT_RESTRICTED", 403)),
    "403_challenge": Rule(
        "403 whose JSON names a challengeUrl; the session is challenged",
        reply=lambda: Reply({"status": 403, "challengeUrl": "/checkpoint/challenge/SYNTH"}, 403),
        mode=Mode.CHALLENGE,
    ),
    "403_csrf": Rule("403 CSRF check failed., every time", reply=csrf_failed),
    "403_rotated": Rule(
        "the first time 403 CSRF check failed. and a new JSESSIONID, then an ordinary invitation",
        reply=csrf_failed,
        rotates=True,
    ),
    "403_switched": Rule(
        "the first time 403 CSRF check failed.: the browser is signed in as viewer-0 now; then an ordinary invitation",
        reply=csrf_failed,
        rotates=True,
        switches_to="viewer-0",
    ),
    "403_other": Rule("403 UNKNOWN_TO_US, a code no list has", reply=_code("UNKNOWN_TO_US", 403)),
    "409_other": Rule("409 UNKNOWN_TO_US, a code no list has", reply=_code("UNKNOWN_TO_US", 409)),
    "410_gone": Rule("410 without a code", reply=_status(410)),
    "301_moved": Rule("301 without a Location", reply=_status(301)),
    "422_generic": Rule("422 without a code", reply=_status(422)),
    "451": Rule("451 without a code", reply=_status(451)),
    "999": Rule("999 text/html, this once", reply=bot_defence),
    "401": Rule("401; the session stays ended until somebody signs in", mode=Mode.LOGGED_OUT_401),
    "302_login": Rule("302 to the login page; the session stays ended", mode=Mode.LOGGED_OUT_302),
    "302_revoked": Rule("302 to the login page and li_at deleted; the session stays ended", mode=Mode.REVOKED),
    "302_challenge": Rule(
        "302 to the checkpoint; the session stays challenged until a person acts there", mode=Mode.CHALLENGE
    ),
    "500_before_commit": Rule("500, nothing kept", reply=_status(500)),
    "500_after_commit": Rule("500, although the invitation is kept", keeps="invitation", reply=_status(500)),
    "drop_before": Rule("the connection closes without an answer, nothing kept", drops=True),
    "drop_after": Rule(
        "the connection closes without an answer, the invitation is kept", keeps="invitation", drops=True
    ),
    "reset_before": Rule(
        "the connection closes without an answer, nothing kept; Chromium's own repeat gets through",
        drops=True,
        mends=True,
    ),
    "reset_after": Rule(
        "the connection closes without an answer, the invitation is kept; Chromium's own repeat gets through",
        keeps="invitation",
        drops=True,
        mends=True,
    ),
    "200_empty": Rule("200 with an empty body, the invitation is kept", keeps="invitation", reply=lambda: Answer(200)),
    "200_with_error": Rule(
        "200 whose JSON is CANT_RESEND_YET, nothing kept", reply=lambda: Reply({"code": CANT_RESEND_YET})
    ),
    "200_no_urn": Rule(
        "200 whose value has no invitationUrn, nothing kept",
        reply=lambda: Reply({"value": {}, "$type": "com.linkedin.restli.common.ActionResponse"}),
    ),
    "200_html": Rule(
        "200 text/html that cannot be read, nothing kept",
        reply=lambda: Answer(200, b"<html><body>Something went wrong</body></html>", "text/html; charset=utf-8"),
    ),
    "silent_success": Rule(
        "200 like any other; the sender's lists show it, the invitee never sees it", keeps="undelivered"
    ),
    "slow": Rule("kept at once, answered `ms` later", keeps="invitation", default_ms=3_000),
    "late_commit": Rule(
        "kept `ms` later; the connection closes at once (with hang the answer waits for it)",
        keeps="late",
        drops=True,
        default_ms=3_000,
    ),
}


def fault(name: str, ms: int | None = None, *, hang: bool = False) -> Fault:
    """Return a fault of this name; KeyError when there is none."""
    return Fault(name, RULES[name].default_ms if ms is None else ms, hang)


class FaultQueue:
    """Faults that happen once each, in order, to the next invitation of a viewer (or of anybody)."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str | None, Fault]] = []

    def add(self, viewer_id: str | None, what: Fault, times: int = 1) -> None:
        """Put a fault in line `times` times; None is for whoever comes first."""
        self._waiting += [(viewer_id, replace(what)) for _ in range(times)]

    def take(self, viewer_id: str) -> Fault | None:
        """Take out the first fault that waits for this viewer."""
        for index, (whom, what) in enumerate(self._waiting):
            if whom in (None, viewer_id):
                del self._waiting[index]
                return what
        return None

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()

    def names(self) -> list[str]:
        """Return the names of those that still wait, in order."""
        return [what.name for _, what in self._waiting]
