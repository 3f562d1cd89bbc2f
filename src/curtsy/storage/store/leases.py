"""The agent's side of a task: each change is one compare-and-set that names the holder."""

from __future__ import annotations

import json
from collections.abc import Sequence

from curtsy.domain.task import Kind, Task
from curtsy.storage.rows import Rows
from curtsy.storage.store.queues import APPROVED
from curtsy.storage.store.tasks import COLUMNS, as_task

_SELECT = f"SELECT {COLUMNS} FROM tasks "
_RETURNING = f" RETURNING {COLUMNS}"
_LET_GO = "lease_id = NULL, lease_agent = NULL, lease_until = NULL, lease_purpose = NULL, account_in_hand = NULL"


class Leases:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def in_hand(self, account: str) -> Task | None:
        """The one task that a browser of this LinkedIn account has in hand."""
        return self._one(_SELECT + "WHERE account_in_hand = :account", account=account)

    def idle(self, member_id: str, account: str, now: int) -> bool:
        """Whether nothing waits for this member or stands in their way: what most polls find, in one question."""
        row = self._rows.one(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE account_in_hand = :account) "
            "AND NOT EXISTS (SELECT 1 FROM tasks WHERE member_id = :member AND state = 'queued') "
            "AND NOT EXISTS (SELECT 1 FROM tasks WHERE member_id = :member AND state = 'unconfirmed') "
            "AND NOT EXISTS (SELECT 1 FROM pauses WHERE member_id = :member AND lifted_at IS NULL "
            "AND (until IS NULL OR until > :now))",
            {"account": account, "member": member_id, "now": now},
        )
        return row is not None

    def next_queued(self, member_id: str, kind: Kind, now: int, *, approved: bool = False) -> Task | None:
        """The oldest task of this kind that is due; ``approved``: that the member said yes to."""
        return self._one(
            _SELECT
            + "WHERE member_id = :member AND kind = :kind AND state = 'queued' AND not_before <= :now"
            + (APPROVED if approved else "")
            + " ORDER BY id LIMIT 1",
            member=member_id,
            kind=kind,
            now=now,
        )

    def next_in_doubt(self, member_id: str, installation: str, kinds: Sequence[str], now: int) -> Task | None:
        """The unconfirmed task of these kinds whose next look is due longest.

        The acting browser need not wait for others' looks.
        """
        return self._one(
            _SELECT + "WHERE member_id = :member AND state = 'unconfirmed' AND lease_id IS NULL AND (look_at <= :now "
            "OR (looked_elsewhere = 1 AND act_installation = :installation)) AND kind IN $EACH(:kinds) "
            "ORDER BY look_at LIMIT 1",
            member=member_id,
            installation=installation,
            kinds=json.dumps(kinds),
            now=now,
        )

    def next_due(self, member_id: str, now: int) -> int | None:
        """When the first of the tasks that wait for a time of their own falls due."""
        row = self._rows.one(
            "SELECT MIN(at) FROM (SELECT MIN(not_before) AS at FROM tasks "
            "WHERE member_id = :member AND state = 'queued' AND not_before > created_at AND not_before > :now "
            "UNION ALL "
            "SELECT MIN(look_at) AS at FROM tasks "
            "WHERE member_id = :member AND state = 'unconfirmed' AND lease_id IS NULL AND look_at > :now) AS waiting",
            {"member": member_id, "now": now},
        )
        return None if row is None else row[0]

    def take(self, task: Task, *, lease: str, agent: str, account: str, until: int, now: int) -> Task | None:
        """queued -> leased."""
        return self._one(
            "UPDATE tasks SET state = 'leased', attempts = attempts + 1, updated_at = :now, lease_id = :lease, "
            "lease_agent = :agent, lease_until = :until, lease_purpose = 'act', account_in_hand = :account "
            "WHERE id = :id AND state = 'queued' AND NOT EXISTS "
            "(SELECT 1 FROM tasks AS other WHERE other.account_in_hand = :account)" + _RETURNING,
            id=task.id,
            lease=lease,
            agent=agent,
            account=account,
            until=until,
            now=now,
        )

    def take_to_look(self, task: Task, *, lease: str, agent: str, account: str, until: int) -> Task | None:
        """A verify lease: the state stays unconfirmed."""
        return self._one(
            "UPDATE tasks SET lease_id = :lease, lease_agent = :agent, lease_until = :until, "
            "lease_purpose = 'verify', account_in_hand = :account "
            "WHERE id = :id AND state = 'unconfirmed' AND lease_id IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM tasks AS other WHERE other.account_in_hand = :account)" + _RETURNING,
            id=task.id,
            lease=lease,
            agent=agent,
            account=account,
            until=until,
        )

    def start(
        self,
        task: Task,
        *,
        lease: str,
        agent: str,
        boot: str,
        installation: str,
        key: str,
        urn: str,
        until: int,
        now: int,
        slug: str | None = None,
    ) -> Task | None:
        """leased -> started, once: the act may follow. The person becomes who LinkedIn says it is, by this name too."""
        return self._one(
            "UPDATE tasks SET state = 'started', started_at = :now, updated_at = :now, acts = acts + 1, fruitless = 0, "
            "lease_until = :until, act_lease = :lease, act_boot = :boot, act_installation = :installation, "
            "act_agent = :agent, profile_key = :key, resolved_urn = :urn, absent_at = NULL, look_at = NULL, "
            "seen_id = :key, seen_slug = coalesce(CAST(:slug AS TEXT), seen_slug), doubt_since = :now, "
            "looked_elsewhere = 0 "
            "WHERE id = :id AND state = 'leased' AND lease_id = :lease AND lease_agent = :agent "
            "AND lease_until > :now AND lease_purpose = 'act' AND cancel_wanted = 0" + _RETURNING,
            id=task.id,
            lease=lease,
            agent=agent,
            boot=boot,
            installation=installation,
            key=key,
            urn=urn,
            slug=slug,
            until=until,
            now=now,
        )

    def requeue(
        self, task: Task, now: int, *, acts: int | None = None, fruitless: int | None = None, not_before: int = 0
    ) -> Task | None:
        """leased, started or unconfirmed -> queued, if nobody changed it since; due again at ``not_before``."""
        return self._one(
            f"UPDATE tasks SET state = 'queued', updated_at = :now, acts = :acts, fruitless = :fruitless, {_LET_GO}, "
            "look_at = NULL, not_before = CASE WHEN not_before > :due THEN not_before ELSE :due END "
            "WHERE id = :id AND state = :from AND lease_id IS NOT DISTINCT FROM :lease" + _RETURNING,
            id=task.id,
            **{"from": task.state},
            lease=task.lease_id,
            now=now,
            acts=task.acts if acts is None else acts,
            fruitless=task.fruitless if fruitless is None else fruitless,
            due=not_before,
        )

    def doubt(self, task: Task, now: int) -> Task | None:
        """started -> unconfirmed; the first look is due at once."""
        return self._one(
            f"UPDATE tasks SET state = 'unconfirmed', updated_at = :now, look_at = :now, {_LET_GO} "
            "WHERE id = :id AND state = 'started' AND lease_id = :lease" + _RETURNING,
            id=task.id,
            lease=task.lease_id,
            now=now,
        )

    def looked(self, task: Task, *, look_at: int, absent_at: int | None, elsewhere: bool = False) -> Task | None:
        """End a verify lease that settled nothing; the next look is due at ``look_at``.

        ``elsewhere``: another browser than the acting one looked, so the acting one may look before that.
        """
        return self._one(
            f"UPDATE tasks SET {_LET_GO}, look_at = :look_at, absent_at = :absent_at, looked_elsewhere = :elsewhere "
            "WHERE id = :id AND state = 'unconfirmed' AND lease_id = :lease" + _RETURNING,
            id=task.id,
            lease=task.lease_id,
            look_at=look_at,
            absent_at=absent_at,
            elsewhere=int(elsewhere),
        )

    def review(self, task: Task, now: int) -> Task | None:
        """unconfirmed -> needs_review."""
        return self._one(
            f"UPDATE tasks SET state = 'needs_review', updated_at = :now, look_at = NULL, {_LET_GO} "
            "WHERE id = :id AND state = 'unconfirmed'" + _RETURNING,
            id=task.id,
            now=now,
        )

    def open(self) -> list[Task]:
        """Every task that is waiting, in hand or in doubt."""
        rows = self._rows.all(
            _SELECT + "WHERE state = 'queued' "
            f"UNION ALL {_SELECT}WHERE state IN ('leased', 'started') AND lease_id IS NOT NULL "
            f"UNION ALL {_SELECT}WHERE state = 'unconfirmed'",
            {},
        )
        return [as_task(row) for row in rows]

    def doubt_restored(self, task: Task, now: int) -> Task | None:
        """queued, leased, started or unconfirmed -> unconfirmed: a browser may have acted since the backup."""
        return self._one(
            "UPDATE tasks SET state = 'unconfirmed', updated_at = :now, look_at = :now, doubt_since = :now, "
            "started_at = coalesce(started_at, created_at), acts = CASE WHEN acts = 0 THEN 1 ELSE acts END, "
            f"absent_at = NULL, act_lease = NULL, act_boot = NULL, act_installation = NULL, act_agent = NULL, "
            f"{_LET_GO} "
            "WHERE id = :id AND state = :from" + _RETURNING,
            id=task.id,
            now=now,
            **{"from": task.state},
        )

    def doubt_anew(self, now: int) -> None:
        """No absence has counted yet, and none counts before its time from now has passed."""
        self._rows.one(
            "UPDATE tasks SET doubt_since = :now, absent_at = NULL WHERE state = 'unconfirmed'", {"now": now}
        )

    def remember_act(self, task: Task, *, lease: str, agent: str, installation: str, acts: int) -> None:
        """A browser's journal says that it may have acted, in an earlier run; the newest act is told first."""
        self._rows.one(
            "UPDATE tasks SET acts = CASE WHEN acts < :acts THEN :acts ELSE acts END, "
            "act_lease = coalesce(act_lease, :lease), act_agent = coalesce(act_agent, :agent), "
            "act_installation = coalesce(act_installation, :installation) WHERE id = :id AND state = 'unconfirmed'",
            {"id": task.id, "lease": lease, "agent": agent, "installation": installation, "acts": acts},
        )

    def put_right(self, now: int, longest_lease: int) -> None:
        """Free what is open from times that a wrong clock wrote: nothing lies in the future, no absence has counted.

        When an act was started cannot be said by the right clock, so that whose invitation it is stays a conclusion.
        """
        for sql in (
            "UPDATE tasks SET started_at = NULL, doubt_since = :now, absent_at = NULL, "
            "look_at = CASE WHEN look_at > :now THEN :now ELSE look_at END WHERE state IN ('started', 'unconfirmed')",
            "UPDATE tasks SET lease_until = :latest WHERE lease_id IS NOT NULL AND lease_until > :latest",
            "UPDATE tasks SET not_before = :now WHERE not_before > :now "
            "AND state IN ('queued', 'leased', 'started', 'unconfirmed')",
        ):
            self._rows.one(sql, {"now": now, "latest": now + longest_lease})

    def run_out(self, now: int, limit: int) -> list[Task]:
        """Tasks whose lease has ended, of any purpose."""
        rows = self._rows.all(
            _SELECT + "WHERE lease_id IS NOT NULL AND lease_until <= :now LIMIT :limit", {"now": now, "limit": limit}
        )
        return [as_task(row) for row in rows]

    def abandoned(self, gone_since: int, limit: int) -> list[Task]:
        """Unconfirmed tasks whose acting browser has not been seen since then, or was never known."""
        rows = self._rows.all(
            _SELECT + "WHERE state = 'unconfirmed' AND look_at IS NOT NULL AND (act_agent IS NULL OR act_agent IN "
            "(SELECT id FROM agents WHERE last_seen_at <= :gone)) AND doubt_since <= :gone LIMIT :limit",
            {"gone": gone_since, "limit": limit},
        )
        return [as_task(row) for row in rows]

    def _one(self, sql: str, **params: str | int | None) -> Task | None:
        row = self._rows.one(sql, params)
        return as_task(row) if row else None
