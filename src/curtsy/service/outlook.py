"""What is to be expected of an invitation: what making it would be answered, when it is due, whether in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from curtsy.domain.consent import AWAITING, asks_first
from curtsy.domain.errors import Refusal
from curtsy.domain.member import LINKEDINS, Member
from curtsy.domain.task import EXPIRES_MS, Kind
from curtsy.service.forecast import Forecast, Wait, forecast
from curtsy.service.gate import Ask, pass_gate, senders
from curtsy.service.idempotency import recall
from curtsy.service.intake import Accepted
from curtsy.service.pacing import situation, too_long
from curtsy.service.repeating import is_repeated
from curtsy.service.status import status
from curtsy.storage.store import Store
from curtsy.storage.store.queues import MOST_AHEAD, Ahead
from curtsy.storage.store.situations import Situation

NOTHING = Wait(None, None)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How it stood for a member at a moment: what decides whether they may act, and how many invitations waited."""

    at: int
    stands: Situation
    next: Forecast
    waiting: int

    def wait(self, ahead: int, not_before: int) -> Wait:
        """What an invitation behind so many others would wait for."""
        if asks_first(self.stands.member, Kind.INVITE):
            return Wait(AWAITING, None)
        return self.next.wait(not_before, lambda _by: Ahead(ahead))

    def is_late(self, ahead: int, not_before: int, expires_at: int) -> bool:
        """Whether it would be due only after it expires, as far as that can be said.

        It is due no sooner than one that fewer others come before. The time of a pause that LinkedIn caused will be
        given back.
        """
        due = self.wait(min(ahead, MOST_AHEAD - 1), not_before).estimated_at
        ends = [pause.until for pause in self.stands.pauses if pause.cause in LINKEDINS and pause.until is not None]
        given_back = max(ends) - self.at if ends else 0
        return due is not None and due >= expires_at + given_back

    def room(self) -> int:
        """So many may come before an invitation that is given the usual time, which is too short for ``MOST_AHEAD``."""
        fits, late = 0, MOST_AHEAD
        while fits < late:
            middle = (fits + late) // 2
            if self.is_late(middle, self.at, self.at + EXPIRES_MS):
                late = middle
            else:
                fits = middle + 1
        return fits


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting would answer: the standing task, a refusal, or None for a new one; and what to expect of it.

    ``repeated``: the sender has sent its very note to very many people lately. ``lengthy``: the sender's account may
    not say so much.
    """

    answer: Accepted | Refusal | None
    sender: Member | None = None
    wait: Wait = NOTHING
    late: bool = False
    repeated: bool = False
    lengthy: bool = False


def outlook(store: Store, now: int, member_id: str) -> Outlook:
    """How it stands for a member now."""
    stands = situation(store, now, member_id)
    return Outlook(now, stands, forecast(now, Kind.INVITE, stands), store.queues.waiting(member_id, Kind.INVITE, now))


def preview(store: Store, now: int, ask: Ask) -> Preview:
    """What accepting would answer now. Changes nothing."""
    found = _preview(store, now, ask)
    repeated = found.sender is not None and is_repeated(store, now, found.sender.id, ask.note)
    return replace(found, repeated=repeated)


def _preview(store: Store, now: int, ask: Ask) -> Preview:
    if ask.once is not None and isinstance(before := recall(store, now, ask.team_id, ask.once), Refusal):
        return Preview(before)
    asks: Sequence[Ask] = [ask]
    chosen = senders(store, now, asks)[0]
    if isinstance(chosen, Refusal):
        return Preview(chosen)
    expected = outlook(store, now, chosen.id)
    sender = expected.stands.member
    passed = pass_gate(store, now, asks)[0]
    if isinstance(passed, Refusal):
        return Preview(passed, sender)
    standing = store.tasks.standing([(passed.member_id, passed.key)]).get((passed.member_id, ask.kind, passed.key))
    if standing is not None:
        found = status(store, now, ask.team_id, standing.task_id)
        return Preview(Accepted(standing.task_id, True, standing.differs(ask.note)), sender, found.wait)
    not_before = max(now, ask.not_before or 0)
    return Preview(
        None,
        sender,
        expected.wait(expected.waiting, not_before),
        expected.is_late(expected.waiting, not_before, ask.ends(now)),
        lengthy=any(too_long(ask.note, premium=browser.premium) for browser in expected.stands.browsers),
    )
