"""Facts that happened, written in the same transaction as the change they tell."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from curtsy.storage.rows import Row, Rows, Value

LIVES = "lives"
"""A fact of the house: where the numbers of events went on after each restore."""
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

    def bounds(self) -> tuple[int, int, list[tuple[int, int]]]:
        """Beyond which places nobody can have been: the oldest open transaction, the last number, and the lives.

        A life began when a backup was put back: below which number events are of the ones before, and from which
        transaction on they are of this one.
        """
        row = self._rows.one(
            "SELECT $OLDEST_OPEN, $LAST_GIVEN, (SELECT value FROM house WHERE name = :lives)", {"lives": LIVES}
        )
        assert row is not None
        return row[0], row[1], _lives(row[2])

    def begin_life(self, above: int) -> None:
        """Give from now on only numbers that are above this one and all that were given."""
        row = self._rows.one(
            "SELECT $LAST_GIVEN, $TXID, (SELECT value FROM house WHERE name = :lives)", {"lives": LIVES}
        )
        assert row is not None
        last = max(above, row[0] + 1)
        self._rows.one("$GO_ON_FROM(:last)", {"last": last})
        self._rows.one(
            "INSERT INTO house (name, value) VALUES (:lives, :value) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"lives": LIVES, "value": json.dumps([*_lives(row[2]), (last + 1, row[1])])},
        )

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


def _lives(said: str | None) -> list[tuple[int, int]]:
    return [(first, txid) for first, txid in json.loads(said or "[]")]
