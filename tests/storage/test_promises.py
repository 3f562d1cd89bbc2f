"""The promises that the table itself keeps: one open or sent task a person, one task in hand a LinkedIn account."""

import asyncio
from collections.abc import Sequence

import apsw
import pytest

from curtsy.domain.errors import Refusal, TryAgain
from curtsy.domain.task import Kind, Task, TaskState
from curtsy.storage.database import Database
from curtsy.storage.store import Store


def made(store: Store, now: int, key: str = "ACoAAB1", kind: Kind = Kind.INVITE, member: str = "m") -> str | None:
    """A new task for a person; None when one stands."""
    task_id = store.new_id()
    row = {
        "id": task_id, "team_id": "t", "member_id": member, "kind": kind, "profile_key": key, "profile_urn": None,
        "profile_slug": key, "note": None, "now": now, "not_before": now,
        "expires_at": now + 1000, "metadata": None, "note_wish": "require", "question": None,
    }  # fmt: skip
    return task_id if store.tasks.add([row]) else None


def test_of_sixty_four_equal_asks_at_once_one_makes_a_task(database: Database) -> None:
    def batch(store: Store, now: int, asks: Sequence[str]) -> Sequence[str | Refusal]:
        return [made(store, now, key) or "stood" for key in asks]

    async def crowd() -> list[str]:
        many = [database.run_batched(batch, "ACoAAB1") for _ in range(32)]
        return [str(one) for one in await asyncio.gather(*many, *(database.run(made) for _ in range(32)))]

    answers = asyncio.run(crowd())
    assert sum(answer not in {"stood", "None"} for answer in answers) == 1
    assert database.run_now(count) == 1


def count(store: Store, _now: int) -> int:
    row = store.rows.one("SELECT count(*) FROM tasks", {})
    assert row is not None
    return int(row[0])


def test_another_person_kind_or_member_is_another_task(database: Database) -> None:
    assert database.run_now(made)
    assert database.run_now(made, "ACoAAB2")
    assert database.run_now(made, "ACoAAB1", Kind.FETCH_PROFILE)
    assert database.run_now(made, "ACoAAB1", Kind.INVITE, "n")


@pytest.mark.parametrize(
    ("end", "holds", "again"),
    [(TaskState.COMPLETED, True, False), (TaskState.FAILED, False, True), (TaskState.EXPIRED, False, True)],
)
def test_a_sent_task_still_holds_the_person(database: Database, end: TaskState, holds: bool, again: bool) -> None:
    first = database.run_now(made)
    assert first is not None

    def over(store: Store, now: int) -> None:
        task = store.tasks.get(first)
        assert task is not None
        assert store.tasks.end(task, end, now, holds=holds)

    database.run_now(over)
    assert (database.run_now(made) is not None) == again


def taken(store: Store, now: int, task_id: str, account: str = "a", lease: str = "l1") -> bool:
    task = store.tasks.get(task_id)
    assert task is not None
    return store.leases.take(task, lease=lease, agent="g", account=account, until=now + 60_000, now=now) is not None


def test_an_account_has_one_task_in_hand(database: Database) -> None:
    one, two = database.run_now(made), database.run_now(made, "ACoAAB2")
    assert one is not None
    assert two is not None
    assert database.run_now(taken, one)
    assert not database.run_now(taken, two, "a", "l2")
    assert not database.run_now(taken, one, "b", "l3")
    assert database.run_now(taken, two, "b", "l4")
    with pytest.raises((apsw.ConstraintError, TryAgain)):
        database.run_now(
            lambda store, _now: store.rows.one("UPDATE tasks SET account_in_hand = 'a' WHERE id = :id", {"id": two})
        )


def test_a_change_names_the_holder(database: Database) -> None:
    """A task read before somebody else changed it can no longer be ended, given back, looked at or reviewed."""
    task_id = database.run_now(made)
    assert task_id is not None
    stale = database.run_now(lambda store, _now: store.tasks.get(task_id))
    assert stale is not None
    assert database.run_now(taken, task_id)
    for change in (
        lambda store, now: store.tasks.end(stale, TaskState.CANCELLED, now),
        lambda store, now: store.leases.requeue(stale, now),
        lambda store, now: store.leases.doubt(stale, now),
        lambda store, now: store.leases.review(stale, now),
        lambda store, now: store.leases.looked(stale, look_at=now, absent_at=None),
    ):
        assert database.run_now(change) is None
    kept = database.run_now(lambda store, _now: store.tasks.get(task_id))
    assert kept is not None
    assert kept.state is TaskState.LEASED


def held(store: Store, _now: int, task_id: str) -> Task:
    """The task as it is now."""
    task = store.tasks.get(task_id)
    assert task is not None
    return task


def test_a_change_names_the_lease_when_the_state_is_the_same(database: Database) -> None:
    task_id = database.run_now(made)
    assert task_id is not None
    assert database.run_now(taken, task_id, "a", "l1")
    stale = database.run_now(held, task_id)
    database.run_now(lambda store, now: store.leases.requeue(stale, now))
    assert database.run_now(taken, task_id, "a", "l2")
    assert database.run_now(lambda store, now: store.tasks.end(stale, TaskState.FAILED, now)) is None
    assert database.run_now(lambda store, now: store.leases.requeue(stale, now)) is None


def test_a_change_names_the_state_when_the_lease_is_the_same(database: Database) -> None:
    task_id = database.run_now(made)
    assert task_id is not None
    assert database.run_now(taken, task_id, "a", "l1")
    stale = database.run_now(held, task_id)

    def begin(store: Store, now: int) -> Task | None:
        return store.leases.start(
            stale, lease="l1", agent="g", boot="b", installation="i", key="k", urn="u", until=now + 1, now=now
        )

    assert database.run_now(begin)
    assert database.run_now(begin) is None
    assert database.run_now(lambda store, now: store.tasks.end(stale, TaskState.FAILED, now)) is None
    assert database.run_now(lambda store, now: store.leases.requeue(stale, now)) is None
