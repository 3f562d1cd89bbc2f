"""The small world in which desks meet: a team of two admins, three browsers, and one task that everything is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from curtsy.domain.agent import Agent
from curtsy.domain.errors import Refusal
from curtsy.domain.invitation import ask
from curtsy.domain.member import Cause, Role
from curtsy.domain.outcome import Relation
from curtsy.domain.task import Kind
from curtsy.service import access, pairing, pauses, teams
from curtsy.service.credentials import hashed
from curtsy.service.dispatch import Beat, Work, lease
from curtsy.service.gate import Ask
from curtsy.service.idempotency import Once
from curtsy.service.intake import Accepted, accept_many
from curtsy.service.start import Intent, start
from curtsy.service.upkeep import run_out
from curtsy.storage.store import CLOCK_JUMPED, Store
from tests.harness.agent import VERSION
from tests.harness.sky import urn_of

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
BOOT = "boot-1"
PERSON, WAITING = "subject", "waiting"
LINK = "link-of-bob"


class Subject(StrEnum):
    """How far the task has come that everything is about."""

    QUEUED = "queued"
    PAST_ITS_TIME = "past its time"
    LEASED = "leased"
    LEASE_RAN_OUT = "lease ran out"
    STARTED = "started"
    START_RAN_OUT = "start ran out"
    IN_DOUBT = "in doubt"
    LOOKED_AT = "looked at"
    ABANDONED = "abandoned"
    IN_REVIEW = "in review"


_LEASED_AGO = {
    Subject.LEASED: 5 * SECOND, Subject.LEASE_RAN_OUT: 90 * SECOND, Subject.STARTED: 5 * SECOND,
    Subject.START_RAN_OUT: 400 * SECOND, Subject.IN_DOUBT: 400 * SECOND, Subject.LOOKED_AT: 400 * SECOND,
    Subject.ABANDONED: 80 * HOUR, Subject.IN_REVIEW: 400 * SECOND,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """What desks are told of it; ``lease`` is the subject's last lease, ``names`` says whose each id is."""

    team: str
    ada: str
    bob: str
    first: Agent
    second: Agent
    bobs: Agent
    subject: str
    waiting: str
    lease: str
    key: str
    code: str
    other_code: str
    bobs_code: str
    session: str
    names: dict[str, str]


TABLES = (
    "teams", "members", "api_keys", "sign_ins", "sessions", "pairing_codes", "agents", "tasks", "attempts", "evidence",
    "events", "pauses", "known_names", "cooldowns", "answers", "do_not_contact",
    "do_not_contact_names", "lifted", "invitations", "checks", "invitations_by_hand",
)  # fmt: skip


def clear(store: Store, _now: int) -> None:
    """Nothing is left of what was there."""
    for table in TABLES:
        store.rows.one(f"DELETE FROM {table}", {})
    store.rows.one("DELETE FROM house", {})
    store.set_house("incarnation", "1")


def asked(team: str, person: str, once: Once | None = None) -> Ask:
    """An ask for an invitation."""
    return Ask(team, Kind.INVITE, ask(person).profile, once=once)


def build(store: Store, now: int, subject: Subject, *, paused: Cause | None = None, jumped: bool = False) -> World:
    """Lay a new world whose subject is so far."""
    clear(store, now)
    long_ago = now - 90 * DAY
    team, ada = teams.found(store, long_ago, "Acme", "ada@example.com")
    bob = teams.join(store, long_ago + 1, team, "bob@example.com", Role.ADMIN)
    for member in (ada, bob):
        teams.set_pace(store, now, team, member.id, 50, 200, (0, 0))
    key = access.create_key(store, long_ago, team).id
    access.create_key(store, long_ago, team)
    first = _browser(store, now, team, ada.id, "first", "ada")
    second = _browser(store, now, team, ada.id, "second", "ada")
    bobs = _browser(store, now, team, bob.id, "bobs", "bob")
    codes = [pairing.make_code(store, now, team, member).code for member in (ada.id, ada.id, bob.id)]
    store.access.add_sign_in(hashed(LINK), bob.id, now + DAY)
    session = access.sign_in(store, now, access.sign_in_link(store, now, ada.id))
    asked_ago = 31 * DAY if subject is Subject.PAST_ITS_TIME else 100 * HOUR
    task = _task(store, now - asked_ago, team, PERSON)
    lease_id = _bring(store, now, first, task, subject)
    waiting = _task(store, now - HOUR, team, WAITING)
    if paused is not None:
        pauses.pause(store, now - 2 * HOUR, team, ada.id, paused, HOUR)
    if jumped:
        store.set_house(CLOCK_JUMPED, str(now))
    names = {team: "team", ada.id: "ada", bob.id: "bob", first: "first", second: "second", bobs: "bobs", key: "key"}
    names |= {task: "subject", waiting: "waiting", lease_id: "lease"}
    one, two, three = (_agent(store, one) for one in (first, second, bobs))
    return World(
        team, ada.id, bob.id, one, two, three, task, waiting, lease_id, key, codes[0], codes[1], codes[2], session,
        names,
    )  # fmt: skip


def _agent(store: Store, agent_id: str) -> Agent:
    """A browser as the door recognises it."""
    agent = store.agents.get(agent_id)
    assert agent is not None
    return agent


def _browser(store: Store, now: int, team: str, member: str, name: str, account: str) -> str:
    code = pairing.make_code(store, now, team, member).code
    paired = pair(store, now, code, name, account)
    assert isinstance(paired, pairing.Paired)
    return paired.agent.id


def pair(store: Store, now: int, code: str, installation: str, account: str) -> pairing.Paired | Refusal:
    """Pair a browser that is signed in with this account."""
    return pairing.pair(
        store, now, code=code, installation_id=installation, browser="Scripted 1", version=VERSION,
        linkedin_urn=urn_of(account), linkedin_name=account,
    )  # fmt: skip


def _task(store: Store, now: int, team: str, person: str) -> str:
    (accepted,) = accept_many(store, now, [asked(team, person)])
    assert isinstance(accepted, Accepted)
    return accepted.task_id


def beat(account: str | None = "ada", boot: str = BOOT) -> Beat:
    """What a browser says when it asks for work."""
    return Beat(boot, VERSION, urn_of(account) if account else None, False)


def intent(lease_id: str) -> Intent:
    """What the first browser says before it acts on the subject."""
    return Intent(lease_id, BOOT, urn_of("ada"), urn_of(PERSON), Relation.NONE, 100)


def _bring(store: Store, now: int, agent_id: str, task: str, subject: Subject) -> str:
    """Let the first browser bring the subject so far; returns the last lease."""
    ago = _LEASED_AGO.get(subject)
    if ago is None:
        return ""
    work = lease(store, now - ago, agent_id, beat())
    assert isinstance(work, Work)
    if subject in (Subject.LEASED, Subject.LEASE_RAN_OUT):
        return work.lease_id
    assert start(store, now - ago + SECOND, _agent(store, agent_id), task, intent(work.lease_id)) == 15_000
    if subject in (Subject.STARTED, Subject.START_RAN_OUT):
        return work.lease_id
    started = store.tasks.get(task)
    assert started is not None
    run_out(store, now - ago + 151 * SECOND, started)
    if subject is Subject.LOOKED_AT:
        looking = lease(store, now - 5 * SECOND, agent_id, beat())
        assert isinstance(looking, Work)
        assert looking.purpose == "verify"
        return looking.lease_id
    doubtful = store.tasks.get(task)
    assert doubtful is not None
    if subject is Subject.IN_REVIEW:
        store.leases.review(doubtful, now - SECOND)
    return work.lease_id
