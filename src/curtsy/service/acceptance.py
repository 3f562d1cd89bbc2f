"""What becomes of invitations after they were sent: looked for now and then by the member's browser, and told."""

from __future__ import annotations

import random
from typing import Annotated

import msgspec

from curtsy.domain.acceptance import FIRST_CHECK_MS, GONE_APART_MS, OFFLINE_MS, InvitationState, next_check_ms
from curtsy.domain.agent import Agent
from curtsy.domain.member import DAY_MS, HOUR_MS, ONLINE_MS
from curtsy.domain.task import Kind, Task
from curtsy.service.events import tell_of_task
from curtsy.storage.store import Store, hold_of
from curtsy.storage.store.invitations import Followed

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


class Looked(msgspec.Struct, frozen=True):
    """What a browser found: new connections, invitations that wait, and whether both lists were read far enough."""

    connected: Annotated[list[Listed], msgspec.Meta(max_length=MOST_LISTED)]
    pending: Annotated[list[Listed], msgspec.Meta(max_length=MOST_LISTED)]
    complete: bool


def follow(store: Store, now: int, task: Task) -> None:
    """An invitation was sent: look for what becomes of it."""
    store.invitations.follow(task.id, task.team_id, task.member_id, task.profile_key, task.started_at or now)
    store.invitations.look_by(task.member_id, task.team_id, now + FIRST_CHECK_MS)


def plan(store: Store, now: int, limit: int) -> int:
    """Make the looks that are due; returns how many members were decided about."""
    due = store.invitations.due(now, limit)
    for member_id, team_id in due:
        if not store.rows.hold_free([hold_of(member_id)]):
            continue  # somebody else decides about them now
        pending = store.invitations.pending(member_id)
        agents = [agent for agent in store.agents.of_member(member_id) if now - agent.last_seen_at < ONLINE_MS]
        if not pending:
            store.invitations.look_no_more(member_id)
        elif not agents:
            store.invitations.look_at(member_id, now + OFFLINE_MS)
        else:
            _ask_for_a_look(store, now, team_id, member_id)
            chance = random.Random(f"{member_id} {now}").random()
            store.invitations.look_at(member_id, now + next_check_ms(now - pending[0].sent_at, chance))
    return len(due)


def _ask_for_a_look(store: Store, now: int, team_id: str, member_id: str) -> None:
    """One at a time a member; the index decides."""
    made = store.tasks.add([
        {"id": store.new_id(), "team_id": team_id, "member_id": member_id, "kind": Kind.CHECK_INVITATIONS,
         "profile_key": "", "profile_urn": None, "profile_slug": None, "note": None, "now": now,
         "not_before": now, "expires_at": now + CHECK_EXPIRES_MS, "metadata": None, "note_wish": "require",
         "question": None}
    ])  # fmt: skip
    if made:
        store.ring(f"member:{member_id}")


def oldest_ms_ago(store: Store, now: int, member_id: str) -> int:
    """How far back a look has to read."""
    pending = store.invitations.pending(member_id)
    return max((now - one.sent_at for one in pending), default=0)


def take(store: Store, now: int, agent: Agent, task: Task, looked: Looked) -> None:
    """Believe what a look found: who has accepted, what still waits, and what is gone."""
    connected = {one.profile: now - one.ms_ago for one in looked.connected}
    waiting = {one.profile: now - one.ms_ago for one in looked.pending}
    ours: set[str] = set()
    for followed in store.invitations.pending(task.member_id):
        ours.add(followed.profile_key)
        if (at := connected.get(followed.profile_key)) is not None:
            accepted(store, now, followed, max(at, followed.sent_at))
        elif followed.profile_key in waiting:
            store.invitations.seen(followed.task_id, now)
        elif looked.complete:
            _not_found(store, now, followed)
    by_hand = [(profile, at) for profile, at in waiting.items() if profile not in ours]
    store.invitations.made_by_hand(agent.account, by_hand, now)


def accepted(store: Store, now: int, followed: Followed, at: int) -> None:
    """The person accepted, at this time."""
    if store.invitations.end(followed.task_id, InvitationState.ACCEPTED, now, at):
        tell_of_task(store, now, followed, "invitation.accepted", accepted_at=at, detected_at=now)


def missed(store: Store, now: int, member_id: str, profile_key: str) -> None:
    """Nothing of the member's is pending with this person, as was seen beside the looks."""
    if (followed := store.invitations.of_person(member_id, profile_key)) is not None:
        _not_found(store, now, followed)


def _not_found(store: Store, now: int, followed: Followed) -> None:
    """Neither waiting nor a connection: believed the second time, and then the person is free to be asked again."""
    if followed.missed_at is None or now - followed.missed_at < GONE_APART_MS:
        store.invitations.missed(followed.task_id, now)
    else:
        gone(store, now, followed)


def gone(store: Store, now: int, followed: Followed) -> None:
    """The invitation is there no more, and the person is free to be asked again."""
    if store.invitations.end(followed.task_id, InvitationState.GONE, now):
        store.tasks.let_go(followed.task_id, now)
        tell_of_task(store, now, followed, "invitation.gone", detected_at=now)
