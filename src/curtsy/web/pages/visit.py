"""One visit of a person: who they are, what they may see, and what their form says."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from curtsy.domain.errors import (
    BodyTooLarge,
    EmailTaken,
    InvalidAddress,
    InvalidEmail,
    InvalidHours,
    InvalidName,
    InvalidPace,
    Refusal,
    SignInRequired,
)
from curtsy.domain.member import Member, Role
from curtsy.service import access
from curtsy.service.dispatch import clock_in_doubt
from curtsy.service.sealing import Seal
from curtsy.settings import Settings
from curtsy.storage.database import Database
from curtsy.storage.store import Store
from curtsy.web.pages import words
from curtsy.web.pages.paper import Paper
from curtsy.web.problems import STATUS
from curtsy.web.route import BODY_LIMIT

COOKIE = "curtsy_session"
FIELDS: dict[type[Refusal], str] = {
    EmailTaken: "email",
    InvalidEmail: "email",
    InvalidName: "name",
    InvalidPace: "pace",
    InvalidHours: "pace",
    InvalidAddress: "url",
}
"""The field of a form that a refusal is about."""


class Who(Enum):
    """Who may come to a page."""

    ANYONE = "anyone"
    FOUNDER = "who signed in before there was a team"
    MEMBER = "a member"
    ADMIN = "an admin"


@dataclass(frozen=True, slots=True)
class Refused:
    """What a form is told when it is shown again: which form, which field, why, and what had been typed."""

    form: str
    field: str | None
    sentence: str
    typed: dict[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever a session belongs to; ``member`` is None while there is no team.

    ``clock_jumped`` when the server waits for a person to confirm its clock; ``lent_by`` is the other member whose
    link opened the session.
    """

    member: Member | None
    team: str
    clock_jumped: bool
    lent_by: str | None = None


@dataclass(slots=True)
class Visit:
    """A request for a page, with everything its handler may use."""

    request: Request
    database: Database
    settings: Settings
    paper: Paper
    seal: Seal | None = None
    session: str | None = None
    guest: Guest | None = None
    form: dict[str, str] = field(default_factory=dict)

    @property
    def me(self) -> Member:
        """The member who visits."""
        assert self.guest is not None  # the page's row asked for a member
        assert self.guest.member is not None
        return self.guest.member

    @property
    def admin(self) -> bool:
        """Whether an admin visits."""
        return self.guest is not None and self.guest.member is not None and self.guest.member.role is Role.ADMIN

    @property
    def lent_by(self) -> str | None:
        """The other member whose link opened this session."""
        return self.guest.lent_by if self.guest else None

    @property
    def address(self) -> str:
        """The address people and browsers use for this server."""
        return self.settings.public_url or str(self.request.base_url).rstrip("/")

    def once(self) -> str:
        """What makes this form one of its kind; raises HTTPException for a form without it."""
        try:
            return str(UUID(self.form.get("once", "")))
        except ValueError:
            raise HTTPException(400, "This form is not complete. Open the page again and try once more.") from None

    def secret_of_form(self, purpose: str) -> str:
        """A secret that this form makes again when it is sent again, and nobody without the session can know."""
        assert self.session is not None
        made = hmac.new(self.session.encode(), f"{purpose} {self.once()}".encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(made).rstrip(b"=").decode()

    def asked(self, name: str) -> str | None:
        """A parameter of the query."""
        return self.request.query_params.get(name) or None

    def show(self, template: str, status: int = 200, **context: object) -> Response:
        """A page."""
        done = self.asked("done")
        known: dict[str, object] = {
            "me": self.guest.member if self.guest else None,
            "team": self.guest.team if self.guest else "",
            "clock_jumped": self.guest is not None and self.guest.clock_jumped,
            "admin": self.admin,
            "lent": self.lent_by is not None,
            "address": self.address,
            "path": self.request.url.path,
            "now": self.database.now(),
            "token": form_token(self.session) if self.session else "",
            "once": Store.new_id(),
            "done": words.DONE.get(done) if done else None,
            "refused": None,
        }
        return HTMLResponse(self.paper.write(template, known | context), status)

    def go(self, path: str) -> Response:
        """Off to another page, after a form did its work."""
        return RedirectResponse(path, 303)

    def refuse(self, refusal: Refusal, form: str) -> Refused:
        """A refusal as the form that caused it shows it."""
        kind = type(refusal)
        return Refused(form, FIELDS.get(kind), str(refusal), self.form, STATUS[kind])


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the table of pages: method, path, who serves it, who may come."""

    method: str
    path: str
    handler: Handler
    who: Who = Who.MEMBER


async def recognise(visit: Visit) -> None:
    """See who visits, by their session."""
    visit.session = visit.request.cookies.get(COOKIE)
    if visit.session:
        visit.guest = await visit.database.read(_guest, visit.session)


def _guest(store: Store, now: int, session: str) -> Guest | None:
    try:
        visitor = access.visitor(store, now, session)
    except SignInRequired:
        return None
    if (member := visitor.member) is not None:
        return Guest(member, store.teams.name(member.team_id) or "", clock_in_doubt(store), visitor.lent_by)
    return None if store.teams.all() else Guest(None, "", False)


def admit(visit: Visit, who: Who) -> None:
    """Let the right people in; raises SignInRequired, or HTTPException for a member where only admins may."""
    if who is Who.ANYONE:
        return
    if visit.guest is None:
        raise SignInRequired
    if (visit.guest.member is None) is not (who is Who.FOUNDER):
        raise HTTPException(303, headers={"Location": "/" if visit.guest.member else "/welcome"})
    if who is Who.ADMIN and not visit.admin:
        raise HTTPException(403, "Only an admin of the team may do that.")


# ------------------------------------------------------------------ forms


def form_token(session: str) -> str:
    """What a form of this session carries: nobody who cannot read the session can know it."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


async def read_form(visit: Visit, *, signed: bool) -> None:
    """Take in a form that came from a page of ours; raises HTTPException for one that did not, or BodyTooLarge.

    ``signed``: it must carry the token of its session. Only the sign-in button has no session yet; where a session
    has ended meanwhile, whoever is asked for one is asked to sign in.
    """
    if not _from_here(visit):
        raise HTTPException(403, "This form was not sent from a page of this server. Open the page here and try again.")
    body = b""
    async for part in visit.request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            raise BodyTooLarge
    try:
        visit.form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise HTTPException(400, "This form could not be read.") from None
    token = visit.form.pop("token", "")
    if signed and visit.session and not hmac.compare_digest(form_token(visit.session).encode(), token.encode()):
        raise HTTPException(403, "This form belongs to another session. Open the page again and try once more.")


def _from_here(visit: Visit) -> bool:
    """Whether the browser says that a page of this server sent the form; one that says nothing is no browser."""
    headers = visit.request.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in (headers.get("host"), urlsplit(visit.address).netloc)
