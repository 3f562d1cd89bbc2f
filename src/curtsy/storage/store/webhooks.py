"""Where teams want to be told what happens, and what is on its way there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.storage.rows import Rows, Value

_ENDPOINT = (
    "id, team_id, url, types, payload, secret, old_secret, old_until, txid, n, created_at, delivered_at, "
    "failing_since, off_at, off_because"
)
_MESSAGE = "id, endpoint_id, type, body, created_at, due_at, tries"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to call. ``types`` is a JSON list, None for all; secrets are sealed; times milliseconds since 1970."""

    id: str
    team_id: str
    url: str
    types: str | None
    payload: str
    secret: str
    old_secret: str | None
    old_until: int | None
    txid: int
    n: int
    created_at: int
    delivered_at: int | None
    failing_since: int | None
    off_at: int | None
    off_because: str | None

    @property
    def chosen(self) -> list[str] | None:
        """The types it wants, None for all."""
        return None if self.types is None else list(json.loads(self.types))


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one endpoint."""

    id: str
    endpoint_id: str
    type: str
    body: str
    created_at: int
    due_at: int | None
    tries: int


class Webhooks:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    # ------------------------------------------------------------------ endpoints

    def add(self, endpoint: Endpoint) -> None:
        self._rows.one(
            "INSERT INTO webhook_endpoints (id, team_id, url, types, payload, secret, txid, n, created_at) "
            "VALUES (:id, :team, :url, :types, :payload, :secret, :txid, :n, :now)",
            {
                "id": endpoint.id,
                "team": endpoint.team_id,
                "url": endpoint.url,
                "types": endpoint.types,
                "payload": endpoint.payload,
                "secret": endpoint.secret,
                "txid": endpoint.txid,
                "n": endpoint.n,
                "now": endpoint.created_at,
            },
        )

    def get(self, endpoint_id: str) -> Endpoint | None:
        row = self._rows.one(
            f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE id = :id AND removed_at IS NULL", {"id": endpoint_id}
        )
        return Endpoint(*row) if row else None

    def of_team(self, team_id: str) -> list[Endpoint]:
        """The endpoints of a team, oldest first."""
        rows = self._rows.all(
            f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE team_id = :team AND removed_at IS NULL ORDER BY id",
            {"team": team_id},
        )
        return [Endpoint(*row) for row in rows]

    def reshape(self, endpoint_id: str, *, url: str, types: str | None, payload: str) -> None:
        """Call another address, tell other types, or say more or less."""
        self._rows.one(
            "UPDATE webhook_endpoints SET url = :url, types = :types, payload = :payload WHERE id = :id",
            {"id": endpoint_id, "url": url, "types": types, "payload": payload},
        )

    def switch_off(self, endpoint_id: str, now: int, because: str) -> bool:
        """Tell it nothing for now; False when it was off."""
        return (
            self._rows.changed(
                "UPDATE webhook_endpoints SET off_at = :now, off_because = :because WHERE id = :id AND off_at IS NULL",
                {"id": endpoint_id, "now": now, "because": because},
            )
            == 1
        )

    def switch_on(self, endpoint_id: str) -> None:
        self._rows.one(
            "UPDATE webhook_endpoints SET off_at = NULL, off_because = NULL, failing_since = NULL WHERE id = :id",
            {"id": endpoint_id},
        )

    def seal(self, endpoint_id: str, secret: str, old_secret: str, old_until: int) -> None:
        """Keep another secret, and the one it replaces for a while."""
        self._rows.one(
            "UPDATE webhook_endpoints SET secret = :secret, old_secret = :old, old_until = :until WHERE id = :id",
            {"id": endpoint_id, "secret": secret, "old": old_secret, "until": old_until},
        )

    def remove(self, endpoint_id: str, now: int) -> None:
        self._rows.one("UPDATE webhook_endpoints SET removed_at = :now WHERE id = :id", {"id": endpoint_id, "now": now})

    def works(self, endpoint_id: str, now: int) -> None:
        """It took a message."""
        self._rows.one(
            "UPDATE webhook_endpoints SET delivered_at = :now, failing_since = NULL WHERE id = :id",
            {"id": endpoint_id, "now": now},
        )

    def fails(self, endpoint_id: str, since: int) -> None:
        """It took none; it fails since the first of those."""
        self._rows.one(
            "UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, :since) WHERE id = :id",
            {"id": endpoint_id, "since": since},
        )

    def due(self, endpoint_id: str, now: int) -> bool:
        """Whether a message of this endpoint is due."""
        row = self._rows.one(
            "SELECT 1 FROM webhook_messages WHERE endpoint_id = :id AND due_at <= :now AND taken_until <= :now LIMIT 1",
            {"id": endpoint_id, "now": now},
        )
        return row is not None

    def busy(self, now: int) -> list[tuple[str, str, bool]]:
        """Every endpoint that is on: id, team, and whether it has anything to be told now."""
        rows = self._rows.all(
            "SELECT id, team_id, "
            # Not EXISTS: for the first one in order an index is used, for any one the whole table may be.
            "(SELECT n FROM events $IN_ORDER WHERE events.team_id = webhook_endpoints.team_id "
            "AND $AFTER(webhook_endpoints.txid, webhook_endpoints.n) AND txid < $OLDEST_OPEN "
            "ORDER BY txid, n LIMIT 1) IS NOT NULL "
            "OR EXISTS (SELECT 1 FROM webhook_messages WHERE endpoint_id = webhook_endpoints.id AND due_at <= :now "
            "AND taken_until <= :now) "
            "FROM webhook_endpoints WHERE removed_at IS NULL AND off_at IS NULL",
            {"now": now},
        )
        return [(row[0], row[1], bool(row[2])) for row in rows]

    def advance(self, endpoint: Endpoint, txid: int, n: int) -> bool:
        """Move its place among the events on; False when somebody else has, or it is off."""
        return (
            self._rows.changed(
                "UPDATE webhook_endpoints SET txid = :txid, n = :n WHERE id = :id AND txid = :from_txid "
                "AND n = :from_n AND removed_at IS NULL AND off_at IS NULL",
                {"id": endpoint.id, "from_txid": endpoint.txid, "from_n": endpoint.n, "txid": txid, "n": n},
            )
            == 1
        )

    # ------------------------------------------------------------------ messages

    def put(self, messages: Sequence[dict[str, Value]]) -> None:
        """Put messages in line: id, endpoint, type, event, body, now."""
        if messages:
            self._rows.many(
                "INSERT INTO webhook_messages (id, endpoint_id, type, event_id, body, created_at, due_at) "
                "VALUES (:id, :endpoint, :type, :event, :body, :now, :now)",
                messages,
            )

    def take(self, endpoint_id: str, now: int, until: int, limit: int) -> list[Message]:
        """Take those that are due, the longest due first; nobody else takes them before ``until``."""
        rows = self._rows.all(
            "UPDATE webhook_messages SET taken_until = :until, tries = tries + 1 WHERE due_at <= :now "
            "AND taken_until <= :now AND id IN (SELECT id FROM webhook_messages WHERE endpoint_id = :endpoint "
            f"AND due_at <= :now AND taken_until <= :now ORDER BY due_at LIMIT :limit) RETURNING {_MESSAGE}",
            {"endpoint": endpoint_id, "now": now, "until": until, "limit": limit},
        )
        return sorted((Message(*row) for row in rows), key=lambda message: message.id)

    def settle(self, message_id: str, *, due_at: int | None, delivered_at: int | None) -> None:
        """End a try: due again, or no more."""
        self._rows.one(
            "UPDATE webhook_messages SET due_at = :due, taken_until = 0, "
            "delivered_at = coalesce(:delivered, delivered_at) WHERE id = :id",
            {"id": message_id, "due": due_at, "delivered": delivered_at},
        )

    def message(self, message_id: str) -> Message | None:
        row = self._rows.one(f"SELECT {_MESSAGE} FROM webhook_messages WHERE id = :id", {"id": message_id})
        return Message(*row) if row else None

    def again(self, message_id: str, now: int) -> None:
        """Send a message once more from the beginning of the schedule."""
        self._rows.one(
            "UPDATE webhook_messages SET due_at = :now, tries = 0 WHERE id = :id", {"id": message_id, "now": now}
        )

    def again_made(self, endpoint_id: str, since: int, until: int, now: int) -> int:
        """The same for everything that was put in line in this time; returns how many."""
        return self._rows.changed(
            "UPDATE webhook_messages SET due_at = :now, tries = 0 WHERE endpoint_id = :endpoint "
            "AND created_at >= :since AND created_at < :until",
            {"endpoint": endpoint_id, "since": since, "until": until, "now": now},
        )

    def drop(self, before: int, limit: int) -> int:
        """Drop messages and tries that are older than this, at most so many of each; returns how many."""
        messages = self._rows.changed(
            "DELETE FROM webhook_messages WHERE id IN (SELECT id FROM webhook_messages WHERE created_at < :before "
            "LIMIT :limit)",
            {"before": before, "limit": limit},
        )
        tries = self._rows.changed(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE at < :before "
            "LIMIT :limit)",
            {"before": before, "limit": limit},
        )
        return max(messages, tries)
