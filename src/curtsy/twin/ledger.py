"""Who invited whom, who is connected, who may not ask again yet: the twin's own book."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count
from typing import Literal

from curtsy.twin.clock import DAY_MS
from curtsy.twin.exchange import Json

RESEND_LOCK_MS = 21 * DAY_MS
FIRST_NUMBER = 7_400_000_000_000_000_001

Origin = Literal["post", "hand", "start"]


class State(StrEnum):
    """What an invitation has come to."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    VANISHED = "vanished"


@dataclass
class Invitation:
    """One invitation; `origin` says whether a POST made it, a hand, or the start of the story."""

    number: int
    inviter: str
    invitee: str
    message: str | None
    sent_at: int
    origin: Origin
    secret: str
    seen_from: int
    delivered: bool = True
    state: State = State.PENDING

    @property
    def urn(self) -> str:
        """Return the dash URN, which keeps all 19 digits."""
        return f"urn:li:fsd_invitation:{self.number}"


@dataclass(frozen=True)
class Attempt:
    """One POST that asked for an invitation, whatever became of it."""

    at: int
    viewer: str
    invitee: str | None
    generation: str
    message: str | None
    has_message_key: bool
    status: int | None
    code: str | None
    invitation_urn: str | None

    def shown(self) -> Json:
        """Return it for the control API."""
        return asdict(self)


@dataclass(frozen=True)
class Withdrawal:
    """One POST that asked for an invitation to be taken back, whatever became of it."""

    at: int
    viewer: str
    invitee: str | None
    invitation_urn: str
    status: int

    def shown(self) -> Json:
        """Return it for the control API."""
        return asdict(self)


class Ledger:
    """The book of all viewers together."""

    def __init__(self) -> None:
        self.invitations: list[Invitation] = []
        self.attempts: list[Attempt] = []
        self.withdrawals: list[Withdrawal] = []
        self._numbers = count(FIRST_NUMBER)
        self._pairs: dict[tuple[str, str], list[Invitation]] = {}
        self._sent: dict[str, list[Invitation]] = {}
        self._received: dict[str, list[Invitation]] = {}
        self._by_number: dict[int, Invitation] = {}
        self._connected: dict[str, dict[str, int]] = {}
        self._locked: dict[tuple[str, str], int] = {}
        self._late: list[tuple[int, Invitation]] = []

    def draft(self, inviter: str, invitee: str, message: str | None, at: int, origin: Origin) -> Invitation:
        """Return a new invitation that is not in the book yet; its secret is readable off its number."""
        number = next(self._numbers)
        return Invitation(number, inviter, invitee, message, at, origin, f"secret{number % 10**6:06d}", at)

    def keep(self, invitation: Invitation) -> None:
        """Put an invitation in the book."""
        self.invitations.append(invitation)
        self._pairs.setdefault((invitation.inviter, invitation.invitee), []).append(invitation)
        self._sent.setdefault(invitation.inviter, []).append(invitation)
        self._received.setdefault(invitation.invitee, []).append(invitation)
        self._by_number[invitation.number] = invitation

    def keep_later(self, invitation: Invitation, due_at: int) -> None:
        """Put an invitation in the book once the twin's clock says so."""
        self._late.append((due_at, invitation))

    def settle(self, now: int, *, refuse_duplicates: bool) -> None:
        """Keep the late invitations that have fallen due; a duplicate is lost, as LinkedIn would lose it."""
        due = sorted((at, late.number, late) for at, late in self._late if at <= now)
        self._late = [(at, late) for at, late in self._late if at > now]
        for at, _, late in due:
            late.sent_at = late.seen_from = at
            taken = self.pending(late.inviter, late.invitee) or self.connected_since(late.inviter, late.invitee)
            if not (refuse_duplicates and taken):
                self.keep(late)

    def pending(self, inviter: str, invitee: str) -> Invitation | None:
        """Return the newest invitation that still waits for the invitee."""
        waiting = (found for found in reversed(self._pairs.get((inviter, invitee), [])))
        return next((found for found in waiting if found.state is State.PENDING), None)

    def sent_by(self, inviter: str, now: int) -> list[Invitation]:
        """Return what the site lists as sent, newest first; invitations behind a read lag are not there yet."""
        mine = (found for found in self._sent.get(inviter, ()) if found.state is State.PENDING)
        return sorted((found for found in mine if found.seen_from <= now), key=lambda found: -found.number)

    def received_by(self, invitee: str) -> list[Invitation]:
        """Return what waits for this member, newest first."""
        theirs = (found for found in self._received.get(invitee, ()) if found.delivered)
        return sorted((found for found in theirs if found.state is State.PENDING), key=lambda found: -found.number)

    def numbered(self, number: int) -> Invitation | None:
        """Return one invitation by its number."""
        return self._by_number.get(number)

    def connected_since(self, one: str, other: str) -> int | None:
        """Return when two members became connected, None when they are not."""
        return self._connected.get(one, {}).get(other)

    def connections_of(self, member: str) -> list[tuple[str, int]]:
        """Return the connected members and since when, newest first."""
        return sorted(self._connected.get(member, {}).items(), key=lambda found: (-found[1], found[0]))

    def connect(self, one: str, other: str, at: int) -> None:
        """Make two members connected; whatever waited between them is accepted."""
        for me, them in ((one, other), (other, one)):
            self._connected.setdefault(me, {})[them] = at
            self._close(me, them, State.ACCEPTED)

    def disconnect(self, one: str, other: str) -> None:
        """Make two members strangers again."""
        for me, them in ((one, other), (other, one)):
            self._connected.get(me, {}).pop(them, None)

    def withdraw(self, inviter: str, invitee: str, at: int) -> None:
        """Take back what waits; the same person can be asked again after three weeks (wire reference 6.2)."""
        self._close(inviter, invitee, State.WITHDRAWN)
        self._locked[inviter, invitee] = at

    def end(self, inviter: str, invitee: str, state: State) -> None:
        """Let what waits end otherwise: declined by the invitee, or simply gone."""
        self._close(inviter, invitee, state)

    def locked(self, inviter: str, invitee: str, now: int) -> bool:
        """Return whether a withdrawal still stands in the way of a new invitation."""
        since = self._locked.get((inviter, invitee))
        return since is not None and now < since + RESEND_LOCK_MS

    def made_since(self, inviter: str, since: int) -> list[Invitation]:
        """Return what a viewer sent after a moment, whatever became of it: withdrawing gives no allowance back."""
        return [found for found in self._sent.get(inviter, ()) if found.origin != "start" and found.sent_at > since]

    def _close(self, inviter: str, invitee: str, state: State) -> None:
        for found in self._pairs.get((inviter, invitee), []):
            if found.state is State.PENDING:
                found.state = state
