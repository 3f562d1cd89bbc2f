"""The few among very many are found by an index of their own, or some short pages later; and a time finds its place."""

from __future__ import annotations

import json

import pytest

from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind, TaskState
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted, accept_many
from curtsy.service.listing import newest
from curtsy.service.pairing import Paired, make_code, pair
from curtsy.storage.database import Database
from curtsy.storage.store import Store
from curtsy.storage.store.lists import LOOKED_THROUGH, Happened, Wanted
from tests.harness.clock import MovableClock
from tests.harness.house import House, found
from tests.storage.filled import fill
from tests.storage.test_growth import ME, Desks

MOST = 3 * LOOKED_THROUGH


@pytest.fixture
def house(database: Database) -> House:
    """A team with a browser, and three reads that wait, with words."""
    desks = Desks(database)
    house = found(desks)
    code = desks.run(make_code, house.team_id, house.admin.id).code
    paired = desks.run(
        pair, code=code, installation_id="here", browser="Chrome", version="0.1.0", linkedin_urn=ME, linkedin_name="Ada"
    )
    assert isinstance(paired, Paired)
    desks.run(ask, house.team_id)
    whose = {"team": house.team_id, "member": house.admin.id, "agent": paired.agent.id, "account": "account"}
    fill(database, MOST, **whose)
    tags = "INSERT INTO task_metadata (team_id, key, value, task_id) SELECT team_id, 'list', 'most', id FROM tasks"
    desks.run(lambda store, _now: store.rows.one(tags, {}))
    return house


def ask(store: Store, now: int, team: str) -> None:
    profiles = [parse_profile(f"person-{n}") for n in range(3)]
    words = json.dumps({"which": "few"})
    asks = [Ask(team, Kind.FETCH_PROFILE, profile, metadata=words) for profile in profiles if profile is not None]
    assert all(isinstance(one, Accepted) for one in accept_many(store, now, asks))


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        (Wanted(word=("which", "few")), 2),
        (Wanted(kind=Kind.FETCH_PROFILE), 2),
        (Wanted((TaskState.QUEUED,), Kind.FETCH_PROFILE), 2),
        (Wanted((TaskState.QUEUED,)), 2),
        (Wanted((TaskState.QUEUED,), word=("list", "most")), 5),
        (Wanted((TaskState.QUEUED,), Kind.FETCH_PROFILE, word=("list", "most")), 5),
    ],
)
@pytest.mark.parametrize("mine", [False, True])
def test_the_few_are_found_within_some_short_pages(
    database: Database, house: House, wanted: Wanted, most: int, mine: bool
) -> None:
    desks, before = Desks(database), None
    asked = Wanted(wanted.states, wanted.kind, house.admin.id if mine else None, wanted.word)
    seen, count = list[str](), 0
    while count == 0 or before is not None:
        page = desks.run(newest, house.team_id, asked, before, 2)
        seen, count, before = seen + [one.task.id for one in page.tasks], count + 1, page.cursor
        assert page.more == (page.cursor is not None)
    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen, reverse=True)
    assert count <= most


def test_every_one_of_very_many_is_shown_once(database: Database, house: House) -> None:
    desks, before, seen = Desks(database), None, list[str]()
    wanted = Wanted((TaskState.COMPLETED,), Kind.INVITE, house.admin.id)
    while True:
        page = desks.run(newest, house.team_id, wanted, before, LOOKED_THROUGH // 2)
        seen, before = seen + [one.task.id for one in page.tasks], page.cursor
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == MOST * 4 // 5


def test_a_time_finds_its_place_among_events(database: Database, clock: MovableClock) -> None:
    desks = Desks(database)
    house = found(desks)
    assert desks.run(after_time, house.team_id, clock()) == []
    times = []
    for number in range(50):
        clock.jump(number * 7 % 5)
        desks.run(tell, house.team_id)
        times.append(clock())
    for at in (times[0] - 1, *times, times[-1] + 1):
        after = desks.run(after_time, house.team_id, at)
        assert [one.at for one in after] == [one for one in times if one >= at]


def after_time(store: Store, _now: int, team: str, at: int) -> list[Happened]:
    return store.lists.happened(team, store.lists.place_before(at))


def tell(store: Store, now: int, team: str) -> None:
    event = {"id": store.new_id(), "team_id": team, "type": "agent.online", "task_id": None, "member_id": None}
    store.events.add_many([{**event, "at": now, "data": "{}"}])
