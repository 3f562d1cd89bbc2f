"""What becomes of invitations after they were sent: looked for now and then by the member's browser, and told.

What is found is believed at once. What is not found counts only in lists that were read back to when it was sent,
twice, half an hour apart, for the account that sent it, and where the relationship says so too (docs/guarantee.md).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import msgspec

from curtsy.domain.acceptance import (
    FIRST_CHECK_MS,
    GONE_APART_MS,
    MOST_ASKED_AFTER,
    OFFLINE_MS,
    InvitationState,
    Reach,
    next_check_ms,
    reach_of,
)
from curtsy.domain.agent import Agent
from curtsy.domain.cooldown import Why
from curtsy.domain.member import DAY_MS, HOUR_MS, ONLINE_MS
from curtsy.domain.outcome import Relation
from curtsy.domain.profile import is_id
from curtsy.domain.task import Kind, Task
from curtsy.service.events import tell_of_task
from curtsy.service.leaving_alone import forgotten, leave_alone
from curtsy.service.repeating import fingerprint
from curtsy.storage.store import CLOCK_JUMPED, Store, hold_of
from curtsy.storage.store.invitations import ANOTHER_MS, Followed

CHECK_EXPIRES_MS = HOUR_MS
"""A look that no browser took within this time is dropped; the next one follows by itself."""
BY_HAND_KEPT_MS = 30 * DAY_MS
MOST_LISTED = 5_000
Profile = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Ago = Annotated[int, msgspec.Meta(ge=0, le=10 * 365 * DAY_MS)]


class Listed(msgspec.Struct, frozen=True):
    """A person in one of LinkedIn's lists: their profile id, and how long ago."""

    profile: Profile
    ms_ago: Ago


class Stands(msgspec.Struct, frozen=True):
    """How the member stands to a person who was asked after; None where LinkedIn shows nobody (any more)."""

    profile: Profile
    relation: Relation | None


class Looked(msgspec.Struct, frozen=True):
    """What a browser found: new connections, invitations that wait, and whether both lists were read far enough.

    ``relations``: how the member stands to those who were missing before.
    """

    connected: Annotated[list[Listed], msgspec.Meta(max_length=MOST_LISTED)]
    pending: Annotated[list[Listed], msgspec.Meta(max_length=MOST_LISTED)]
    complete: bool
    relations: Annotated[list[Stands], msgspec.Meta(max_length=MOST_ASKED_AFTER)] = []


def follow(store: Store, now: int, task: Task, seen: str | None = None) -> None:
    """An invitation was sent: look for what becomes of it; ``seen`` is the id of a person asked for by name."""
    key = task.profile_key if is_id(task.profile_key) or seen is None else seen
    store.invitations.follow(
        task.id, task.team_id, task.member_id, key, task.started_at or now, _account_of(store, task),
        fingerprint(task.member_id, task.note_to_send),
    )  # fmt: skip
    sender = store.teams.member(task.member_id)
    if sender is not None and sender.removed_at is not None:  # a person said so after they had left
        leave_alone(store, now, task, key, Why.MEMBER_REMOVED)
    else:
        store.invitations.look_by(task.member_id, task.team_id, now + FIRST_CHECK_MS)


def _account_of(store: Store, task: Task) -> str | None:
    """The LinkedIn account that acted for a task; after a restore, that of the member's browsers."""
    act = store.attempts.get(task.act_lease) if task.act_lease is not None else None
    if act is not None:
        return act.account
    return next((agent.account for agent in store.agents.of_member(task.member_id)), None)


# ------------------------------------------------------------------ when, and how far back


def plan(store: Store, now: int, limit: int) -> int:
    """Make the looks that are due; returns how many members were decided about."""
    due = store.invitations.due(now, limit)
    for member_id, team_id in due:
        if not store.rows.hold_free([hold_of(member_id)]):
            continue  # somebody else decides about them now
        pending, member = store.invitations.pending(member_id), store.teams.member(member_id)
        if not pending or member is None or member.removed_at is not None:
            store.invitations.look_no_more(member_id)
            continue
        agents = store.agents.of_member(member_id)
        ready = [
            agent
            for agent in agents
            if now - agent.last_seen_at < ONLINE_MS and not agent.paused and agent.reads_for_us
        ]
        waiting = _of_account(pending, ready[0].account) if ready else []
        if not waiting:
            store.invitations.look_at(member_id, now + OFFLINE_MS)
            continue
        _ask_for_a_look(store, now, team_id, member_id, waiting)
        chance = random.Random(f"{member_id} {now}").random()
        store.invitations.look_at(member_id, now + next_check_ms(now - waiting[0].sent_at, chance))
    return len(due)


def _of_account(pending: Sequence[Followed], account: str) -> list[Followed]:
    """Those that a LinkedIn account sent; no other account's lists say anything of them."""
    return [one for one in pending if one.account in (None, account)]


def _reach(now: int, waiting: Sequence[Followed]) -> Reach:
    looks = [one.checked_at for one in waiting if one.checked_at is not None]
    return reach_of(
        now,
        sent=[one.sent_at for one in waiting],
        unseen=[one.sent_at for one in waiting if one.checked_at is None],
        missing=[one.sent_at for one in waiting if one.missed_at is not None],
        last_look=max(looks, default=None),
    )


def _ask_for_a_look(store: Store, now: int, team_id: str, member_id: str, waiting: Sequence[Followed]) -> None:
    """One at a time a member; the index decides."""
    missing = sorted((one.missed_at, one.profile_key) for one in waiting if one.missed_at is not None)
    question = asdict(_reach(now, waiting)) | {"missing": [key for _, key in missing[:MOST_ASKED_AFTER]]}
    made = store.tasks.add([
        {"id": store.new_id(), "team_id": team_id, "member_id": member_id, "kind": Kind.CHECK_INVITATIONS,
         "profile_key": "", "profile_urn": None, "profile_slug": None, "note": None, "now": now,
         "not_before": now, "expires_at": now + CHECK_EXPIRES_MS, "metadata": None, "note_wish": "require",
         "question": json.dumps(question)}
    ])  # fmt: skip
    if made:
        store.ring(f"member:{member_id}")


def asked(task: Task, now: int) -> dict[str, object]:
    """What a browser is told of a look: how far back each list is to be read, and whom to look at besides."""
    question = _question(task)
    return {
        "connected_ms_ago": max(0, now - question["connected_since"]),
        "pending_ms_ago": max(0, now - question["pending_since"]),
        "missing": question["missing"],
    }


def _question(task: Task) -> dict[str, Any]:
    assert task.question is not None  # every look is made with one
    return dict(json.loads(task.question))


# ------------------------------------------------------------------ what was seen


def take(store: Store, now: int, agent: Agent, task: Task, looked: Looked) -> None:
    """Believe what a look found: who has accepted, what still waits, and what is gone."""
    since = _question(task)
    connected = {one.profile: now - one.ms_ago for one in looked.connected}
    listed = {one.profile: now - one.ms_ago for one in looked.pending}
    relations = {one.profile: one.relation for one in looked.relations}
    # While the clock is in doubt nothing is known of times, and so nothing of what was not found.
    whole = looked.complete and store.house(CLOCK_JUMPED) is None
    ours: dict[str, int] = {}
    for followed in _of_account(store.invitations.pending(task.member_id), agent.account):
        key = followed.profile_key
        relation = relations.get(key, Relation.UNKNOWN)
        ours[key] = followed.sent_at
        if key in connected:
            accepted(store, now, followed, max(connected[key], followed.sent_at))
        elif relation is Relation.CONNECTED:
            accepted(store, now, followed, now)  # since when LinkedIn did not say
        elif key in listed or relation is Relation.PENDING_OUT:
            if followed.missed_at is not None:
                store.invitations.found(followed.task_id)
        elif whole and followed.sent_at >= since["pending_since"] and is_id(key):
            _not_found(store, now, followed, relation)
    if whole:
        store.invitations.looked(task.member_id, agent.account, since["connected_since"], now)
    recent = now - BY_HAND_KEPT_MS
    # Whoever vanished from the list may have been invited anew, by hand, before a look noticed.
    by_hand = [(who, at) for who, at in listed.items() if at > max(recent, ours.get(who, -ANOTHER_MS) + ANOTHER_MS)]
    nobody = forgotten(store, task.team_id, [profile for profile, _ in by_hand])
    store.invitations.keep_hand_made(agent.account, [one for one in by_hand if one[0] not in nobody], now)


def accepted(store: Store, now: int, followed: Followed, at: int) -> None:
    """The person accepted, at this time."""
    if store.invitations.end(followed.task_id, InvitationState.ACCEPTED, now, at):
        tell_of_task(store, now, followed, "invitation.accepted", accepted_at=at, detected_at=now)


def missed(store: Store, now: int, member_id: str, profile_key: str) -> None:
    """Nothing of the member's is pending with this person, as was seen beside the looks."""
    if (followed := store.invitations.of_person(member_id, profile_key)) is not None:
        _miss(store, now, followed, Relation.NONE)


def _not_found(store: Store, now: int, followed: Followed, relation: Relation | None) -> None:
    """Neither waiting nor a connection, as a look found."""
    if store.tasks.holding(followed.member_id, Kind.WITHDRAW, followed.profile_key) is None:
        _miss(store, now, followed, relation)  # else it is being taken back, and what comes of that will be told


def _miss(store: Store, now: int, followed: Followed, relation: Relation | None) -> None:
    """Believe it the second time, where the relationship has nothing either."""
    again = followed.missed_at is not None and now - followed.missed_at >= GONE_APART_MS
    if again and relation in (Relation.NONE, Relation.PENDING_IN, None):
        gone(store, now, followed)
    else:
        store.invitations.missed(followed.task_id, now)


def gone(store: Store, now: int, followed: Followed) -> None:
    """The invitation is there no more: that is a no to the whole team, for half a year."""
    if store.invitations.end(followed.task_id, InvitationState.GONE, now):
        store.tasks.let_go(followed.task_id, now)
        if (task := store.tasks.get(followed.task_id)) is not None:
            leave_alone(store, now, task, followed.profile_key, Why.GONE)
        tell_of_task(store, now, followed, "invitation.gone", detected_at=now)
