"""A profile that was read lately answers again: LinkedIn is read sparingly."""

from __future__ import annotations

import json
from collections.abc import Sequence

from curtsy.domain.errors import Refusal
from curtsy.domain.profile import profile_id
from curtsy.domain.reading import FRESH_MS
from curtsy.domain.task import Kind
from curtsy.service.gate import Ask, Passed
from curtsy.storage.store import Store


def read_lately(
    store: Store, now: int, asks: Sequence[Ask], passed: Sequence[Passed | Refusal]
) -> dict[tuple[str, str], str]:
    """For each member and person whose profile is asked for and known: the task that read it.

    Not where something was done to that person since, in the member's name: the relationship is another then.
    """
    wanted = [
        (gate.member_id, gate.key)
        for ask, gate in zip(asks, passed, strict=True)
        if ask.kind is Kind.FETCH_PROFILE and not isinstance(gate, Refusal)
    ]
    found = store.readings.lately(wanted, now - FRESH_MS) if wanted else {}
    if not found:
        return {}
    # The person may since be known by the id that an act or another reading found.
    names = store.people.ids_of([(ask.team_id, ask.profile.slug) for ask in asks if ask.profile.slug], 0)
    ids = {slug: known for (_team, slug), known in names.items()}
    return {
        (member_id, key): reading.task_id
        for (member_id, key), reading in found.items()
        if not store.readings.acted_since(
            member_id, [key, *_ids(reading.output), *([ids[key]] if key in ids else [])], reading.finished_at
        )
    }


def _ids(output: str | None) -> list[str]:
    """The profile id that a reading found."""
    said = json.loads(output) if output else None
    urn = said.get("profile_urn") if isinstance(said, dict) else None
    found = profile_id(urn) if isinstance(urn, str) else None
    return [] if found is None else [found]
