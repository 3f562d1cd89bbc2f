"""The agent protocol, version 1: pair, lease, start, finish, release, resume, unpair. The bell is in ``bell``."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from curtsy.domain.agent import Agent, JournalRequired
from curtsy.domain.errors import Refusal
from curtsy.domain.outcome import Relation
from curtsy.domain.profile import URN_PREFIX, profile_id
from curtsy.domain.task import FIRST_KINDS
from curtsy.domain.wishes import NoteWish
from curtsy.service import dispatch, pairing, pauses, reports, restoring
from curtsy.service import start as start_desk
from curtsy.service.dispatch import Beat, Idle, Nothing, Work
from curtsy.service.restoring import Entry
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent
from curtsy.storage.store import Store
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer, require_text, typed

S = TypeVar("S", bound=msgspec.Struct)
MOST_ENTRIES = 100
"""An agent has one task in hand; what it says of more is taken up to here."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
POLL_MS = dispatch.SOONEST_POLL_MS
REPORT_LIMIT = 256 * 1024
"""Of a report: a look may name everybody who has been sent an invitation, some 1,500 people of 80 bytes each."""


class Linkedin(msgspec.Struct):
    """Who is signed in to LinkedIn in this browser, as last read."""

    urn: str | None = None
    name: str | None = None
    premium: bool | None = None


class Pair(msgspec.Struct):
    """Swap a code for a token."""

    code: str
    installation_id: Name
    browser: str = ""
    version: str = ""
    linkedin: Linkedin | None = None


class Lease(msgspec.Struct):
    """Ask for work; also the heartbeat."""

    boot_id: Name
    version: str
    incarnation: int = 1
    linkedin: Linkedin | None = None
    paused: bool = False
    kinds: Annotated[list[str], msgspec.Meta(max_length=20)] | None = None


class Before(msgspec.Struct):
    """The relationship as read before the act."""

    relation: Relation
    read_ms_ago: int = 0


class Start(msgspec.Struct):
    """Announce the act."""

    lease: Name
    boot_id: Name
    linkedin_urn: str
    profile_urn: str
    before: Before
    profile_slug: str | None = None


class Finish(msgspec.Struct):
    """Report what came of a lease."""

    lease: Name
    boot_id: Name
    outcome: str
    output: Any = None
    evidence: Evidence = msgspec.field(default_factory=Evidence)


class JournalEntry(msgspec.Struct):
    """What the agent had in hand, and how far it was."""

    task_id: Name
    lease: Name
    phase: Literal["leased", "starting", "acting", "answered"]
    evidence: Evidence | None = None


class Journal(msgspec.Struct):
    """What the agent remembers, after the server was restored from a backup."""

    incarnation: int
    entries: Annotated[list[JournalEntry], msgspec.Meta(max_length=MOST_ENTRIES)]


class Release(msgspec.Struct):
    """Give a task back before its start."""

    lease: Name
    reason: str = ""


class Resume(msgspec.Struct):
    """The member has looked at LinkedIn and says: go on."""

    boot_id: str = ""


class Said(msgspec.Struct, kw_only=True):
    """An answer to an agent; its fields are in docs/agent-protocol.md."""

    success: bool


async def pair(call: Call) -> Answer:
    """Swap a one-time code for a token."""
    said = shaped(call, Pair)
    linkedin = said.linkedin or Linkedin()
    paired = await call.database.run(
        _pair_desk,
        said.code,
        said.installation_id,
        said.browser[:200],
        said.version[:50],
        linkedin.urn,
        (linkedin.name or "")[:200],
    )
    if isinstance(paired, Refusal):
        raise paired
    return answer(
        200,
        {
            "success": True,
            "agent_id": paired.agent.id,
            "token": paired.token,
            "check": paired.check,
            "member": {"id": paired.member.id, "name": paired.member.name},
            "team": {"id": paired.agent.team_id, "name": paired.team_name},
            "incarnation": paired.incarnation,
        },
    )


def _pair_desk(
    store: Store, now: int, code: str, installation: str, browser: str, version: str, urn: str | None, name: str
) -> pairing.Paired | Refusal:
    return pairing.pair(
        store,
        now,
        code=code,
        installation_id=installation,
        browser=browser,
        version=version,
        linkedin_urn=urn,
        linkedin_name=name,
    )


async def lease(call: Call) -> Answer:
    """One task, or why there is none and when to ask again."""
    said = shaped(call, Lease)
    linkedin = said.linkedin
    read = profile_id(linkedin.urn) if linkedin is not None else None
    kinds = FIRST_KINDS if said.kinds is None else tuple(said.kinds)
    premium = linkedin.premium if linkedin is not None else None
    beat = Beat(said.boot_id, said.version, URN_PREFIX + read if read else None, said.paused, kinds, premium)
    # Most who ask get nothing, and need nothing written; who was just called for gets something.
    called = call.bells.called(call.agent.id)
    idle = None if called else await call.database.read(_look, call.agent, beat, said.incarnation)
    if idle is None:
        given = await call.database.run(_lease, call.agent.id, beat, said.incarnation)
    else:
        given = idle.answer
        if idle.heartbeat_due:
            call.heartbeats.hear(call.agent.id)
    if isinstance(given, Nothing):
        body: dict[str, Any] = {
            "task": None,
            "reason": given.reason,
            "ends_by": given.ends_by,
            "poll_after_ms": given.poll_after_ms,
        }
    else:
        body = {
            "task": _task(given),
            "lease": {"id": given.lease_id, "expires_in_ms": given.expires_in_ms},
            "poll_after_ms": POLL_MS,
        }
    return answer(200, {"success": True, **body, "incarnation": said.incarnation})


def _look(store: Store, now: int, agent: Agent, beat: Beat, believed: int) -> Idle | None:
    """What a lease would answer without writing; raises JournalRequired when the agent believes in another life."""
    _believe(store, believed)
    return dispatch.look(store, now, agent, beat)


def _lease(store: Store, now: int, agent_id: str, beat: Beat, believed: int) -> Work | Nothing:
    """The lease itself; raises JournalRequired as ``_look`` does."""
    _believe(store, believed)
    return dispatch.lease(store, now, agent_id, beat)


def _believe(store: Store, believed: int) -> None:
    incarnation = pairing.incarnation(store)
    if believed != incarnation:
        raise JournalRequired(incarnation=incarnation)


def _task(work: Work) -> dict[str, Any]:
    task = work.task
    return {
        "id": task.id,
        "kind": task.kind,
        "purpose": work.purpose,
        "profile": {"urn": task.resolved_urn or task.profile_urn, "slug": task.profile_slug},
        "note": task.note_to_send,
        "note_policy": NoteWish.REQUIRE if task.note_to_send is None else task.note_wish,
        "input": work.input or {},
    }


async def start(call: Call) -> Answer:
    """Allow the act, once."""
    said = shaped(call, Start)
    account = profile_id(said.linkedin_urn)
    intent = Intent(
        said.lease,
        said.boot_id,
        URN_PREFIX + account if account else said.linkedin_urn,
        said.profile_urn,
        said.before.relation,
        said.before.read_ms_ago,
        said.profile_slug,
    )
    allowed = await call.database.run(start_desk.start, call.agent, call.params["id"], intent)
    if isinstance(allowed, Refusal):
        raise allowed
    return answer(200, {"success": True, "act_within_ms": allowed})


async def finish(call: Call) -> Answer:
    """Take what came of a lease."""
    said = shaped(call, Finish)
    output = None if said.output is None else json.dumps(said.output)
    report = Report(said.lease, said.boot_id, said.outcome, output, said.evidence)
    state = await call.database.run(reports.finish, call.agent, call.params["id"], report)
    if isinstance(state, Refusal):
        raise state
    return answer(200, {"success": True, "state": state})


async def release(call: Call) -> Answer:
    """Take a task back that was not started."""
    said = shaped(call, Release)
    state = await call.database.run(dispatch.release, call.agent, call.params["id"], said.lease)
    if isinstance(state, Refusal):
        raise state
    return answer(200, {"success": True, "state": state})


async def journal(call: Call) -> Answer:
    """Take what the agent remembers; from then on it belongs to this life of the server."""
    said = shaped(call, Journal)
    entries = [Entry(one.task_id, one.lease, one.phase, one.evidence) for one in said.entries]
    incarnation = await call.database.run(restoring.upload, call.agent, entries)
    return answer(200, {"success": True, "incarnation": incarnation})


async def resume(call: Call) -> Answer:
    """Lift the pauses that only the member can lift."""
    lifted = await call.database.run(pauses.resume, call.agent.team_id, call.agent.member_id)
    return answer(200, {"success": True, "resumed": lifted})


async def unpair(call: Call) -> Answer:
    """End this pairing."""
    await call.database.run(pairing.unpair, call.agent.team_id, call.agent.id)
    return answer(200, {"success": True})


def shaped(call: Call, shape: type[S]) -> S:
    """The body in its shape, with every text storable."""
    body = call.json()
    require_text(body, call.raw)
    return typed(body, shape)
