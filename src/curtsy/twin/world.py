"""Everything the twin knows: members, viewers, the book, sessions, faults. No I/O; clock and chance are handed in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from curtsy.twin.clock import DAY_MS, Clock
from curtsy.twin.faults import REPEAT_MS, FaultQueue
from curtsy.twin.ledger import Invitation, Ledger
from curtsy.twin.magic import MAGIC, SAM
from curtsy.twin.people import Person, made_on_demand
from curtsy.twin.sessions import Session, Sessions

PENDING_FOR_MS = 3 * DAY_MS
WITHDRAWN_FOR_MS = 2 * DAY_MS
CONNECTED_FOR_MS = 400 * DAY_MS


@dataclass
class Viewer:
    """A member who can sign in, with the limits of their account (wire reference 7 and 9.1)."""

    person: Person
    premium: bool = False
    email_confirmed: bool = True
    restricted: bool = False
    weekly_max: int = 100
    notes_max: int = 5
    pending_max: int = 1_500
    read_lag_ms: int = 0
    follows: set[str] = field(default_factory=set)
    rotated_for: set[str] = field(default_factory=set)
    lost_for: set[str] = field(default_factory=set)
    """Whose first withdrawal was lost."""

    @property
    def id(self) -> str:
        """Return the profile id."""
        return self.person.profile_id

    @property
    def note_max(self) -> int:
        """Return how many UTF-16 units a note of this account may have (wire reference 7)."""
        return 300 if self.premium else 200


class World:
    """The state of the twin; one thread at a time."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        self.clock = clock
        self.rng = rng
        self.begin_again()

    def begin_again(self) -> None:
        """Forget everything but the time: magic people as at the start, Sam the only viewer, nobody signed in."""
        self.ledger = Ledger()
        self.sessions = Sessions(self.rng)
        self.faults = FaultQueue()
        self.refuse_duplicates = True
        self.connected_answer = 400
        self._members: dict[str, Person] = {}
        self._slugs: dict[str, str] = {}
        self._lost: dict[tuple[str, str, str | None], int] = {}
        self._viewers: dict[str, Viewer] = {}
        for magic in MAGIC:
            self.settle_in(magic.person)
        self.admit(SAM)

    def now(self) -> int:
        """Return the twin's time, having kept the late invitations that were due before it."""
        now = self.clock.now_ms()
        self.ledger.settle(now, refuse_duplicates=self.refuse_duplicates)
        return now

    def settle_in(self, person: Person) -> None:
        """Let a person live here, or change one who does; every viewer meets them as `person.start` says."""
        known = person.profile_id in self._members
        self._members[person.profile_id] = person
        self._slugs[person.slug] = person.profile_id
        self._slugs[person.public_identifier] = person.profile_id
        if not known:
            for viewer in self._viewers.values():
                self._introduce(viewer, person)

    def admit(self, person: Person) -> Viewer:
        """Let a person sign in; they meet everybody as they stand at the start."""
        self.settle_in(person)
        known = self._viewers.get(person.profile_id)
        if known:
            known.person = person
            return known
        viewer = self._viewers[person.profile_id] = Viewer(person)
        for member in self._members.values():
            self._introduce(viewer, member)
        return viewer

    def member(self, identity: str) -> Person | None:
        """Return who is behind an id or a vanity name (any case, also an old one); None is unknown to the twin."""
        found = self._members.get(identity) or self._members.get(self._slugs.get(identity.lower(), ""))
        if found is None:
            found = made_on_demand(identity)
            if found is not None:
                self.settle_in(found)
        return found

    def viewer(self, identity: str) -> Viewer | None:
        """Return the account of this id or vanity name; `viewer-<n>` is admitted when first asked for."""
        person = self.member(identity)
        if person is None:
            return None
        if person.profile_id not in self._viewers and person.slug.startswith("viewer-"):
            return self.admit(person)
        return self._viewers.get(person.profile_id)

    def signs_in(self, person: Person) -> Viewer | None:
        """Return the account of a person, None for those who never sign in."""
        return self._viewers.get(person.profile_id)

    def account(self, profile_id: str) -> Viewer:
        """Return the account of a signed-in viewer."""
        return self._viewers[profile_id]

    def viewers(self) -> Iterator[Viewer]:
        """Yield every account."""
        yield from self._viewers.values()

    def readable_pending(self, viewer: Viewer, person: Person) -> Invitation | None:
        """Return the invitation that reads show: none while a read lag of viewer or person still runs."""
        found = self.ledger.pending(viewer.id, person.profile_id)
        return found if found is None or found.seen_from <= self.clock.now_ms() else None

    def invite(
        self, viewer: Viewer, person: Person, message: str | None, *, late_ms: int | None = None, delivered: bool = True
    ) -> Invitation:
        """Keep an invitation of a POST, now or late; inviting also follows the person (wire reference 2.3)."""
        now = self.now()
        made = self.ledger.draft(viewer.id, person.profile_id, message, now, "post")
        made.delivered = delivered
        if late_ms is None:
            made.seen_from = now + max(viewer.read_lag_ms, person.read_lag_ms)
            self.ledger.keep(made)
        else:
            self.ledger.keep_later(made, now + late_ms)
        viewer.follows.add(person.profile_id)
        return made

    def lose_repeats(self, session: Session, profile_id: str, message: str | None) -> None:
        """Let the line be dead for a moment to the same POST: a browser repeats it once per connection it has."""
        self._lost[session.li_at, profile_id, message] = self.now() + REPEAT_MS

    def swallows(self, session: Session, profile_id: str, message: str | None) -> bool:
        """Return whether this POST is lost on a dead line."""
        return self.now() < self._lost.get((session.li_at, profile_id, message), 0)

    def invite_by_hand(self, inviter: str, invitee: str, message: str | None, at: int) -> Invitation:
        """Keep an invitation that somebody made elsewhere, on a phone say."""
        made = self.ledger.draft(inviter, invitee, message, at, "hand")
        self.ledger.keep(made)
        return made

    def _introduce(self, viewer: Viewer, person: Person) -> None:
        now, me, them = self.clock.now_ms(), viewer.id, person.profile_id
        if me == them:
            return
        if person.start == "pending_out":
            self.ledger.keep(self.ledger.draft(me, them, None, now - PENDING_FOR_MS, "start"))
        elif person.start == "pending_in":
            self.ledger.keep(self.ledger.draft(them, me, "Shall we connect?", now - PENDING_FOR_MS, "start"))
        elif person.start == "connected":
            self.ledger.connect(me, them, now - CONNECTED_FOR_MS)
        elif person.start == "withdrawn":
            self.ledger.withdraw(me, them, now - WITHDRAWN_FOR_MS)
