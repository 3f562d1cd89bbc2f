"""What waits of a member, in the order in which it is handed out, and how much comes before a task."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from curtsy.domain.task import Kind
from curtsy.storage.rows import Rows
from curtsy.storage.store.tasks import NEWEST

EVER = 2**62
MOST_AHEAD = 1_000
"""Nobody counts further."""

APPROVED = " AND approved_at IS NOT NULL"
_QUEUED = "FROM tasks WHERE member_id = :member AND kind = :kind AND state = 'queued'"
_THOSE = f"SELECT 1 {_QUEUED} AND id < :id"
_PUT_OFF = " AND not_before > created_at AND not_before > :by"
"""A walk through those alone that were put off at all."""
_AHEAD = (
    f"SELECT (SELECT count(*) FROM ({_THOSE} LIMIT :most) AS waiting), "
    f"(SELECT count(*) FROM ({_THOSE}{_PUT_OFF} LIMIT :most) AS put_off)"
)
_AHEAD_APPROVED = (
    f"SELECT (SELECT count(*) FROM ({_THOSE}{APPROVED} LIMIT :most) AS waiting), "
    f"(SELECT count(*) FROM ({_THOSE}{APPROVED}{_PUT_OFF} LIMIT :most) AS put_off)"
)
_WHOLE = f"SELECT id, CASE WHEN not_before > created_at THEN not_before ELSE 0 END {_QUEUED}"
_IN_ORDER = " ORDER BY id LIMIT :most"


class Ahead(NamedTuple):
    """How many come before a task that may begin by a moment, and how many that may begin only later."""

    ready: int
    later: int = 0


def _ahead(waiting: int, later: int) -> Ahead:
    return Ahead(waiting if waiting >= MOST_AHEAD else waiting - later, later)


class Queue:
    """The first ``MOST_AHEAD`` of what waits: their ids, and when those may begin that were put off."""

    def __init__(self, rows: Sequence[tuple[str, int]]) -> None:
        self._ids = [row[0] for row in rows]
        self._put_off = [(place, row[1]) for place, row in enumerate(rows) if row[1]]

    def before(self, task_id: str, by: int) -> Ahead:
        """The same as ``Queues.before``."""
        waiting = bisect_left(self._ids, task_id)
        if not self._put_off:  # as it nearly always is
            return Ahead(waiting)
        later = sum(1 for place, begins in self._put_off if place < waiting and begins > by)
        return _ahead(waiting, later)


class Queues:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def before(self, member_id: str, kind: Kind, task_id: str, by: int, *, approved: bool = False) -> Ahead:
        """The queued tasks of this kind that come before this one, at most ``MOST_AHEAD``, by when they may begin.

        ``approved``: only those that the member said yes to.
        """
        row = self._rows.one(
            _AHEAD_APPROVED if approved else _AHEAD,
            {"member": member_id, "kind": kind, "id": task_id, "by": by, "most": MOST_AHEAD},
        )
        return _ahead(*(row or (0, 0)))

    def whole(self, member_id: str, kind: Kind, *, approved: bool = False) -> Queue:
        """All of them, for who asks of several."""
        sql = _WHOLE + (APPROVED if approved else "") + _IN_ORDER
        rows = self._rows.all(sql, {"member": member_id, "kind": kind, "most": MOST_AHEAD})
        return Queue([(row[0], row[1]) for row in rows])

    def waiting(self, member_id: str, kind: Kind, by: int = EVER) -> int:
        """How many tasks of this kind wait that may begin by then; ``MOST_AHEAD`` stands for any number from there."""
        return self.before(member_id, kind, NEWEST, by).ready
