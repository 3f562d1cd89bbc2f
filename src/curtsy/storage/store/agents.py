"""Paired browsers, and the codes that pair them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.agent import Agent
from curtsy.storage.rows import Rows

_AGENT = (
    "id, team_id, member_id, installation_id, browser, version, account, account_name, boot_id, seen_account, paused, "
    "outdated, created_at, last_seen_at, revoked_at, told_offline, premium, blind"
)


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A one-time code for one member."""

    hash: str
    team_id: str
    member_id: str
    expires_at: int
    used_at: int | None
    agent_id: str | None
    checked: str | None


class Agents:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, agent: Agent, token_hash: str) -> None:
        self._rows.one(
            "INSERT INTO agents (id, team_id, member_id, token_hash, installation_id, browser, version, account, "
            "account_name, seen_account, created_at, last_seen_at) VALUES (:id, :team, :member, :token, :installation, "
            ":browser, :version, :account, :account_name, :account, :now, :now)",
            {
                "id": agent.id,
                "team": agent.team_id,
                "member": agent.member_id,
                "token": token_hash,
                "installation": agent.installation_id,
                "browser": agent.browser,
                "version": agent.version,
                "account": agent.account,
                "account_name": agent.account_name,
                "now": agent.created_at,
            },
        )

    def by_token(self, token_hash: str) -> Agent | None:
        row = self._rows.one(f"SELECT {_AGENT} FROM agents WHERE token_hash = :hash", {"hash": token_hash})
        return Agent(*row) if row else None

    def get(self, agent_id: str) -> Agent | None:
        row = self._rows.one(f"SELECT {_AGENT} FROM agents WHERE id = :id", {"id": agent_id})
        return Agent(*row) if row else None

    def of_member(self, member_id: str) -> list[Agent]:
        """The browsers paired to a member now."""
        rows = self._rows.all(
            f"SELECT {_AGENT} FROM agents WHERE member_id = :member AND revoked_at IS NULL ORDER BY id",
            {"member": member_id},
        )
        return [Agent(*row) for row in rows]

    def account_owner(self, account: str) -> str | None:
        """The member, of any team, who acts with this LinkedIn account."""
        row = self._rows.one(
            "SELECT agents.member_id FROM agents JOIN members ON members.id = agents.member_id "
            "WHERE account = :account AND members.removed_at IS NULL AND agents.revoked_at IS NULL LIMIT 1",
            {"account": account},
        )
        return row[0] if row else None

    def seen(
        self,
        agent: Agent,
        now: int,
        *,
        version: str,
        boot: str,
        account: str | None,
        paused: bool,
        premium: bool | None = None,
    ) -> None:
        """Keep a heartbeat: that it lives, in which run, signed in as whom. A new version is not outdated.

        ``premium``: whether its own LinkedIn account pays; None when that was not read now.
        """
        self._rows.one(
            "UPDATE agents SET last_seen_at = :now, version = :version, boot_id = :boot, seen_account = :account, "
            "paused = :paused, outdated = CASE WHEN outdated = :version THEN outdated END, "
            "premium = coalesce(:premium, premium) WHERE id = :id",
            {
                "id": agent.id,
                "now": now,
                "version": version,
                "boot": boot,
                "account": account,
                "paused": int(paused),
                "premium": None if premium is None else int(premium),
            },
        )

    def pays(self, account: str) -> bool:
        """A LinkedIn account pays from now on, whichever browser reads it; whether it was known not to."""
        return (
            self._rows.changed(
                "UPDATE agents SET premium = 1 WHERE account = :account AND revoked_at IS NULL AND premium = 0",
                {"account": account},
            )
            > 0
        )

    def alive(self, agent_ids: Sequence[str], now: int) -> None:
        """Keep the heartbeats of many that have nothing else to say."""
        self._rows.one(
            "UPDATE agents SET last_seen_at = :now WHERE id IN $EACH(:ids) AND last_seen_at < :now",
            {"ids": json.dumps(agent_ids), "now": now},
        )

    def went(self, silent_since: int, limit: int) -> list[tuple[str, str, str]]:
        """Browsers that were not heard of since then, each once: id, team, member."""
        rows = self._rows.all(
            # Said twice: another transaction may have heard of one of them, let it go or told of it meanwhile.
            "UPDATE agents SET told_offline = 1 WHERE revoked_at IS NULL AND told_offline = 0 "
            "AND last_seen_at <= :since AND id IN (SELECT id FROM agents "
            "WHERE revoked_at IS NULL AND told_offline = 0 AND last_seen_at <= :since LIMIT :limit) "
            "RETURNING id, team_id, member_id",
            {"since": silent_since, "limit": limit},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def returned(self, agent_id: str) -> bool:
        """Whether this browser was told to be gone; from now on it is back."""
        return (
            self._rows.changed(
                "UPDATE agents SET told_offline = 0 WHERE id = :id AND told_offline = 1", {"id": agent_id}
            )
            == 1
        )

    def put_right(self, now: int) -> None:
        """Browsers that a wrong clock saw in the future were seen by now."""
        self._rows.one(
            "UPDATE agents SET last_seen_at = :now WHERE last_seen_at > :now AND browser <> 'rehearsal'",
            {"now": now},
        )

    def outdate(self, agent_id: str, version: str) -> None:
        """This version got an answer it does not know; it gets no more work."""
        self._rows.one("UPDATE agents SET outdated = :version WHERE id = :id", {"id": agent_id, "version": version})

    def blind(self, agent_id: str, version: str) -> None:
        """This version could not read what nobody asked for; it is asked for nothing of that kind any more."""
        self._rows.one("UPDATE agents SET blind = :version WHERE id = :id", {"id": agent_id, "version": version})

    def saw_account(self, agent_id: str, account: str | None) -> None:
        self._rows.one("UPDATE agents SET seen_account = :account WHERE id = :id", {"id": agent_id, "account": account})

    def revoke(self, agent_id: str, now: int) -> bool | None:
        """End a pairing: whether this browser was told to be gone before; None when the pairing had ended."""
        row = self._rows.one(
            "UPDATE agents SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING told_offline",
            {"id": agent_id, "now": now},
        )
        return None if row is None else row[0] == 1

    def by_installation(self, team_id: str, installation_id: str) -> Agent | None:
        row = self._rows.one(
            f"SELECT {_AGENT} FROM agents WHERE team_id = :team AND installation_id = :installation "
            "AND revoked_at IS NULL",
            {"team": team_id, "installation": installation_id},
        )
        return Agent(*row) if row else None

    # ------------------------------------------------------------------ codes

    def add_code(self, code_hash: str, team_id: str, member_id: str, expires_at: int) -> None:
        self._rows.one(
            "INSERT INTO pairing_codes (hash, team_id, member_id, expires_at) VALUES (:hash, :team, :member, :expires)",
            {"hash": code_hash, "team": team_id, "member": member_id, "expires": expires_at},
        )

    def code(self, code_hash: str) -> PairingCode | None:
        row = self._rows.one(
            "SELECT hash, team_id, member_id, expires_at, used_at, agent_id, checked "
            "FROM pairing_codes WHERE hash = :hash",
            {"hash": code_hash},
        )
        return PairingCode(*row) if row else None

    def use_code(self, code_hash: str, agent_id: str, checked: str, now: int) -> bool:
        """Spend a code, once."""
        return (
            self._rows.one(
                "UPDATE pairing_codes SET used_at = :now, agent_id = :agent, checked = :checked "
                "WHERE hash = :hash AND used_at IS NULL RETURNING hash",
                {"hash": code_hash, "agent": agent_id, "checked": checked, "now": now},
            )
            is not None
        )

    def forget_codes(self, before: int) -> None:
        """Drop codes that ended long ago."""
        self._rows.one("DELETE FROM pairing_codes WHERE expires_at < :before", {"before": before})
