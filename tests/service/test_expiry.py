"""The time of a task: it ends what waited too long, and stands still while LinkedIn keeps the member from acting."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from curtsy.domain.member import Cause
from curtsy.service import pauses
from tests.harness.scene import Scene
from tests.service.sights import HOUR, MINUTE, events, jump, row, state


def until(scene: Scene, ms: int) -> str:
    """A time so far from the server's now."""
    now = scene.server.run(lambda _store, now: now)
    return datetime.fromtimestamp((now + ms) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_waited_too_long_ends(scene: Scene) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    jump(scene, HOUR + MINUTE)
    assert (state(scene, task), events(scene, task)) == ("expired", ["created", "expired"])


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.INVITATION_LIMIT])
def test_time_under_a_pause_of_linkedins_does_not_count(scene: Scene, cause: Cause) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    jump(scene, 30 * MINUTE)
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, cause, 6 * HOUR)
    before = row(scene, task).expires_at
    jump(scene, 5 * HOUR)
    assert state(scene, task) == "queued"
    jump(scene, HOUR + MINUTE)
    assert state(scene, task) == "queued"
    assert row(scene, task).expires_at - before >= 6 * HOUR
    jump(scene, 31 * MINUTE)
    assert state(scene, task) == "expired"


def test_a_pause_that_the_member_ends_gives_the_time_back_too(scene: Scene) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.CHALLENGE)
    jump(scene, 3 * HOUR)
    assert state(scene, task) == "queued"
    scene.agent.resume()
    assert row(scene, task).expires_at >= row(scene, task).created_at + 4 * HOUR - MINUTE


@pytest.mark.parametrize("slowed", [3 * HOUR, HOUR], ids=["one after the other", "one within the other"])
def test_time_under_two_pauses_at_once_is_given_back_once(scene: Scene, slowed: int) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    before, house = row(scene, task).expires_at, scene.house
    first, second = (Cause.THROTTLED, Cause.CHALLENGE) if slowed > HOUR else (Cause.CHALLENGE, Cause.THROTTLED)
    scene.server.run(pauses.pause, house.team_id, house.admin.id, first, slowed)
    jump(scene, 2 * HOUR)
    scene.server.run(pauses.pause, house.team_id, house.admin.id, second, slowed)
    later = scene.invite("ben", expires_at=until(scene, HOUR))
    standing = row(scene, later).expires_at
    jump(scene, 3 * HOUR)
    scene.agent.resume()
    assert 5 * HOUR <= row(scene, task).expires_at - before <= 5 * HOUR + MINUTE
    assert 3 * HOUR <= row(scene, later).expires_at - standing <= 3 * HOUR + MINUTE


@pytest.mark.parametrize("cause", [Cause.SIGNED_OUT, Cause.WRONG_MEMBER, Cause.DOUBT])
def test_time_under_what_the_member_can_end_counts(scene: Scene, cause: Cause) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, cause)
    jump(scene, HOUR + MINUTE)
    assert state(scene, task) == "expired"


def test_the_hold_on_notes_stops_nothing(scene: Scene) -> None:
    task = scene.invite("ada", expires_at=until(scene, HOUR))
    house = scene.house
    scene.server.run(pauses.pause, house.team_id, house.admin.id, Cause.NOTE_LIMIT)
    jump(scene, HOUR + MINUTE)
    assert state(scene, task) == "expired"
