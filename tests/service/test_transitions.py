"""One event for each move of a task (guarantee, I17): the table itself keeps the book that the events are held against.

Triggers write down every change of a state, whoever makes it. A move that is told twice, or not at all, shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from curtsy.domain.task import ABSENCE_AFTER_MS, ABSENCE_APART_MS, ACTING_BROWSER_GONE_MS, LEASE_MS, MOVES, TaskState
from curtsy.service import restoring, teams
from curtsy.storage.store import Store
from tests.faults.oracle import STATE_AFTER
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky, urn_of
from tests.service.sights import DAY, MINUTE, doubtful, jump, leased, looked, started

BOOK = {
    "sqlite": (
        "CREATE TABLE book (n INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT, was TEXT, became TEXT)",
        "CREATE TRIGGER made AFTER INSERT ON tasks BEGIN "
        "INSERT INTO book (task_id, became) VALUES (NEW.id, NEW.state); END",
        "CREATE TRIGGER moved AFTER UPDATE ON tasks WHEN OLD.state <> NEW.state BEGIN "
        "INSERT INTO book (task_id, was, became) VALUES (NEW.id, OLD.state, NEW.state); END",
    ),
    "postgresql": (
        "CREATE TABLE book (n BIGINT GENERATED ALWAYS AS IDENTITY, task_id TEXT, was TEXT, became TEXT, "
        "txid BIGINT DEFAULT pg_current_xact_id()::text::bigint)",
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'INSERT' THEN INSERT INTO book (task_id, became) VALUES (NEW.id, NEW.state); "
        "ELSIF OLD.state <> NEW.state THEN "
        "INSERT INTO book (task_id, was, became) VALUES (NEW.id, OLD.state, NEW.state); "
        "END IF; RETURN NEW; END $$",
        "CREATE TRIGGER made AFTER INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep()",
    ),
}
S = TaskState
NUMBERS = itertools.count(1)


def cancelled(scene: Scene, task: str) -> None:
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": task}).status == 200


def in_review(scene: Scene) -> str:
    task = doubtful(scene, "sees-a-person").id
    jump(scene, ACTING_BROWSER_GONE_MS + 1)
    return task


def settled(scene: Scene, *, sent: bool) -> None:
    reply = scene.post(f"/v1/tasks/{in_review(scene)}/settle", {"sent": sent, "reason": "I looked there"})
    assert reply.status == 200, reply


# ------------------------------------------------------------------ a story for each move


def queued_is_cancelled(scene: Scene) -> None:
    cancelled(scene, scene.invite("ada"))


def queued_expires(scene: Scene) -> None:
    scene.invite("ada")
    jump(scene, 31 * DAY)


def queued_fails(scene: Scene) -> None:
    scene.invite("ada")
    scene.server.run(teams.leave, scene.house.team_id, scene.house.admin.id, even_last_admin=True)


def leased_is_given_back(scene: Scene) -> None:
    scene.agent.release(leased(scene, "ada"))


def leased_runs_out_three_times(scene: Scene) -> None:
    scene.invite("ada")
    for _ in range(3):
        assert scene.agent.lease() is not None
        jump(scene, LEASE_MS)


def leased_is_read(scene: Scene) -> None:
    scene.post("/linkedin-agent/fetch-profile", {"profile_slug": "ada"})
    assert scene.agent.turn() == "completed"


def leased_fails(scene: Scene) -> None:
    assert scene.agent.start(leased(scene, "ada"), relation="connected").code == "not_connectable"


def leased_is_cancelled(scene: Scene) -> None:
    cancelled(scene, leased(scene, "ada").id)


def leased_is_merged(scene: Scene) -> None:
    scene.invite(urn_of("ada"))
    scene.invite("ada")
    assert [scene.agent.turn(), scene.agent.turn()] == ["completed", "merged"]


def started_completes(scene: Scene) -> None:
    scene.invite("ada")
    assert scene.agent.turn() == "completed"


def started_fails(scene: Scene) -> None:
    assert scene.agent.finish(started(scene, "ada"), "email_required").body["state"] == "failed"


def started_goes_back(scene: Scene) -> None:
    assert scene.agent.finish(started(scene, "ada"), "not_attempted").body["state"] == "queued"


def started_goes_back_and_the_wish_is_granted(scene: Scene) -> None:
    work = started(scene, "ada")
    assert scene.post("/linkedin-agent/cancel-task", {"api_agent_task_id": work.id}).code == "in_flight"
    assert scene.agent.finish(work, "not_attempted").body["state"] == "cancelled"


def started_is_in_doubt(scene: Scene) -> None:
    doubtful(scene, "ada")


def started_runs_out(scene: Scene) -> None:
    started(scene, "ada")
    jump(scene, 150_000)


def unconfirmed_is_found(scene: Scene) -> None:
    doubtful(scene, "ada")
    assert looked(scene.agent, "connected").body["state"] == "completed"


def unconfirmed_is_somebody_elses(scene: Scene) -> None:
    doubtful(scene, "ada")
    seen = {"invitation_sent_ms_ago": DAY, "message_equal": False}
    assert looked(scene.agent, "pending", **seen).body["state"] == "failed"


def unconfirmed_was_not_attempted(scene: Scene) -> None:
    work = started(scene, "ada")
    jump(scene, 150_000)
    assert scene.agent.finish(work, "not_attempted", {"acted": False}).body["state"] == "queued"


def unconfirmed_is_seen_twice_to_be_absent(scene: Scene) -> None:
    scene.server.run(teams.set_absence_requeues, scene.house.team_id, True)
    doubtful(scene, "ada")
    for wait in (ABSENCE_AFTER_MS, ABSENCE_APART_MS + MINUTE):
        jump(scene, wait)
        looked(scene.agent, "absent")


def unconfirmed_needs_a_person(scene: Scene) -> None:
    in_review(scene)


def review_says_sent(scene: Scene) -> None:
    settled(scene, sent=True)


def review_says_not_sent(scene: Scene) -> None:
    settled(scene, sent=False)


STORIES: dict[Callable[[Scene], None], tuple[tuple[S, S], ...]] = {
    queued_is_cancelled: ((S.QUEUED, S.CANCELLED),),
    queued_expires: ((S.QUEUED, S.EXPIRED),),
    queued_fails: ((S.QUEUED, S.FAILED),),
    leased_is_given_back: ((S.QUEUED, S.LEASED), (S.LEASED, S.QUEUED)),
    leased_runs_out_three_times: ((S.LEASED, S.QUEUED), (S.LEASED, S.FAILED)),
    leased_is_read: ((S.LEASED, S.COMPLETED),),
    leased_fails: ((S.LEASED, S.FAILED),),
    leased_is_cancelled: ((S.LEASED, S.CANCELLED),),
    leased_is_merged: ((S.LEASED, S.MERGED),),
    started_completes: ((S.LEASED, S.STARTED), (S.STARTED, S.COMPLETED)),
    started_fails: ((S.STARTED, S.FAILED),),
    started_goes_back: ((S.STARTED, S.QUEUED),),
    started_goes_back_and_the_wish_is_granted: ((S.STARTED, S.QUEUED), (S.QUEUED, S.CANCELLED)),
    started_is_in_doubt: ((S.STARTED, S.UNCONFIRMED),),
    started_runs_out: ((S.STARTED, S.UNCONFIRMED),),
    unconfirmed_is_found: ((S.UNCONFIRMED, S.COMPLETED),),
    unconfirmed_is_somebody_elses: ((S.UNCONFIRMED, S.FAILED),),
    unconfirmed_was_not_attempted: ((S.UNCONFIRMED, S.QUEUED),),
    unconfirmed_is_seen_twice_to_be_absent: ((S.UNCONFIRMED, S.QUEUED),),
    unconfirmed_needs_a_person: ((S.UNCONFIRMED, S.NEEDS_REVIEW),),
    review_says_sent: ((S.NEEDS_REVIEW, S.COMPLETED),),
    review_says_not_sent: ((S.NEEDS_REVIEW, S.FAILED),),
}
"""Every story, and the moves it is told for."""


def keep_a_book(store: Store, _now: int, sql: str) -> None:
    store.rows.one(sql, {})


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A server of its own: the book is kept of everything that is done to its tasks."""
    with quick_folder() as folder, served(folder, stands=True) as server:
        for sql in BOOK[server.database.kind]:
            server.run(keep_a_book, sql)
        yield server


@pytest.fixture
def scene(server: Served) -> Iterator[Scene]:
    made = set_scene(server, Sky(server.clock), name=f"Moves {next(NUMBERS)}")
    try:
        yield made
    finally:
        made.close()


Moves = list[tuple[str, S | None, S]]


def booked(store: Store, _now: int, team_id: str) -> Moves:
    """What became of the team's tasks, by the book."""
    rows = store.rows.all(
        "SELECT task_id, was, became FROM book JOIN tasks ON tasks.id = task_id WHERE team_id = :team ORDER BY n",
        {"team": team_id},
    )
    return [(task, None if was is None else S(was), S(became)) for task, was, became in rows]


def told(store: Store, _now: int, team_id: str) -> Moves:
    """The same, by the events."""
    at: dict[str, S] = {}
    moves: Moves = []
    for task, kind in store.rows.all(
        "SELECT task_id, type FROM events WHERE team_id = :team AND task_id IS NOT NULL ORDER BY n", {"team": team_id}
    ):
        moves.append((task, at.get(task), STATE_AFTER[kind]))
        at[task] = STATE_AFTER[kind]
    return moves


def apart(store: Store, _now: int) -> list[object]:
    """Events and moves whose transactions differ, where transactions have numbers."""
    rows = store.rows.all(
        "SELECT moves.task_id, moves.txid, telling.txid FROM "
        "(SELECT task_id, txid, row_number() OVER (PARTITION BY task_id ORDER BY n) AS step FROM book) AS moves JOIN "
        "(SELECT task_id, txid, row_number() OVER (PARTITION BY task_id ORDER BY n) AS step FROM events) AS telling "
        "ON telling.task_id = moves.task_id AND telling.step = moves.step WHERE moves.txid <> telling.txid",
        {},
    )
    return [*rows]


def test_the_stories_leave_no_move_out() -> None:
    assert {move for moves in STORIES.values() for move in moves} == {(at, to) for at in MOVES for to in MOVES[at]}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_each_move_is_told_once(scene: Scene, story: Callable[[Scene], None]) -> None:
    story(scene)
    moves = scene.server.run(booked, scene.house.team_id)
    assert scene.server.run(told, scene.house.team_id) == moves
    assert set(STORIES[story]) <= {(was, became) for _, was, became in moves}
    assert all(became in MOVES[was] for _, was, became in moves if was is not None)


@pytest.mark.postgresql
def test_each_move_is_told_in_its_own_transaction(scene: Scene) -> None:
    for story in (leased_is_cancelled, started_completes):
        story(scene)
    assert len(scene.server.run(told, scene.house.team_id)) == 7
    assert scene.server.run(apart) == []


def test_a_restore_tells_once_of_each_task_it_moves(scene: Scene) -> None:
    """After it what is open may be in doubt from any state."""
    leased(scene, "in-hand")
    scene.invite("waits")
    before = len(scene.server.run(told, scene.house.team_id))
    scene.server.run(restoring.begin_again)
    moves = scene.server.run(booked, scene.house.team_id)
    assert scene.server.run(told, scene.house.team_id) == moves
    assert {move[1:] for move in moves[before:]} == {(S.LEASED, S.UNCONFIRMED), (S.QUEUED, S.UNCONFIRMED)}
