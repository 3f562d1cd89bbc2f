"""Very much that happens in a team and means nothing, so that what is looked for stands among it."""

import json

from curtsy.service import events
from curtsy.storage.store import Store


def noise(store: Store, now: int, team_id: str, count: int, size: int = 0) -> None:
    """Let so much happen, each with so many characters to tell."""
    data = json.dumps({"endpoint_id": "x" * size})
    told = {"team_id": team_id, "type": "webhook.switched_off", "task_id": None, "member_id": None, "at": now}
    events.record(store, [{"id": store.new_id(), "data": data, **told} for _ in range(count)])
