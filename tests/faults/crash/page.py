"""LinkedIn's page as a scripted browser sees it: four reads and one POST over HTTP, with the member's own cookies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from curtsy.twin.remote import Twin

DECO = "com.linkedin.voyager.dash.deco"
RELATIONSHIPS = "/voyagerRelationshipsDashMemberRelationships"
URN = "urn:li:fsd_profile:"
ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; status 0 when none came."""

    status: int
    body: dict[str, Any]
    location: str = ""
    retry_after_ms: int | None = None

    @property
    def code(self) -> str | None:
        """LinkedIn's word for an error, which a normalized answer has under `data` (wire reference 1.3)."""
        found = self.body.get("data", self.body).get("code")
        return found if isinstance(found, str) else None

    @property
    def csrf(self) -> bool:
        return self.status == 403 and "CSRF" in str(self.body.get("message", self.body.get("text", "")))

    @property
    def session(self) -> str | None:
        """What an answer says about the session instead of the question (wire reference 3.3, 3.4)."""
        if self.status in (451, 999) or "/checkpoint/" in self.location or "challengeUrl" in self.body:
            return "challenge"
        return "signed_out" if self.status in (401, 302) else None


@dataclass(frozen=True, slots=True)
class Sight:
    """How the member stands to a person; what stands there, when something does."""

    relation: str
    urn: str | None = None
    invitation: str | None = None
    sent_ms_ago: int | None = None
    message: str | None = None


def _nothing() -> None:
    return None


class Page:
    """A tab on www.linkedin.com; ``sign_in`` is what the member does at the login page."""

    def __init__(self, twin: Twin, viewer: str) -> None:
        self._twin = twin
        self._viewer = viewer
        where = urlsplit(twin.http)
        self._line = HTTPConnection(where.hostname or "", where.port, timeout=ANSWER_S)
        self._headers: dict[str, str] = {}

    def sign_in(self) -> None:
        """Begin a session of this browser's own."""
        told = self._twin.tell("sign-in", viewer=self._viewer)
        self._headers = {
            "accept": "application/vnd.linkedin.normalized+json+2.1",
            "cookie": f"li_at={told['li_at']}; JSESSIONID={told['jsessionid']}",
            "csrf-token": told["csrf_token"],
            "x-restli-protocol-version": "2.0.0",
        }

    def me(self) -> tuple[Answer, str | None]:
        """Who is signed in: the profile URN, None when that cannot be read."""
        answer = self._get("/me")
        mini = answer.body.get("data", {}).get("*miniProfile") if answer.status == 200 else None
        return answer, URN + mini.rpartition(":")[2] if mini else None

    def person(self, identity: str) -> tuple[Answer, Sight | None]:
        """A person by vanity name or id, and how the member stands to them."""
        answer = self._get(
            f"/identity/dash/profiles?q=memberIdentity&memberIdentity={identity}"
            f"&decorationId={DECO}.identity.profile.WebTopCardCore-19"
        )
        found = answer.body.get("data", {}).get("*elements") if answer.status == 200 else None
        if not found:
            return answer, None
        return answer, self._standing(answer.body["included"], found[0])

    def relationship(self, urn: str) -> Sight | None:
        """How the member stands to a person, on both surfaces: the relationship, and the list of what was sent."""
        answer = self._get(f"{RELATIONSHIPS}/{quote(_relationship(urn), safe='')}")
        if answer.status != 200:
            return None
        sight = self._standing([answer.body["data"], *answer.body["included"]], urn)
        listed = self._get("/relationships/sentInvitationViewsV2?q=invitationType&invitationType=CONNECTION&count=100")
        if listed.status != 200:
            return None
        for one in listed.body["included"]:
            if one.get("toMemberId") == urn.rpartition(":")[2]:
                number = one["mailboxItemId"].rpartition(":")[2]
                ago = self._twin_now() - int(one["sentTime"])
                return Sight("pending_out", urn, f"urn:li:fsd_invitation:{number}", max(0, ago), one["message"])
        return sight

    def invite(self, urn: str, note: str | None, sent: Callable[[], None]) -> Answer:
        """The POST; ``sent`` is called when it is on its way and no answer was read."""
        body: dict[str, Any] = {"invitee": {"inviteeUnion": {"memberProfile": urn}}}
        if note is not None:
            body["customMessage"] = note
        deco = f"{DECO}.relationships.InvitationCreationResultWithInvitee-2"
        path = f"{RELATIONSHIPS}?action=verifyQuotaAndCreateV2&decorationId={deco}"
        return self._ask("POST", path, json.dumps(body), sent)

    def _twin_now(self) -> int:
        return int(self._twin.ask("clock")["now_ms"])

    def _get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, body: str | None, sent: Callable[[], None] = _nothing) -> Answer:
        try:
            self._line.request(method, "/voyager/api" + path, body, self._headers)
            sent()
            got = self._line.getresponse()
            text = got.read()
        except (OSError, HTTPException):
            self._line.close()
            return Answer(0, {})
        try:
            said = json.loads(text)
        except ValueError:
            said = {"text": text.decode(errors="replace")}
        wait = got.headers.get("retry-after")
        known = said if isinstance(said, dict) else {}
        return Answer(got.status, known, got.headers.get("location", ""), int(wait) * 1000 if wait else None)

    def _standing(self, entities: list[dict[str, Any]], urn: str) -> Sight:
        wanted = _relationship(urn)
        by_urn = {one["entityUrn"]: one for one in entities if "entityUrn" in one}
        union = by_urn[wanted]["memberRelationshipUnion"]
        if "self" in union:
            return Sight("self", urn)
        if "connection" in union or "*connection" in union:
            return Sight("connected", urn)
        standing = union["noConnection"]["invitationUnion"].get("*invitation")
        if standing is None:
            return Sight("none", urn)
        relation = "pending_out" if by_urn[standing]["inviteeMember"] == urn else "pending_in"
        return Sight(relation, urn, standing)


def _relationship(urn: str) -> str:
    return f"urn:li:fsd_memberRelationship:{urn.rpartition(':')[2]}"
