"""Facts that happened, written in the same transaction as the change they tell."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from curtsy.storage.rows import Row, Rows, Value

_AFTER = (
    "SELECT txid, n, id, type, task_id, member_id, at, data, "
    "(SELECT rehearses IS NOT NULL FROM teams WHERE id = :team) AS test FROM events $IN_ORDER "
    "WHERE team_id = :team AND $AFTER(:txid, :n) AND txid < $OLDEST_OPEN ORDER BY txid, n"
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as it is kept; ``txid`` and ``n`` give its place, ``at`` is milliseconds since 1970, ``data`` JSON.

    ``test``: whether it happened in the test world.
    """

    txid: int
    n: int
    id: str
    type: str
    task_id: str | None
    member_id: str | None
    at: int
    data: str
    test: bool


def _event(row: Row) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], bool(row[8]))


class Events:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add_many(self, events: list[dict[str, Value]]) -> None:
        """Append events: id, team_id, type, task_id, member_id, at, data (JSON)."""
        self._rows.many(
            "INSERT INTO events (id, team_id, type, task_id, member_id, at, data) "
            "VALUES (:id, :team_id, :type, :task_id, :member_id, :at, :data)",
            events,
        )

    def has_reached(self, txid: int) -> bool:
        """Whether every transaction up to this one has ended, so that a reader may have been shown what it wrote."""
        return self._rows.one("SELECT 1 WHERE :txid < $OLDEST_OPEN", {"txid": txid}) is not None

    def last(self, team_id: str) -> tuple[int, int]:
        """The place of the team's last event that every reader may see; the very beginning where there is none."""
        row = self._rows.one(
            "SELECT txid, n FROM events WHERE team_id = :team AND txid < $OLDEST_OPEN "
            "ORDER BY txid DESC, n DESC LIMIT 1",
            {"team": team_id},
        )
        return (row[0], row[1]) if row else (0, 0)

    def after(self, team_id: str, place: tuple[int, int], limit: int) -> list[Event]:
        """The team's events after this place, in the order in which every reader sees them.

        One that is written by a transaction that began earlier may become visible later. So only those are shown
        before which nothing more can appear: a reader that goes on from the last one misses none.
        """
        rows = self._rows.all(
            _AFTER + " LIMIT :limit", {"team": team_id, "txid": place[0], "n": place[1], "limit": limit}
        )
        return [_event(row) for row in rows]

    def chosen_after(
        self, team_id: str, place: tuple[int, int], limit: int, types: Collection[str], window: int
    ) -> list[Event]:
        """Those of the next ``window`` events that are of these types."""
        rows = self._rows.all(
            f"SELECT * FROM ({_AFTER} LIMIT :window) AS seen WHERE type IN $EACH(:types) "
            "ORDER BY txid, n LIMIT :limit",
            {"team": team_id, "txid": place[0], "n": place[1], "limit": limit, "window": window,
             "types": json.dumps(sorted(types))},
        )  # fmt: skip
        return [_event(row) for row in rows]

    def place_after(self, team_id: str, place: tuple[int, int], count: int) -> tuple[int, int] | None:
        """The place of the event that comes as number ``count``; None when fewer come."""
        row = self._rows.one(
            "SELECT txid, n FROM events $IN_ORDER WHERE team_id = :team AND $AFTER(:txid, :n) "
            "AND txid < $OLDEST_OPEN ORDER BY txid, n LIMIT 1 OFFSET :skipped",
            {"team": team_id, "txid": place[0], "n": place[1], "skipped": count - 1},
        )
        return (row[0], row[1]) if row else None

    def hidden(self, team_id: str) -> bool:
        """Whether something has happened in the team that not every reader may see yet."""
        row = self._rows.one(
            "SELECT 1 FROM events WHERE team_id = :team AND txid >= $OLDEST_OPEN LIMIT 1", {"team": team_id}
        )
        return row is not None
