"""Lists of tasks by what a caller asks of them. For one page so many are looked at and no more, of however many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.domain.task import TERMINAL, UNTOLD, Kind, TaskState
from curtsy.storage.rows import Rows, Value
from curtsy.storage.store.tasks import NEWEST

LOOKED_THROUGH = 250
"""So many tasks, or events, are looked at for one page."""
_TOLD = tuple(kind for kind in Kind if kind not in UNTOLD)
_IN_HAND = tuple(state for state in TaskState if state not in TERMINAL and state is not TaskState.QUEUED)
# States and kinds are part of the text: they are words of ours, and the database knows how many tasks are in each.
_NEWEST_OF = "SELECT id FROM (SELECT id FROM tasks "
_BY_STATE = "$BY_STATE WHERE team_id = :team AND state = "
_WAITING = "WHERE member_id = :member AND state = 'queued' AND kind = "
_ENDED = "WHERE member_id = :member AND finished_at IS NOT NULL"
_OTHER = "SELECT id FROM tasks WHERE team_id = :team AND kind <> 'send_connection_request' AND kind = "
_BEFORE = " AND id < :before ORDER BY id DESC LIMIT :window"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What tasks are asked for: all of a team, but for what is named. ``word`` is a key and value of their callers."""

    states: tuple[TaskState, ...] = ()
    kind: Kind | None = None
    member_id: str | None = None
    word: tuple[str, str] | None = None

    @property
    def all_of_a_state(self) -> bool:
        """Whether nothing but the state is asked for."""
        return self.kind is None and self.member_id is None and self.word is None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: its place in the feed, the task it is about, and when it was (milliseconds since 1970)."""

    txid: int
    n: int
    task_id: str | None
    at: int


class Lists:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def window(self, team_id: str, wanted: Wanted, before: str | None) -> list[str]:
        """The next tasks older than an id among which those that are wanted are, the newest first.

        They come by the index that has the fewest besides; fewer than ``LOOKED_THROUGH`` are all there are.
        """
        params: dict[str, Value] = {"team": team_id, "before": before or NEWEST, "window": LOOKED_THROUGH}
        return [row[0] for row in self._rows.all(_source(wanted), params | _fits(wanted)[1])]

    def fitting(self, team_id: str, wanted: Wanted, ids: Sequence[str]) -> set[str]:
        """Those of the tasks that are of the team, are there and are wanted."""
        sql, params = _fits(wanted)
        rows = self._rows.all(
            "SELECT id FROM tasks WHERE id IN $EACH(:ids) AND team_id = :team AND " + sql,
            {"team": team_id, "ids": json.dumps(ids), **params},
        )
        return {row[0] for row in rows}

    # ------------------------------------------------------------------ by what happened

    def happened(self, team_id: str, place: tuple[int, int]) -> list[Happened]:
        """What happened in the team after a place in the feed, oldest first, at most ``LOOKED_THROUGH`` of it.

        As in the feed itself, nothing appears later before what was shown.
        """
        rows = self._rows.all(
            "SELECT txid, n, task_id, at FROM events $IN_ORDER WHERE team_id = :team AND $AFTER(:txid, :n) "
            "AND txid < $OLDEST_OPEN ORDER BY txid, n LIMIT :window",
            {"team": team_id, "txid": place[0], "n": place[1], "window": LOOKED_THROUGH},
        )
        return [Happened(*row) for row in rows]

    def place_before(self, at: int) -> tuple[int, int]:
        """The place in the feed of the last event before this time, where events are kept in the order of their times.

        The very beginning where there is none.
        """
        last = self._rows.one("SELECT n FROM events WHERE n > 0 ORDER BY n DESC LIMIT 1", {})
        low, high = 0, last[0] + 1 if last else 0
        while low < high:
            middle = (low + high) // 2
            row = self._rows.one("SELECT n, at FROM events WHERE n >= :middle ORDER BY n LIMIT 1", {"middle": middle})
            if row is not None and row[1] < at:
                low = row[0] + 1
            else:
                high = middle
        row = self._rows.one("SELECT txid, n FROM events WHERE n < :low ORDER BY n DESC LIMIT 1", {"low": low})
        return (row[0], row[1]) if row else (0, 0)


def _fits(wanted: Wanted) -> tuple[str, dict[str, Value]]:
    """What is asked of a task beside its team, as SQL."""
    asked = [f"kind IN ({_words((wanted.kind,) if wanted.kind else _TOLD)})"]
    params: dict[str, Value] = {}
    if wanted.states:
        asked.append(f"state IN ({_words(wanted.states)})")
    if wanted.member_id is not None:
        asked.append("member_id = :member")
        params["member"] = wanted.member_id
    if wanted.word is not None:
        asked.append(
            "EXISTS (SELECT 1 FROM task_metadata WHERE task_metadata.team_id = :team AND key = :key AND value = :value "
            "AND task_id = tasks.id)"
        )
        params |= {"key": wanted.word[0], "value": wanted.word[1]}
    return " AND ".join(asked), params


def _source(wanted: Wanted) -> str:
    """Where the tasks that may be wanted are found in the order of their ids."""
    if wanted.word is not None:
        return (
            "SELECT task_id AS id FROM task_metadata WHERE team_id = :team AND key = :key AND value = :value "
            "AND task_id < :before ORDER BY task_id DESC LIMIT :window"
        )
    if wanted.kind is not None and wanted.kind is not Kind.INVITE:
        return _OTHER + _words([wanted.kind]) + _BEFORE
    if wanted.member_id is not None:
        return _of_member(wanted)
    return _union([_BY_STATE + _words([state]) for state in wanted.states or TaskState])


def _of_member(wanted: Wanted) -> str:
    """Of one member: what waits, what is in hand (of the team there are few), and what has ended."""
    states, kinds = set(wanted.states or TaskState), (wanted.kind,) if wanted.kind else _TOLD
    parts = []
    if TaskState.QUEUED in states:
        parts += [_WAITING + _words([kind]) for kind in kinds]
    parts += [_BY_STATE + _words([state]) + " AND member_id = :member" for state in _IN_HAND if state in states]
    if states & TERMINAL:
        parts.append(_ENDED)
    return _union(parts)


def _union(parts: Sequence[str]) -> str:
    """The newest of each part, and of those the newest; PostgreSQL before 16 wants names for the parts."""
    newest = [_NEWEST_OF + part + _BEFORE + ") AS part" + str(n) for n, part in enumerate(parts)]
    return "SELECT id FROM (" + " UNION ALL ".join(newest) + ") AS parts ORDER BY id DESC LIMIT :window"


def _words(words: Sequence[str]) -> str:
    return ", ".join("'" + word + "'" for word in words)
