"""Whether a browser is there: told once when it falls silent or is let go, and once when it comes (back)."""

from __future__ import annotations

from curtsy.domain.agent import Agent
from curtsy.domain.member import ONLINE_MS
from curtsy.service.events import tell_of_member
from curtsy.storage.store import Store


def came(store: Store, now: int, agent: Agent) -> None:
    """A browser was paired."""
    _tell(store, now, agent.team_id, agent.member_id, agent.id, "agent.online")


def returned(store: Store, now: int, agent: Agent) -> None:
    """A browser was heard of; tells so if it was told to be gone."""
    if agent.told_offline and store.agents.returned(agent.id):
        _tell(store, now, agent.team_id, agent.member_id, agent.id, "agent.online")


def fell_silent(store: Store, now: int, limit: int) -> int:
    """Tell of up to so many browsers that were not heard of for too long; how many there were."""
    silent = store.agents.went(now - ONLINE_MS, limit)
    for agent_id, team_id, member_id in silent:
        _tell(store, now, team_id, member_id, agent_id, "agent.offline")
    return len(silent)


def let_go(store: Store, now: int, agent: Agent) -> None:
    """End a pairing, if it has not ended: the browser is gone from now on, and its bell says so."""
    told_before = store.agents.revoke(agent.id, now)
    if told_before is False:
        _tell(store, now, agent.team_id, agent.member_id, agent.id, "agent.offline")
    store.ring(f"agent:{agent.id}")


def _tell(store: Store, now: int, team_id: str, member_id: str, agent_id: str, event: str) -> None:
    tell_of_member(store, now, team_id, member_id, event, agent_id=agent_id)
