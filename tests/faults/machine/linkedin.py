"""LinkedIn as the machine's browsers meet it: the twin's own world, in process, with every POST written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from curtsy.twin.clock import Clock
from curtsy.twin.exchange import Answer
from curtsy.twin.faults import fault
from curtsy.twin.invite import Proposal, Verdict, decide
from curtsy.twin.ledger import Invitation, State
from curtsy.twin.people import on_demand_id
from curtsy.twin.sessions import Mode
from curtsy.twin.world import Viewer, World

LONGEST_IN_FLIGHT_MS = 120_000
LONGEST_READ_LAG_MS = 30_000

CODES = {
    "CANT_RESEND_YET": "cannot_resend_yet",
    "CUSTOM_INVITE_LIMIT_REACHED": "note_unavailable",
    "FUSE_LIMIT_EXCEEDED": "invitation_limit_reached",
}
"""What a code of LinkedIn means (wire reference 3), as far as it can happen here."""
READ_AGAIN = {"pending_out": "already_pending", "connected": "already_connected", "pending_in": "incoming_pending"}


class TwinClock(Clock):
    """The twin keeps the machine's time."""

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__()
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock()


@dataclass
class Post:
    """One POST that a browser of ours made, under which lease, and what it made."""

    task_id: str
    lease: str
    account: str
    person: str
    at: int
    due: int
    outcome: str
    made: Invitation | None


def urn(profile_id: str) -> str:
    return f"urn:li:fsd_profile:{profile_id}"


class LinkedIn:
    """Persons and accounts by number; ``posts`` is what the oracle judges by."""

    def __init__(self, clock: Callable[[], int], *, refuse_duplicates: bool) -> None:
        self.clock = clock
        self.world = World(TwinClock(clock), Random(7))
        self.world.refuse_duplicates = refuse_duplicates
        self.posts: list[Post] = []
        self.touched: set[tuple[str, str]] = set()
        """Pairs that somebody else than we has done something about."""

    def account(self, number: int) -> str:
        """The profile id of a member who can sign in."""
        viewer = self.world.viewer(f"viewer-{number}")
        assert viewer is not None
        return viewer.id

    def person(self, number: int) -> str:
        return on_demand_id("person", number)

    def resolve(self, given_urn: str | None, slug: str | None) -> str:
        """The profile id behind a URN or a public name."""
        found = self.world.member(slug or "") if given_urn is None else self.world.member(given_urn.rpartition(":")[2])
        assert found is not None
        return found.profile_id

    # ------------------------------------------------------------------ reading

    def relation(self, account: str, person: str) -> str:
        """How the two stand to each other, as a read shows it now."""
        self.world.now()
        if self.world.ledger.connected_since(account, person) is not None:
            return "connected"
        if self._pending(account, person) is not None:
            return "pending_out"
        waiting = self.world.ledger.pending(person, account)
        return "none" if waiting is None else "pending_in"

    def sight(self, account: str, person: str, note: str | None) -> dict[str, Any]:
        """Evidence of a read of both surfaces."""
        relation = self.relation(account, person)
        found = self._pending(account, person) if relation == "pending_out" else None
        if found is None:
            return {"after": relation}
        return {
            "after": relation,
            "invitation_urn": found.urn,
            "invitation_sent_ms_ago": self.clock() - found.sent_at,
            "message_equal": found.message == note,
        }

    def _pending(self, account: str, person: str) -> Invitation | None:
        member = self.world.member(person)
        assert member is not None
        return self.world.readable_pending(self._viewer(account), member)

    def _viewer(self, account: str) -> Viewer:
        return self.world.account(account)

    def set_read_lag(self, account: str, ms: int) -> None:
        """From now on reads of this account are late by this."""
        self._viewer(account).read_lag_ms = ms

    # ------------------------------------------------------------------ inviting

    def post(
        self, account: str, person: str, note: str | None, *, task: str, lease: str, fate: str | None, late_ms: int
    ) -> tuple[str, dict[str, Any]]:
        """One POST that meets ``fate``: what an honest browser concludes (wire reference 3)."""
        now = self.world.now()
        if fate is not None:
            self.world.faults.add(account, fault(fate, late_ms if fate == "late_commit" else None))
        session = self.world.sessions.sign_in(account)
        verdict = decide(self.world, session, Proposal("G3", person, note, note is not None), None, secure=True)
        self.world.faults.clear()
        outcome, evidence = self._read(verdict, account, person, note)
        due = now + late_ms if fate == "late_commit" else now
        self.posts.append(Post(task, lease, account, person, now, due, outcome, verdict.made))
        return outcome, evidence

    def _read(self, verdict: Verdict, account: str, person: str, note: str | None) -> tuple[str, dict[str, Any]]:
        reply = verdict.reply
        acted = {"acted": True}
        if verdict.drops:
            return "unknown", acted | self.sight(account, person, note)
        if isinstance(reply, Mode):
            return ("challenge" if reply is Mode.CHALLENGE else "signed_out"), acted
        code = None if isinstance(reply, Answer) else reply.code
        said = acted | {"http_status": reply.status, "linkedin_code": code}
        if code in CODES and code != "CANT_RESEND_YET":
            return CODES[code], said
        if code is not None:
            found = self.sight(account, person, note)
            return READ_AGAIN.get(found["after"], CODES.get(code, "refused")), said | found
        if reply.status == 429:
            return "throttled", said
        made = None if isinstance(reply, Answer) else reply.data.get("value", {}).get("invitationUrn")
        if reply.status == 200 and made:
            return "sent", said | {"invitation_urn": made}
        if "CSRF" in str(reply.body if isinstance(reply, Answer) else reply.data):
            return "not_attempted", {"linkedin_code": "CSRF"}
        if reply.status == 400:
            return "client_outdated", said
        return "unknown", said | self.sight(account, person, note)

    # ------------------------------------------------------------------ what others do

    def by_hand(self, account: str, person: str, note: str | None) -> None:
        """The member invites the person on a phone, where LinkedIn would let them."""
        now = self.world.now()
        book = self.world.ledger
        taken = (
            book.pending(account, person) or book.connected_since(account, person) or self.in_flight(account, person)
        )
        if not taken:
            self.touched.add((account, person))
            self.world.invite_by_hand(account, person, note, now)

    def incoming(self, account: str, person: str) -> None:
        """The person invites the member."""
        if self.relation(account, person) == "none":
            self.touched.add((account, person))
            self.world.invite_by_hand(person, account, None, self.world.now())

    def accept(self, account: str, person: str) -> None:
        """The person accepts what waits for them."""
        if self.world.ledger.pending(account, person) is not None:
            self.world.ledger.connect(account, person, self.world.now())

    def withdraw(self, account: str, person: str) -> None:
        """The member takes back by hand what waits."""
        if self.world.ledger.pending(account, person) is not None:
            self.world.ledger.withdraw(account, person, self.world.now())

    # ------------------------------------------------------------------ for the oracle

    def in_flight(self, account: str, person: str) -> bool:
        """Whether a POST of ours for this pair has yet to land."""
        return any(self.flies(post) for post in self.posts if (post.account, post.person) == (account, person))

    def flies(self, post: Post) -> bool:
        return post.made is not None and self.clock() < post.due

    def landed(self, post: Post) -> bool:
        """Whether LinkedIn has ever held what this POST asked for."""
        return post.made is not None and self.world.ledger.numbered(post.made.number) is not None

    def holds(self, post: Post) -> bool:
        """Whether LinkedIn holds it still, or will: pending or accepted, and not taken back by hand."""
        if post.made is None or post.made.state is State.WITHDRAWN:
            return False
        return self.landed(post) or self.flies(post)
