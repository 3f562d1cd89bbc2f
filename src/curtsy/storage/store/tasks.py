"""Tasks: making them, finding them, ending them. The agent's side of their life is in ``leases``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from curtsy.domain.member import LINKEDINS
from curtsy.domain.task import UNTOLD, Kind, Task, TaskState
from curtsy.domain.wishes import NoteWish
from curtsy.storage.rows import Row, Rows, Value

COLUMNS = (
    "id, team_id, member_id, kind, state, note_wish, profile_key, profile_urn, profile_slug, note, created_at, "
    "updated_at, not_before, expires_at, started_at, finished_at, attempts, acts, fruitless, lease_id, lease_agent, "
    "lease_until, "
    "lease_purpose, act_lease, act_boot, act_installation, act_agent, cancel_wanted, look_at, absent_at, doubt_since, "
    "output, code, error, same_as, resolved_urn, metadata, question, approved_at"
)
_SELECT = f"SELECT {COLUMNS} FROM tasks "
# The state is part of the text: it is a word of ours, and the database knows how many tasks are in it.
_NEWEST_OF = "SELECT id FROM (SELECT id FROM tasks $BY_STATE WHERE team_id = :team AND id < :before AND state = "
_SOME_OF = "SELECT count(*) FROM (SELECT id FROM tasks $BY_STATE WHERE team_id = :team AND state = "
_UNTOLD = " AND kind NOT IN ('check_invitations', 'read_person')"
"""Of what nobody is told only what waits or is in hand is there."""
_FIRST = " ORDER BY id DESC LIMIT :limit) AS "

NEWEST = "g"
"""Every id comes before it."""
MOST_COUNTED = 1_000
"""Nobody waits while more than these are counted."""


class Standing(NamedTuple):
    """The open or sent task for a person; when it was ``pruned`` or wiped its note is no longer known."""

    task_id: str
    note: str | None
    pruned: int

    def differs(self, note: str | None) -> bool:
        """Whether its note is known to be another one."""
        return not self.pruned and self.note != note


# A look into a dictionary costs a third of calling an enumeration, and every status is one of a task.
_KINDS = {str(kind): kind for kind in Kind}
_STATES = {str(state): state for state in TaskState}
_WISHES = {str(wish): wish for wish in NoteWish}


def as_task(row: Row) -> Task:
    """A row in the order of COLUMNS."""
    return Task(row[0], row[1], row[2], _KINDS[row[3]], _STATES[row[4]], _WISHES[row[5]], *row[6:])


def _in(state: TaskState) -> str:
    """The state, and what callers are told of it."""
    return f"'{state}'" + (_UNTOLD if state in (TaskState.QUEUED, TaskState.LEASED) else "")


class Tasks:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, tasks: Sequence[Mapping[str, Value]]) -> set[str]:
        """Make queued tasks; the ids of those made: none is where an open or sent one for the same person stands.

        The index decides. Two processes that add the same people in the same order wait for each other in turn.
        """
        written = self._rows.many(
            "INSERT INTO tasks (id, team_id, member_id, kind, state, profile_key, profile_urn, profile_slug, note, "
            "holds_person, created_at, updated_at, not_before, expires_at, metadata, note_wish, question) "
            "VALUES (:id, :team_id, :member_id, :kind, 'queued', :profile_key, :profile_urn, :profile_slug, :note, "
            "1, :now, :now, :not_before, :expires_at, :metadata, :note_wish, :question) ON CONFLICT DO NOTHING",
            tasks,
        )
        made = {str(task["id"]) for task in tasks}
        if written < len(made):
            asked = {"ids": json.dumps(sorted(made))}
            made = {row[0] for row in self._rows.all("SELECT id FROM tasks WHERE id IN $EACH(:ids)", asked)}
        return made

    def tag(self, pairs: Sequence[Mapping[str, Value]]) -> None:
        """Make tasks found by the words of their callers: team, key, value, task."""
        if pairs:
            self._rows.many(
                "INSERT INTO task_metadata (team_id, key, value, task_id) VALUES (:team, :key, :value, :task)", pairs
            )

    def drop_note(self, task_id: str) -> None:
        """The next act is made without the note."""
        self._rows.one("UPDATE tasks SET note_wish = 'dropped' WHERE id = :id", {"id": task_id})

    def get(self, task_id: str) -> Task | None:
        row = self._rows.one(_SELECT + "WHERE id = :id", {"id": task_id})
        return as_task(row) if row else None

    def saw(self, task_id: str, profile_id: str, name: str) -> None:
        """Keep with a task who its person was read to be."""
        self._rows.one(
            "UPDATE tasks SET seen_id = :seen, seen_slug = :name WHERE id = :id",
            {"id": task_id, "seen": profile_id, "name": name},
        )

    def of_ids(self, task_ids: Collection[str]) -> list[Task]:
        """Those of the tasks that are there, newest first."""
        rows = self._rows.all(
            _SELECT + "WHERE id IN $EACH(:ids) ORDER BY id DESC", {"ids": json.dumps(sorted(task_ids))}
        )
        return [as_task(row) for row in rows]

    def of_team(self, team_id: str, task_id: str) -> Task | None:
        """A task, unless it is another team's."""
        task = self.get(task_id)
        return task if task is not None and task.team_id == team_id and task.kind not in UNTOLD else None

    def holding(self, member_id: str, kind: Kind, profile_key: str) -> Task | None:
        """The open or sent task for this person."""
        row = self._rows.one(
            _SELECT + "WHERE member_id = :member AND kind = :kind AND profile_key = :key AND holds_person = 1",
            {"member": member_id, "kind": kind, "key": profile_key},
        )
        return as_task(row) if row else None

    def standing(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, Kind, str], Standing]:
        """Open or sent tasks of members for people, by member, kind and person."""
        rows = self._rows.all(
            "SELECT member_id, kind, profile_key, id, note, pruned + wiped FROM tasks "
            "WHERE (member_id, profile_key) IN $PAIRS(:asked) AND kind IN $EACH(:kinds) AND holds_person = 1",
            {"asked": json.dumps(asked), "kinds": json.dumps([*Kind])},
        )
        return {(row[0], Kind(row[1]), row[2]): Standing(*row[3:]) for row in rows}

    def newest(self, team_id: str, *, before: str | None, limit: int, states: Sequence[TaskState] = ()) -> list[Task]:
        """Tasks of a team in one of the states (of any without), newest first, older than the id ``before``.

        The newest of each state, and of those the newest: what is in another state is never looked at.
        """
        newest = " UNION ALL ".join(_NEWEST_OF + _in(state) + _FIRST + state for state in states or TaskState)
        rows = self._rows.all(
            _SELECT + "WHERE id IN (SELECT id FROM (" + newest + ") AS newest ORDER BY id DESC LIMIT :limit) "
            "ORDER BY id DESC",
            {"team": team_id, "before": before or NEWEST, "limit": limit},
        )
        return [as_task(row) for row in rows]

    def before_act(self, team_id: str, keys: Collection[str]) -> list[Task]:
        """A team's invitations of the person known by these keys that were not started, in the order of their ids."""
        rows = self._rows.all(
            _SELECT + "WHERE member_id IN (SELECT id FROM members WHERE team_id = :team) "
            "AND kind = 'send_connection_request' AND profile_key IN $EACH(:keys) AND holds_person = 1 "
            "AND state IN ('queued', 'leased') ORDER BY id",
            {"team": team_id, "keys": json.dumps(sorted(keys))},
        )
        return [as_task(row) for row in rows]

    def acting_for(self, people: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
        """Who is inviting these people, or may have: team, person's key, member; a pair begins with the team."""
        rows = self._rows.all(
            "SELECT team_id, profile_key, member_id FROM tasks WHERE (team_id, profile_key) IN $PAIRS(:people) "
            "AND kind = 'send_connection_request' AND state IN ('started', 'unconfirmed', 'needs_review') "
            "AND holds_person = 1",
            {"people": json.dumps(people)},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def queue_of(self, member_id: str) -> list[Task]:
        """Everything of a member that waits or is in the hands of a browser before its start."""
        rows = self._rows.all(
            _SELECT + "WHERE member_id = :member AND state = 'queued' "
            f"UNION ALL {_SELECT}WHERE member_id = :member AND state = 'leased' AND lease_id IS NOT NULL",
            {"member": member_id},
        )
        return [as_task(row) for row in rows]

    def waiting_for_removed(self, since: int, limit: int) -> list[str]:
        """Members who were removed after then and for whom tasks wait all the same."""
        rows = self._rows.all(
            "SELECT id FROM members WHERE removed_at > :since AND EXISTS "
            "(SELECT 1 FROM tasks WHERE member_id = members.id AND state = 'queued') LIMIT :limit",
            {"since": since, "limit": limit},
        )
        return [row[0] for row in rows]

    def drop(self, task: Task) -> None:
        """Keep nothing of a task that nobody but we asked for."""
        for table in ("evidence", "attempts"):
            self._rows.one("DELETE FROM " + table + " WHERE task_id = :id", {"id": task.id})
        self._rows.one("DELETE FROM tasks WHERE id = :id", {"id": task.id})

    def let_go(self, task_id: str, now: int) -> None:
        """A sent task no longer guards its person; if that is all it was kept for, it goes with the next that go."""
        self._rows.one(
            "UPDATE tasks SET holds_person = 0, pruned = 0, updated_at = :now WHERE id = :id",
            {"id": task_id, "now": now},
        )

    # ------------------------------------------------------------------ compare and set

    def end(self, task: Task, state: TaskState, now: int, *, holds: bool = False, **said: Value) -> Task | None:
        """Give a task its terminal state, if nobody changed it since; ``holds`` when it still guards the person."""
        changes: dict[str, Value] = {"output": None, "code": None, "error": None, "same_as": None, **said}
        row = self._rows.one(
            "UPDATE tasks SET state = :to, holds_person = :holds, finished_at = :now, updated_at = :now, "
            "output = :output, code = :code, error = :error, same_as = :same_as, lease_id = NULL, lease_agent = NULL, "
            "lease_until = NULL, lease_purpose = NULL, account_in_hand = NULL, look_at = NULL "
            "WHERE id = :id AND state = :from AND lease_id IS NOT DISTINCT FROM :lease "
            f"RETURNING {COLUMNS}",
            {"id": task.id, "from": task.state, "lease": task.lease_id, "to": state, "holds": int(holds), "now": now}
            | changes,
        )
        return as_task(row) if row else None

    def expire_later(self, member_id: str, since: int, until: int) -> None:
        """Give a member's waiting tasks back the time between the two, as far as they were there."""
        self._rows.one(
            "UPDATE tasks SET expires_at = expires_at + :until - CASE WHEN created_at > :since THEN created_at "
            "ELSE :since END WHERE member_id = :member AND state = 'queued' AND created_at < :until",
            {"member": member_id, "since": since, "until": until},
        )

    def touch(self, task_id: str, now: int) -> None:
        """What is told of a task has changed."""
        self._rows.one("UPDATE tasks SET updated_at = :now WHERE id = :id", {"id": task_id, "now": now})

    def ended_of(self, task_ids: Collection[str]) -> set[str]:
        """Those of the tasks that have ended."""
        rows = self._rows.all(
            "SELECT id FROM tasks WHERE id IN $EACH(:ids) AND finished_at IS NOT NULL",
            {"ids": json.dumps(sorted(task_ids))},
        )
        return {row[0] for row in rows}

    def wish_cancelled(self, task: Task, now: int) -> None:
        """Keep the caller's wish on a task that can no longer be cancelled: it stops any second act."""
        self._rows.one(
            "UPDATE tasks SET cancel_wanted = 1 WHERE id = :id AND state = :from", {"id": task.id, "from": task.state}
        )

    def expired(self, now: int, limit: int) -> list[Task]:
        """Queued tasks past their time."""
        rows = self._rows.all(
            _SELECT + "WHERE state = 'queued' AND expires_at <= :now AND NOT EXISTS (SELECT 1 FROM pauses "
            "WHERE pauses.member_id = tasks.member_id AND lifted_at IS NULL AND cause IN $EACH(:causes)) LIMIT :limit",
            {"now": now, "limit": limit, "causes": json.dumps(sorted(LINKEDINS))},
        )
        return [as_task(row) for row in rows]

    def counts(self, team_id: str) -> dict[TaskState, int]:
        """How many tasks of a team are in each state; ``MOST_COUNTED`` stands for any number from there."""
        counted: dict[TaskState, int] = {}
        for state in TaskState:
            some = _SOME_OF + _in(state) + _FIRST + "counted"
            row = self._rows.one(some, {"team": team_id, "limit": MOST_COUNTED})
            counted[state] = int(row[0]) if row else 0
        return counted
