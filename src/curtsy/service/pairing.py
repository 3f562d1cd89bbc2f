"""Pairing a browser: a code for one member, swapped once for a token."""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.agent import (
    OLDEST_VERSION,
    Agent,
    AgentRevoked,
    CodeExpired,
    CodeUsed,
    LinkedinAccountTaken,
    LinkedinRequired,
    UnknownCode,
    VersionTooOld,
    is_served,
)
from curtsy.domain.errors import Refusal, TryAgain, UnknownAgent
from curtsy.domain.member import Member
from curtsy.domain.profile import URN_PREFIX, profile_id
from curtsy.service import pauses, presence
from curtsy.service.accounts import bring_along
from curtsy.service.credentials import hashed, new_check, new_code, new_token
from curtsy.storage.store import Store

CODE_MS = 600_000
MOST_WRONG_CODES = 30
"""In a minute, on the whole server: no stranger tries more, whatever they call from."""
MINUTE_MS = 60_000
WRONG_CODES = "wrong_codes"
"""A fact of the house: since when wrong codes are counted, and how many came."""


@dataclass(frozen=True, slots=True)
class Code:
    """A pairing code just made; ``expires_at`` in milliseconds since 1970."""

    code: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Paired:
    """A browser just paired; ``token`` is shown this once."""

    agent: Agent
    token: str
    check: str
    member: Member
    team_name: str
    incarnation: int


def make_code(store: Store, now: int, team_id: str, member_id: str) -> Code:
    """A one-time code, good for ten minutes, for one member."""
    code = new_code()
    store.agents.add_code(hashed(code), team_id, member_id, now + CODE_MS)
    return Code(code, now + CODE_MS)


def pair(
    store: Store,
    now: int,
    *,
    code: str,
    installation_id: str,
    browser: str,
    version: str,
    linkedin_urn: str | None,
    linkedin_name: str,
) -> Paired | Refusal:
    """Swap a code for a token. The LinkedIn account then belongs to this member on the whole server.

    A code that opens nothing is answered, not raised: that it was tried has to be kept.
    """
    if not is_served(version):
        raise VersionTooOld(oldest_version=".".join(map(str, OLDEST_VERSION)))
    _brake(store, now)
    found = store.agents.code(hashed(code.strip().upper()))
    if found is None or found.used_at is not None or found.expires_at <= now:
        _count_wrong_code(store, now)
        return UnknownCode() if found is None else CodeUsed() if found.used_at is not None else CodeExpired()
    account_id = profile_id(linkedin_urn)
    if account_id is None:
        raise LinkedinRequired
    account = URN_PREFIX + account_id
    store.hold_account(account)
    store.hold_member(found.member_id)
    member = store.teams.member(found.member_id)
    if member is None or member.removed_at is not None:
        raise UnknownCode
    if store.agents.account_owner(account) not in (None, member.id):
        raise LinkedinAccountTaken
    _make_room(store, now, member, installation_id, account)
    token, check = new_token(), new_check()
    agent = Agent(
        store.new_id(),
        member.team_id,
        member.id,
        installation_id,
        browser,
        version,
        account,
        linkedin_name,
        None,
        account,
        0,
        None,
        now,
        now,
        None,
        0,
    )
    store.agents.add(agent, hashed(token))
    store.teams.warm_from(member.id, now)
    bring_along(store, now, member, account)
    if not store.agents.use_code(found.hash, agent.id, check, now):
        raise CodeUsed
    pauses.returned(store, now, member.team_id, member.id)
    presence.came(store, now, agent)
    store.ring(f"code:{found.hash}")
    return Paired(agent, token, check, member, store.teams.name(member.team_id) or "", incarnation(store))


def _brake(store: Store, now: int) -> None:
    """Refuse every code, right ones too, for what is left of a minute in which too many wrong ones came."""
    store.hold_pairing()
    since, wrong = _wrong_codes(store, now)
    if wrong >= MOST_WRONG_CODES:
        raise TryAgain(
            "Too many wrong pairing codes came to this server: try again in a minute, the code is not spent by this",
            retry_after_ms=since + MINUTE_MS - now,
        )


def _count_wrong_code(store: Store, now: int) -> None:
    since, wrong = _wrong_codes(store, now)
    store.set_house(WRONG_CODES, f"{since} {wrong + 1}")


def _wrong_codes(store: Store, now: int) -> tuple[int, int]:
    """Since when wrong codes are counted, and how many came; a count older than a minute is none."""
    since, wrong = map(int, (store.house(WRONG_CODES) or f"{now} 0").split())
    return (since, wrong) if 0 <= now - since < MINUTE_MS else (now, 0)


def _make_room(store: Store, now: int, member: Member, installation_id: str, account: str) -> None:
    """An installation is one agent, and a member acts with one LinkedIn account: what stood before ends."""
    before = store.agents.by_installation(member.team_id, installation_id)
    old = [before] if before is not None else []
    old += [agent for agent in store.agents.of_member(member.id) if agent.account != account]
    for agent in old:
        presence.let_go(store, now, agent)


def paired_with(store: Store, _now: int, code: str) -> tuple[str, str] | None:
    """The agent and the check number that a code was swapped for, once it was."""
    found = store.agents.code(hashed(code))
    if found is None or found.agent_id is None or found.checked is None:
        return None
    return found.agent_id, found.checked


def agent_of(store: Store, _now: int, token: str) -> Agent:
    """The agent behind a token; raises AgentRevoked."""
    agent = store.agents.by_token(hashed(token))
    if agent is None or agent.revoked_at is not None:
        raise AgentRevoked
    return agent


def unpair(store: Store, now: int, team_id: str, agent_id: str) -> None:
    """End a pairing; raises UnknownAgent."""
    agent = store.agents.get(agent_id)
    if agent is None or agent.team_id != team_id:
        raise UnknownAgent
    store.hold_member(agent.member_id)
    presence.let_go(store, now, agent)


def browsers(store: Store, _now: int, member_id: str) -> list[Agent]:
    """The browsers paired to a member."""
    return store.agents.of_member(member_id)


def incarnation(store: Store) -> int:
    """Which life of the database this is; a restore begins another."""
    return int(store.house("incarnation") or "1")
