"""The judge: keeps its own book of what was asked, allowed, done and told, and finds fault with what does not fit.

It is told by the callers, the browsers and LinkedIn, never by the server's tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from curtsy.twin.ledger import Invitation, State
from tests.faults.quarter.bounds import notes, notes_spent, used, windows
from tests.faults.quarter.front import Front
from tests.faults.quarter.linkedin import LinkedIn, profile_id
from tests.faults.quarter.people import DAY, SECOND, Act, Sender, Standing, spelled
from tests.faults.quarter.rules import (
    ALIKE,
    CAUSE_OF,
    CAUTION,
    FREE_NOTES,
    INVITE,
    LONGEST_THROTTLE,
    NOTES_WITHIN,
    PAUSES,
    RESEND_LOCK,
    THROTTLED_AGAIN,
    WITHDRAW,
)
from tests.harness.agent import Reply

MOST_FAULTS = 20
BEFORE_ACT = ("not_found",)
"""What a browser may find out without a start."""


class TooMany(Exception):
    """So much is wrong that it makes no sense to go on."""


class Judge:
    """``faults`` is what was found wrong, each with the timeline of the member it is about."""

    def __init__(self, front: Front, linkedin: LinkedIn, seed: int) -> None:
        self._front, self._linkedin, self._seed = front, linkedin, seed
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()
        self.posts: dict[tuple[int, str], list[tuple[Sender, Invitation]]] = defaultdict(list)
        """What our browsers have sent, by team and person."""
        self.made: dict[str, list[Invitation]] = defaultdict(list)
        """What each task has made on LinkedIn, whatever was said of it."""
        self.asked_for: dict[str, str] = {}
        """Whom each task of an invitation is for, by profile id, as far as it was started or asked for by id."""
        self.cooling: dict[tuple[int, int | None, str], int] = {}
        """Until when a team, or one member of it, may not ask a person again."""
        self.listed: dict[int, set[str]] = defaultdict(set)
        """Whom each team is not to contact."""
        self.on_start: list[Callable[[Sender, str], None]] = []
        """Who wants to know of each task that is started."""
        self.on_made: list[Callable[[Sender, Invitation], None]] = []
        """Who wants to know of each invitation."""

    @property
    def now(self) -> int:
        return self._front.sun()

    def blame(self, sender: Sender | None, what: str) -> None:
        """Write down a fault."""
        said = f"seed {self._seed}, {spelled(self.now)}: {what}"
        if sender is not None:
            said += (
                f"\n  member {sender.number} of team {sender.team.number} ({sender.day} a day, {sender.week} a week)"
            )
            said += f"\n{sender.timeline()}"
        self.faults.append(said)
        if len(self.faults) >= MOST_FAULTS:
            raise TooMany

    def note(self, sender: Sender, what: str) -> None:
        """Write a line of a member's timeline."""
        sender.lines.append((self.now, what))

    # ------------------------------------------------------------------ what a browser is told and says

    def heard(self, sender: Sender, reply: Reply) -> None:
        """A browser has asked for work."""
        self.counts["asked"] += 1
        sender.heard_at, sender.known = self.now, sender.told
        if sender.told == sender.account.id:
            self._lift(sender, "return")
        if reply.body["task"] is not None and sender.paused:
            self.blame(sender, f"a paused browser was given {reply.body['task']}")

    def given(self, sender: Sender, work: dict[str, Any]) -> None:
        """A browser was given work."""
        acts = work["kind"] in (INVITE, WITHDRAW)
        for pause in sender.standing(self.now):
            if PAUSES[pause.cause].acts if acts and work["purpose"] == "act" else PAUSES[pause.cause].reads:
                self.blame(sender, f"given {work['kind']} ({work['purpose']}) under a pause for {pause.cause}")

    def started(self, sender: Sender, work: dict[str, Any], person: str, relation: str, reply: Reply) -> Act | None:
        """A browser asked for leave to act; the act, if it was given."""
        kind, now = work["kind"], self.now
        if reply.status != 200:
            self.counts[f"start: {reply.code}"] += 1
            sender.fallen += kind == INVITE and reply.code != "not_now"
            self.note(sender, f"start of {kind} for {person[-6:]} ({relation}): {reply.code}")
            return None
        self._may_act(sender, kind, relation, noted=work["note"] is not None)
        if kind == INVITE:
            self._may_ask(sender, person)
        act = Act(now, work["id"], kind, person, work["note"] is not None)
        sender.acts.append(act)
        if kind == INVITE:
            self.asked_for[work["id"]] = person
        for told in self.on_start:
            told(sender, work["id"])
        self.note(sender, f"starts {kind} for {person[-6:]}")
        return act

    def _may_act(self, sender: Sender, kind: str, relation: str, *, noted: bool) -> None:
        """The rules of one act, at the moment it is allowed."""
        now = self.now
        for pause in sender.standing(now):
            if PAUSES[pause.cause].acts:
                self.blame(sender, f"started under a pause for {pause.cause} since {spelled(pause.since)}")
        if sender.paused or sender.account.signed_in != sender.account.id:
            self.blame(sender, "started while the browser is paused or somebody else is signed in")
        if relation != ("pending_out" if kind != INVITE else "none"):
            self.blame(sender, f"started {kind} for somebody who is {relation}")
        most = windows(sender, now) if kind == INVITE else (sender.day, sender.week)
        for name, limit, window in zip(("day", "week"), most, (DAY, 7 * DAY), strict=True):
            made = len(used(sender, now - window, kind))
            if made >= limit:
                self.blame(sender, f"{made} acts within a {name} that holds {limit}, and one more")
        if noted and notes_spent(sender, now):
            self.blame(sender, f"a note, with {len(notes(sender, now))} of them sent this month")
        if sender.hours is not None and not sender.hours.open_at(now):
            self.blame(sender, "started outside the member's working hours")
        last = next(iter(sender.acts_since(now - DAY)), None)
        if last is not None and now - last.at < sender.spacing[0] * SECOND:
            self.blame(sender, f"only {now - last.at} ms after the last act")

    def _may_ask(self, sender: Sender, person: str) -> None:
        """Nobody of a team asks whom it has asked, while that waits or after a no."""
        for other, sent in self.posts[sender.team.number, person]:
            if sent.state in (State.PENDING, State.DECLINED, State.VANISHED):
                by = "" if other is sender else f" by member {other.number}"
                self.blame(sender, f"asks {person} again, who was asked at {spelled(sent.sent_at)}{by}: {sent.state}")
        if self.now < self.cooling.get((sender.team.number, None, person), 0):
            self.blame(sender, f"asks {person} again so soon after the invitation was withdrawn")
        if person in self.listed[sender.team.number]:
            self.blame(sender, f"asks {person}, who is not to be contacted")

    def posted(self, sender: Sender, act: Act, outcome: str, made: Invitation | None) -> None:
        """A browser has acted on LinkedIn, which made an invitation or did not."""
        self.counts[f"LinkedIn: {outcome}"] += 1
        if made is None:
            return
        self.posts[sender.team.number, act.person].append((sender, made))
        self.made[act.task].append(made)
        for told in self.on_made:
            told(sender, made)

    def book_of(self, sender: Sender) -> list[Invitation]:
        """What LinkedIn's own book has of a member."""
        return self._linkedin.world.ledger.made_since(sender.account.id, 0)

    def is_held(self, sender: Sender, task: str) -> bool:
        """Whether LinkedIn has, or had, an invitation of this member for the person of a task."""
        person = self.asked_for[task]
        by_us = any(other is sender for other, _ in self.posts[sender.team.number, person])
        return by_us or (sender.account.id, person) in self._linkedin.hand_made

    def reported(
        self, sender: Sender, work: dict[str, Any], outcome: str, evidence: dict[str, Any], reply: Reply
    ) -> None:
        """A browser has said what came of a lease."""
        self.note(sender, f"{work['kind']} ({work['purpose']}): {outcome} -> {reply.body.get('state', reply.code)}")
        if reply.body.get("state") in ("completed", "failed", "cancelled"):
            sender.waiting.pop(work["id"], None)
        if reply.status != 200 or work["purpose"] != "act":
            return
        if outcome == "unknown" and evidence.get("after") == "pending_out" and evidence["message_equal"]:
            outcome = "sent"  # an answer was lost, and the invitation is in plain sight
        sender.fallen += outcome in BEFORE_ACT
        if outcome in CAUSE_OF:
            self._pause(sender, CAUSE_OF[outcome], evidence.get("retry_after_ms"))
        if outcome in ("withdrawn", "cannot_resend_yet"):
            whose = None if outcome == "withdrawn" else sender.number
            self.cooling[sender.team.number, whose, profile_id(evidence["profile_urn"])] = self.now + RESEND_LOCK
        if outcome == "sent" and work["note"] is not None and notes_spent(sender, self.now):
            self._pause(sender, "note_limit", notes(sender, self.now)[FREE_NOTES - 1] + NOTES_WITHIN - self.now)
        if work["kind"] in (INVITE, WITHDRAW):
            self._in_a_row(sender, outcome, evidence.get("linkedin_code"))

    def looked(self, sender: Sender, found: dict[str, Any]) -> None:
        """A look has shown what is pending: what none of our browsers sent was made by hand."""
        self.counts["looks"] += 1
        for one in found["pending"]:
            who, at = one["profile"], self.now - one["ms_ago"]
            ours = any(made.sent_at == at for other, made in self.posts[sender.team.number, who] if other is sender)
            if not ours and who not in sender.shown_by_hand:
                sender.shown_by_hand[who] = at
                sender.disturb(self.now, f"a look shows an invitation made by hand at {spelled(at)}")

    # ------------------------------------------------------------------ pauses

    def resumed(self, sender: Sender, reply: Reply) -> None:
        """The member has pressed Resume."""
        if reply.status != 200:
            self.blame(sender, f"Resume was answered {reply}")
        self._lift(sender, "member")

    def _pause(self, sender: Sender, cause: str, named: int | None) -> None:
        now = self.now
        stands = next((pause for pause in sender.standing(now) if pause.cause == cause), None)
        lasts = PAUSES[cause].lasts
        if lasts is not None and named:
            lasts = named
        elif cause == "throttled":
            before = [one for one in sender.pauses if one.cause == cause and one.since > now - THROTTLED_AGAIN]
            if before and before[-1].until is not None:
                lasts = max(lasts or 0, min(2 * (before[-1].until - before[-1].since), LONGEST_THROTTLE))
        if cause == "invitation_limit" and any(
            one.cause == cause and now - CAUTION < one.since for one in sender.pauses
        ):
            lasts = None
        if stands is not None:
            if stands.until is not None:
                stands.until = None if lasts is None else max(stands.until, now + lasts)
            return
        sender.pauses.append(Standing(cause, now, None if lasts is None else now + lasts))
        sender.disturb(now, f"is paused: {cause}")
        self.counts[f"pause: {cause}"] += 1

    def _lift(self, sender: Sender, by: str) -> None:
        for pause in sender.standing(self.now):
            # What has no end in time is the member's to end.
            ends = "member" if PAUSES[pause.cause].by == "time" and pause.until is None else PAUSES[pause.cause].by
            if ends == by:
                pause.ended = self.now
                sender.disturb(self.now, f"is no longer paused: {pause.cause}")

    def _in_a_row(self, sender: Sender, outcome: str, code: str | None) -> None:
        sender.outcomes.append((outcome, code))
        needed = ALIKE.get(outcome)
        if needed is None or len(sender.outcomes) < needed:
            return
        alike = {said if outcome == "refused" else said[0] for said in sender.outcomes[-needed:]}
        if len(alike) == 1:
            self._pause(sender, "doubt", None)


def moment(said: str | None) -> int | None:
    """A time of the API in milliseconds since 1970."""
    if said is None:
        return None
    return round(datetime.fromisoformat(said).timestamp() * 1000)
