"""What is void by its age goes by itself, and nothing else with it."""

from __future__ import annotations

from curtsy.domain.member import DAY_MS
from curtsy.storage.store import Store
from tests.harness.scene import Scene
from tests.service.sights import jump


def test_names_and_waits_are_kept_for_as_long_as_they_count(scene: Scene) -> None:
    team, member = scene.house.team_id, scene.house.admin.id

    def learn(store: Store, now: int) -> None:
        store.people.knows(team, {"old-name": "ACoAABold"}, now)
        for key, days in (("ACoAABlong", 40), ("ACoAABshort", 1)):
            store.people.cool_down(member, key, None, None, reason="withdrawn", now=now, until=now + days * DAY_MS)

    def kept(store: Store, now: int) -> tuple[list[str], list[str]]:
        names = store.rows.all("SELECT name FROM known_names WHERE team_id = :team ORDER BY name", {"team": team})
        waits = store.rows.all(
            "SELECT profile_key FROM cooldowns WHERE member_id = :member ORDER BY profile_key", {"member": member}
        )
        return [row[0] for row in names], [row[0] for row in waits]

    scene.server.run(learn)
    jump(scene, 2 * DAY_MS)
    scene.server.run(lambda store, now: store.people.knows(team, {"new-name": "ACoAABnew"}, now))
    assert scene.server.run(kept) == (["new-name", "old-name"], ["ACoAABlong"])
    jump(scene, 29 * DAY_MS)
    assert scene.server.run(kept) == (["new-name"], ["ACoAABlong"])
