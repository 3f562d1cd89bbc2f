"""The test world: the same API, with nobody's browser and no LinkedIn behind it (docs/test-mode.md).

Each team may have a team that rehearses for it, with members of the same names and a stand-in for their browser. It is
a team of its own in everything: nothing of it meets what is meant, because nothing of one team ever meets another's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec

from curtsy.domain import rehearsal as world
from curtsy.domain.acceptance import InvitationState
from curtsy.domain.agent import Agent
from curtsy.domain.member import Member, barrier
from curtsy.domain.outcome import DISPOSITIONS, Outcome, Relation
from curtsy.domain.profile import URN_PREFIX, identities, profile_id
from curtsy.domain.rehearsal import STAND_IN
from curtsy.domain.task import ACTS, UNTOLD, Kind, Task, TaskState
from curtsy.service import learning
from curtsy.service.acceptance import accepted, gone
from curtsy.service.credentials import hashed, new_token
from curtsy.service.events import tell
from curtsy.service.settle import Evidence, apply, back_to_queue, complete, left_alone, merged_into_other
from curtsy.service.withdrawing import STILL_PENDING
from curtsy.storage.store import Store

SLICE = 100
TURN = "rehearsal"
"""One process at a time plays."""
AT_ALL_TIMES = 253_402_300_000_000
"""It was last seen at the end of the year 9999, so that it is never away."""
LEASE_MS = 3_600_000
SETTLE, LOOK, LATER = "settle", "look", "later"
NUMBER = 7_300_000_000_000_000_000


def team_for(store: Store, now: int, team_id: str) -> str:
    """The team that rehearses for this one, made at the first wish; members who joined since then join it too."""
    store.hold_team(team_id)
    rehearsing = store.rehearsals.team_for(team_id)
    if rehearsing is None:
        rehearsing = store.new_id()
        store.rehearsals.add_team(rehearsing, team_id, f"{store.teams.name(team_id)} (test)", now)
    there = {member.email for member in store.teams.members(rehearsing)}
    for member in store.teams.members(team_id):
        if member.email not in there:
            _cast(store, now, rehearsing, member)
    return rehearsing


def _cast(store: Store, now: int, team_id: str, member: Member) -> None:
    """A member of the test world, with a browser that is always there."""
    double = replace(
        member, id=store.new_id(), team_id=team_id, spacing_from_s=0, spacing_to_s=0, hours=None, warm_up=0
    )
    store.teams.add_member(double)
    account = f"{URN_PREFIX}ACoAATest{double.id.replace('-', '')}"
    agent = Agent(
        id=store.new_id(), team_id=team_id, member_id=double.id, installation_id=store.new_id(), browser=STAND_IN,
        version=STAND_IN, account=account, account_name=double.name, boot_id=None, seen_account=account, paused=0,
        outdated=None, created_at=AT_ALL_TIMES, last_seen_at=AT_ALL_TIMES, revoked_at=None,
    )  # fmt: skip
    store.agents.add(agent, hashed(new_token()))


def play(store: Store, now: int) -> bool:
    """A slice of what happens now in the test world; True when there may be more."""
    if not store.rows.hold_free([TURN]):
        return False
    due = store.rehearsals.due(now, SLICE)
    for task_id, step in due:
        task = store.tasks.get(task_id)
        if task is not None:
            _happens(store, now, task, step)
    waiting = store.rehearsals.waiting(now, SLICE)
    begun = [task for task in waiting if _begin(store, now, task)]
    store.rehearsals.pauses_without_end(now, world.PAUSE_MS, SLICE)
    return len(due) == SLICE or (len(waiting) == SLICE and bool(begun))


def _begin(store: Store, now: int, task: Task) -> bool:
    """queued -> leased -> started; not while a pause stands."""
    if task.kind in UNTOLD:
        store.tasks.drop(task)
        return True
    key = world.id_of(task.profile_slug, profile_id(task.profile_urn))
    told = identities(URN_PREFIX + key, [task.profile_slug])
    learning.hold(store, task.team_id, task.member_id, told, [key] if task.kind in ACTS else ())
    if barrier(store.teams.pauses(task.member_id, now), act=task.kind in ACTS):
        return False
    agent = _stand_in(store, task)
    lease = store.new_id()
    # Any number of them are in hand at once: an account of its own for each.
    leased = store.leases.take(
        task, lease=lease, agent=agent.id, account=f"{TURN}:{task.id}", until=now + LEASE_MS, now=now
    )
    if leased is None:
        return False
    store.attempts.add(
        lease=lease, task=task.id, member=task.member_id, agent=agent.id, account=agent.account, purpose="act", now=now
    )
    tell(store, now, leased, "task.leased", agent_id=agent.id)
    scene = world.scene_of(task.profile_slug, profile_id(task.profile_urn))
    learning.learn(store, now, task.team_id, told, but=task.id)
    if task.kind in ACTS and merged_into_other(store, now, leased, key):
        return True
    if task.kind is Kind.INVITE and left_alone(store, now, leased, key):
        return True
    if task.kind is Kind.INVITE or (task.kind is Kind.WITHDRAW and not _before_act(_withdrawal(store, leased, key))):
        started = store.leases.start(
            leased, lease=lease, agent=agent.id, boot=STAND_IN, installation=agent.installation_id, key=key,
            urn=URN_PREFIX + key, until=now + LEASE_MS, now=now,
        )  # fmt: skip
        assert started is not None  # this transaction has just leased it
        tell(store, now, started, "task.started")
    slow = scene is not None and scene.slug in world.SLOW
    store.rehearsals.plan(task, SETTLE, now + (world.SLOW_MS if slow else world.DONE_MS))
    return True


def _happens(store: Store, now: int, task: Task, step: str) -> None:
    store.hold_member(task.member_id)
    scene = world.scene_of(task.profile_slug, profile_id(task.resolved_urn or task.profile_urn))
    if step == SETTLE and task.state in (TaskState.LEASED, TaskState.STARTED):
        _settle(store, now, task, scene)
    elif step == LOOK and task.state is TaskState.UNCONFIRMED:
        _look(store, now, task, scene)
    elif step == LATER and (followed := store.invitations.of_task(task.id)) is not None:
        if scene is not None and scene.slug in world.ACCEPTS:
            accepted(store, now, followed, now)
        elif followed.state is InvitationState.PENDING:
            gone(store, now, followed)


def _settle(store: Store, now: int, task: Task, scene: world.Scene | None) -> None:
    agent = _stand_in(store, task)
    outcome = Outcome.SENT if scene is None else scene.outcome
    if task.kind is Kind.WITHDRAW:
        key = world.id_of(task.profile_slug, profile_id(task.resolved_urn or task.profile_urn))
        after = apply(store, now, agent, task, _withdrawal(store, task, key), Evidence())
        _as_before(store, agent)
        if after.state is TaskState.UNCONFIRMED:
            store.rehearsals.plan(task, LOOK, now + world.LOOK_MS)
        return
    if task.kind not in ACTS:
        _read(store, now, task, outcome)
        return
    # What only waits has waited: the second time it works.
    if task.attempts > 1 and DISPOSITIONS[outcome].state is TaskState.QUEUED:
        outcome = Outcome.SENT
    if outcome is Outcome.NOTE_UNAVAILABLE and task.note_to_send is None:
        outcome = Outcome.SENT
    after = apply(store, now, agent, task, outcome, _evidence(task, outcome))
    _as_before(store, agent)
    if after.state is TaskState.UNCONFIRMED:
        store.rehearsals.plan(task, LOOK, now + world.LOOK_MS)
    elif scene is not None and after.state is TaskState.COMPLETED and scene.slug in world.ACCEPTS | world.VANISHES:
        store.rehearsals.plan(task, LATER, now + world.ACCEPTED_MS)


def _withdrawal(store: Store, task: Task, key: str) -> Outcome:
    """What a withdrawal from the person of this key comes to now."""
    sent = store.tasks.holding(task.member_id, Kind.INVITE, key)
    followed = store.invitations.of_task(sent.id) if sent is not None else None
    if followed is not None and followed.state is InvitationState.ACCEPTED:
        return Outcome.ALREADY_CONNECTED
    return world.withdrawal(world.scene_of(None, key), pending=followed is not None, tried=task.attempts > 1)


def _before_act(outcome: Outcome) -> bool:
    return DISPOSITIONS[outcome].before_act


def _look(store: Store, now: int, task: Task, scene: world.Scene | None) -> None:
    """What was lost is found, or a person has to say; what still waits is withdrawn once more."""
    if task.kind is Kind.WITHDRAW:
        back_to_queue(store, now, task, doubt=True, because=STILL_PENDING)
    elif scene is not None and scene.slug in world.KEPT:
        complete(store, now, task, _evidence(task, Outcome.SENT))
    elif reviewed := store.leases.review(task, now):
        tell(store, now, reviewed, "task.needs_review", because="rehearsal")


def _read(store: Store, now: int, task: Task, outcome: Outcome) -> None:
    if outcome is Outcome.NOT_FOUND:
        apply(store, now, _stand_in(store, task), task, outcome, Evidence())
        return
    if task.kind is Kind.FETCH_CONNECTIONS:
        _done(store, now, task, _connections(json.loads(task.question or "{}")))
        return
    key = world.id_of(task.profile_slug, profile_id(task.profile_urn))
    name = (task.profile_slug or "somebody").replace("-", " ").title()
    facts: dict[str, object] = {
        "headline": "A person of the test world", "location": None,
        "profile_url": f"https://www.linkedin.com/in/{task.profile_slug}" if task.profile_slug else None,
        "profile_slug": task.profile_slug, "profile_urn": URN_PREFIX + key, "connections": 500, "followers": 1_000,
        "about": None, "premium": False, "relationship": Relation.NONE, "positions": [], "educations": [],
        "skills": [],
    }  # fmt: skip
    _done(store, now, task, {"name": name, **facts, "profile": {"full_name": name, "name": name, **facts}})


def _connections(question: dict[str, Any]) -> dict[str, Any]:
    """Three people of the test world."""
    start, count = int(question.get("start", 0)), int(question.get("count", 40))
    people = [
        {
            "name": scene.slug.replace("-", " ").title(), "headline": "A person of the test world",
            "profile_urn": URN_PREFIX + scene.id, "profile_slug": scene.slug,
            "profile_url": f"https://www.linkedin.com/in/{scene.slug}", "connected_at": "2026-01-01T00:00:00.000Z",
        }
        for scene in world.SCENES[:3]
        if (question.get("keyword") or "").lower() in scene.slug
    ]  # fmt: skip
    return {"connections": people[start : start + count], "paging": {"start": start, "count": count, "total": None}}


def _done(store: Store, now: int, task: Task, output: dict[str, Any]) -> None:
    store.attempts.finish(
        task.lease_id or "", now, outcome="completed", code=None, state=TaskState.COMPLETED, unspent=True
    )
    done = store.tasks.end(task, TaskState.COMPLETED, now, output=json.dumps(output))
    assert done is not None  # this transaction read it
    tell(store, now, done, "task.completed")


def _evidence(task: Task, outcome: Outcome) -> Evidence:
    seen = Evidence(before=Relation.NONE, profile_urn=task.resolved_urn)
    if outcome is Outcome.SENT:
        urn = f"urn:li:fsd_invitation:{NUMBER + int(task.id.replace('-', ''), 16) % 10**15}"
        return msgspec.structs.replace(
            seen, after=Relation.PENDING_OUT, invitation_urn=urn, http_status=200, acted=True
        )
    if outcome is Outcome.NOTE_UNAVAILABLE:
        return msgspec.structs.replace(seen, linkedin_code="CUSTOM_INVITE_LIMIT_REACHED")
    return msgspec.structs.replace(seen, retry_after_ms=world.PAUSE_MS)


def _stand_in(store: Store, task: Task) -> Agent:
    return store.agents.of_member(task.member_id)[0]


def _as_before(store: Store, agent: Agent) -> None:
    """Whatever an outcome says of a browser, the stand-in is as it was."""
    store.agents.seen(
        agent, AT_ALL_TIMES, version=f"{STAND_IN} again", boot=STAND_IN, account=agent.account, paused=False
    )
    store.agents.seen(agent, AT_ALL_TIMES, version=STAND_IN, boot=STAND_IN, account=agent.account, paused=False)
