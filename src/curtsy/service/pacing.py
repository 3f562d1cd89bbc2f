"""What a member's pace allows now: acts, notes, and what is read for callers."""

from __future__ import annotations

import random

from curtsy.domain.agent import Agent
from curtsy.domain.invitation import FREE_NOTE_LIMIT, FREE_NOTES, NOTES_WITHIN_MS, length
from curtsy.domain.member import DAY_MS, Cause
from curtsy.domain.pace import CAUTION_MS, WEEK_MS, Allowed, Ceilings, allowed, read_ceilings
from curtsy.domain.reading import APART_MS, COUNTED, next_read
from curtsy.domain.slots import Slot, next_slot
from curtsy.domain.task import Kind, Task
from curtsy.domain.wishes import NoteWish
from curtsy.service import pauses
from curtsy.service.events import tell_of_member
from curtsy.storage.store import Store
from curtsy.storage.store.situations import Situation, as_bool

DAY_CEILING, WEEK_CEILING = "day_ceiling", "week_ceiling"
"""Names of facts of the house: what whoever runs the server lets nobody exceed."""


def situation(store: Store, now: int, member_id: str) -> Situation:
    """How things stand for a member, with the acts that their pace counts."""
    what = ("situation", member_id, now)
    return store.once(what, store.situations.of, member_id, now, now - WEEK_MS, now - CAUTION_MS)


def ceilings_of(house: dict[str, str]) -> Ceilings:
    """What nobody on this server exceeds."""
    usual = Ceilings()
    return Ceilings(int(house.get(DAY_CEILING, usual.day)), int(house.get(WEEK_CEILING, usual.week)))


def set_ceilings(store: Store, _now: int, day: int | None, week: int | None) -> Ceilings:
    """Let nobody on this server do more than this; raises InvalidPace above what nothing raises."""
    before = ceilings(store, _now)
    chosen = read_ceilings(before.day if day is None else day, before.week if week is None else week)
    store.set_house(DAY_CEILING, str(chosen.day))
    store.set_house(WEEK_CEILING, str(chosen.week))
    return chosen


def ceilings(store: Store, _now: int) -> Ceilings:
    """What nobody on this server exceeds."""
    facts = {name: value for name in (DAY_CEILING, WEEK_CEILING) if (value := store.house(name)) is not None}
    return ceilings_of(facts)


def allowed_of(stands: Situation, now: int) -> Allowed:
    """What a member may do from now on, by everything that bounds it."""
    member = stands.member
    return allowed(
        member.pace,
        now,
        ceilings=ceilings_of(stands.house),
        warm_from=member.warm_from if member.warm_up else None,
        refused_at=stands.refused_at,
    )


def slot_of(stands: Situation, now: int, account: str, kind: Kind, bounds: Allowed | None = None) -> Slot:
    """When the member may next do an act of this kind with this LinkedIn account.

    ``bounds``: what they are allowed from now on, where the caller knows it already.
    """
    at, lease = max(stands.spent(account), default=(None, ""))
    # The draw belongs to the last act, so that asking again does not draw again.
    chance = random.Random(lease).random() if at is not None else 0.0
    return next_slot([at for at, _ in stands.spent(account, kind)], bounds or allowed_of(stands, now), now, chance, at)


def read_slot(store: Store, now: int, stands: Situation, kind: Kind) -> Slot:
    """When the member's browser may next read something of this kind for a caller."""
    if kind not in COUNTED:
        return Slot(now, None)
    member = stands.member
    limit = member.profile_reads if kind is Kind.FETCH_PROFILE else member.connection_reads
    done = store.attempts.reads(member.id, COUNTED, now - DAY_MS)
    history = [at for at, what in done if what is kind]
    return next_read(history, limit, done[-1][0] if done else None, min(APART_MS, member.spacing_to_s * 1000), now)


def note_refused(store: Store, now: int, account: str, task: Task, *, premium: bool | None) -> bool:
    """Whether LinkedIn would not take a task's note from this account: it is too long, or the month has had its notes.

    Where nobody has said what kind of account it is, LinkedIn itself will say.
    """
    if task.note_to_send is None or premium is not False:
        return False
    if too_long(task.note_to_send, premium=premium):
        return True
    return notes_left(store, now, account) == 0


def too_long(note: str | None, *, premium: bool | None) -> bool:
    """Whether a note is longer than LinkedIn takes from an account, as far as its kind is known."""
    return note is not None and premium is False and length(note) > FREE_NOTE_LIMIT


def notes_left(store: Store, now: int, account: str) -> int:
    """How many notes an account that does not pay has left this month."""
    return max(0, FREE_NOTES - len(store.attempts.notes(account, now - NOTES_WITHIN_MS)))


def notes_back_at(store: Store, now: int, member_id: str) -> int | None:
    """When a member may send a note again whose account does not pay and has spent the month's; None when they may."""
    for agent in store.agents.of_member(member_id):
        spent = store.attempts.notes(agent.account, now - NOTES_WITHIN_MS) if agent.premium == 0 else ()
        if len(spent) >= FREE_NOTES:
            return spent[-FREE_NOTES] + NOTES_WITHIN_MS
    return None


def pays_now(store: Store, now: int, agent: Agent) -> None:
    """A browser has read that its account pays: where it did not, the month's notes bound it no more."""
    if not store.agents.pays(agent.account):
        return
    for pause in store.teams.pauses(agent.member_id, now):
        if pause.cause is Cause.NOTE_LIMIT and store.teams.lift(pause.id, now, "premium"):
            tell_of_member(store, now, agent.team_id, agent.member_id, "member.resumed", cause=pause.cause)


def mind_notes(store: Store, now: int, task: Task) -> None:
    """An invitation was sent: where its note was the month's last, no more are taken until the first of them is old."""
    if task.note_to_send is None or task.act_agent is None or (agent := store.agents.get(task.act_agent)) is None:
        return
    sent = store.attempts.notes(agent.account, now - NOTES_WITHIN_MS)
    if agent.premium == 0 and len(sent) >= FREE_NOTES:
        left = sent[-FREE_NOTES] + NOTES_WITHIN_MS - now
        pauses.pause(store, now, task.team_id, task.member_id, Cause.NOTE_LIMIT, left)


def without_a_note_nobody_takes(store: Store, now: int, agent: Agent, task: Task) -> Task:
    """The task without its note, where that may be dropped and LinkedIn is known to take none, or none so long.

    To offer it first would cost LinkedIn a refusal and the member a start.
    """
    if task.note is None or task.note_wish is not NoteWish.DROP:
        return task
    paused = any(pause.cause is Cause.NOTE_LIMIT for pause in store.teams.pauses(task.member_id, now))
    if not paused and not note_refused(store, now, agent.account, task, premium=as_bool(agent.premium)):
        return task
    store.tasks.drop_note(task.id)
    return task._replace(note_wish=NoteWish.DROPPED)
