"""LinkedIn as the members of the quarter meet it: the twin's own world and book, in the simulation's time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from curtsy.twin.exchange import Answer
from curtsy.twin.faults import fault
from curtsy.twin.invite import Proposal, Verdict, decide
from curtsy.twin.ledger import Invitation, State
from curtsy.twin.people import Person, on_demand_id
from curtsy.twin.sessions import Mode, Session
from curtsy.twin.world import Viewer, World
from tests.faults.machine.linkedin import TwinClock, urn
from tests.faults.quarter.leaping import Sun

CODES = {
    "CUSTOM_INVITE_LIMIT_REACHED": "note_unavailable",
    "FUSE_LIMIT_EXCEEDED": "invitation_limit_reached",
    "ACCOUNT_RESTRICTED": "restricted",
    "MAX_INVITATION_SENT": "restricted",
    "PRIMARY_HANDLE_NOT_CONFIRMED": "restricted",
}
"""What a code of LinkedIn means (wire reference 3), but for CANT_RESEND_YET, which is read back first."""
READ_AGAIN = {"pending_out": "already_pending", "connected": "already_connected", "pending_in": "incoming_pending"}


@dataclass
class Account:
    """How a member stands with LinkedIn: what stops a browser of theirs before it reads anything."""

    viewer: Viewer
    session: Session
    signed_in: str | None = None
    """Whose session the browser holds: the profile id of a viewer, None when it is signed out."""
    challenged: bool = False
    throttled_until: int = 0

    @property
    def id(self) -> str:
        return self.viewer.id


class LinkedIn:
    """Everything the twin knows. It refuses no duplicates, so that one is seen."""

    def __init__(self, sun: Sun, seed: int) -> None:
        self.sun = sun
        self.world = World(TwinClock(sun), Random(seed))
        self.world.refuse_duplicates = False
        self.hand_made: set[tuple[str, str]] = set()
        """Whom members have invited by hand, as pairs of profile ids."""

    def account(self, number: int, *, premium: bool, weekly: int) -> Account:
        """A member who can sign in, with the limits of their account."""
        viewer = self.world.viewer(f"viewer-{number}")
        assert viewer is not None
        viewer.premium, viewer.weekly_max = premium, weekly
        return Account(viewer, self.world.sessions.sign_in(viewer.id), viewer.id)

    def person(self, number: int) -> Person:
        """Somebody who can be invited: now and then one whom nobody can see."""
        found = self.world.member(on_demand_id("person", number))
        assert found is not None
        if number % 50 == 7 and not found.inaccessible:
            found = replace(found, inaccessible=True)
            self.world.settle_in(found)
        return found

    def resolve(self, given: str | None, slug: str | None) -> str | None:
        """The profile id behind a URN or a public name; None for whom this member cannot see."""
        found = self.world.member(given.rpartition(":")[2] if given else slug or "")
        return None if found is None or found.inaccessible else found.profile_id

    # ------------------------------------------------------------------ reading

    def stop(self, account: Account) -> str | None:
        """What a browser meets that opens any page now: the outcome to report, None when the page is there."""
        if account.challenged:
            return "challenge"
        if account.signed_in is None:
            return "signed_out"
        if account.signed_in != account.id:
            return "wrong_member"
        return "throttled" if self.sun() < account.throttled_until else None

    def relation(self, account: Account, person: str) -> str:
        """How the two stand to each other, as a read shows it now."""
        self.world.now()
        book = self.world.ledger
        if person == account.id:
            return "self"
        if book.connected_since(account.id, person) is not None:
            return "connected"
        if self.pending(account, person) is not None:
            return "pending_out"
        return "none" if book.pending(person, account.id) is None else "pending_in"

    def pending(self, account: Account, person: str) -> Invitation | None:
        """The invitation that waits, as far as reads show it."""
        self.world.now()
        member = self.world.member(person)
        return None if member is None else self.world.readable_pending(account.viewer, member)

    def sight(self, account: Account, person: str, note: str | None) -> dict[str, Any]:
        """Evidence of a read of both surfaces."""
        relation = self.relation(account, person)
        found = self.pending(account, person) if relation == "pending_out" else None
        if found is None:
            return {"after": relation}
        ago = self.sun() - found.sent_at
        said = {"invitation_urn": found.urn, "invitation_sent_ms_ago": ago, "message_equal": found.message == note}
        return {"after": relation} | said

    def look(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        """What a look at both lists finds, no further back than it was asked to read."""
        now, book = self.world.now(), self.world.ledger
        connected = [
            {"profile": who, "ms_ago": now - at}
            for who, at in book.connections_of(account.id)
            if now - at <= asked["connected_ms_ago"]
        ]
        pending = [
            {"profile": one.invitee, "ms_ago": now - one.sent_at}
            for one in book.sent_by(account.id, now)
            if now - one.sent_at <= asked["pending_ms_ago"]
        ]
        relations = [{"profile": who, "relation": self.relation(account, who)} for who in asked["missing"]]
        return {"connected": connected, "pending": pending, "complete": True, "relations": relations}

    # ------------------------------------------------------------------ acting

    def post(
        self, account: Account, person: str, note: str | None, fate: str | None
    ) -> tuple[str, dict[str, Any], Invitation | None]:
        """One POST that meets ``fate``: what an honest browser concludes, its evidence, and what it really made."""
        if (stop := self.stop(account)) is not None:
            return stop, {"acted": True}, None
        if fate is not None:
            self.world.faults.add(account.id, fault(fate))
        proposal = Proposal("G3", person, note, note is not None)
        verdict = decide(self.world, account.session, proposal, None, secure=True)
        self.world.faults.clear()
        account.session.mode = Mode.OK
        return *self._concluded(verdict, account, person, note), verdict.made

    def _concluded(
        self, verdict: Verdict, account: Account, person: str, note: str | None
    ) -> tuple[str, dict[str, Any]]:
        reply, acted = verdict.reply, {"acted": True}
        if verdict.drops:
            return "unknown", acted | self.sight(account, person, note)
        if isinstance(reply, Mode):
            account.challenged = account.challenged or reply is Mode.CHALLENGE
            account.signed_in = account.id if reply is Mode.CHALLENGE else None
            return ("challenge" if reply is Mode.CHALLENGE else "signed_out"), acted
        code = None if isinstance(reply, Answer) else reply.code
        said = acted | {"http_status": reply.status, "linkedin_code": code}
        after = dict(reply.headers).get("retry-after")
        if reply.status == 429 and after is not None:
            said["retry_after_ms"] = int(after) * 1000
        if code in CODES:
            return CODES[code], said
        if code is not None:
            found = self.sight(account, person, note)
            usual = "cannot_resend_yet" if code == "CANT_RESEND_YET" else "refused"
            return READ_AGAIN.get(found["after"], usual), said | found
        if reply.status == 429:
            return "throttled", said
        made = None if isinstance(reply, Answer) else reply.data.get("value", {}).get("invitationUrn")
        if reply.status == 200 and made:
            return "sent", said | {"invitation_urn": made}
        if reply.status == 403:
            return "restricted", said
        return "unknown", said | self.sight(account, person, note)

    def withdraw(self, account: Account, person: str) -> tuple[str, dict[str, Any]]:
        """Take back what waits, as a browser of ours does."""
        if (stop := self.stop(account)) is not None:
            return stop, {"acted": True}
        if self.pending(account, person) is None:
            return "not_pending", {"acted": True, "after": self.relation(account, person)}
        self.world.ledger.withdraw(account.id, person, self.sun())
        return "withdrawn", {"acted": True, "http_status": 200, "after": self.relation(account, person)}

    # ------------------------------------------------------------------ what people do

    def by_hand(self, account: Account, person: str) -> Invitation | None:
        """The member invites somebody in their own LinkedIn, where LinkedIn would let them."""
        now, book = self.world.now(), self.world.ledger
        week = book.made_since(account.id, now - 7 * 86_400_000)
        if self.relation(account, person) != "none" or account.viewer.restricted or account.challenged:
            return None
        if len(week) >= account.viewer.weekly_max or book.locked(account.id, person, now):
            return None
        self.hand_made.add((account.id, person))
        return self.world.invite_by_hand(account.id, person, None, now)

    def answer(self, made: Invitation, how: State) -> None:
        """The invitee accepts what still waits, or lets it end otherwise."""
        if made.state is not State.PENDING:
            return
        if how is State.ACCEPTED:
            self.world.ledger.connect(made.inviter, made.invitee, self.world.now())
        else:
            self.world.ledger.end(made.inviter, made.invitee, how)


def profile_id(given: str) -> str:
    """The id of a URN."""
    return given.rpartition(":")[2]


__all__ = ["Account", "LinkedIn", "profile_id", "urn"]
