"""Where teams want to be told what happens, and how far they have been told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.storage.rows import Rows

_ENDPOINT = (
    "id, team_id, url, types, payload, secret, old_secret, old_until, txid, n, created_at, delivered_at, "
    "failing_since, off_at, off_because, quiet_until, older_secrets"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to call. ``types`` is a JSON list, None for all; secrets are sealed; times milliseconds since 1970.

    ``txid`` and ``n`` are the place among the events up to which it was put in line for; it is told nothing before
    ``quiet_until``.
    """

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
    delivered_at: int | None = None
    failing_since: int | None = None
    off_at: int | None = None
    off_because: str | None = None
    quiet_until: int | None = None
    older_secrets: str | None = None

    def replaced(self, now: int) -> list[tuple[str, int]]:
        """The secrets that were replaced and sign still, and until when, the newest first."""
        old = [] if self.old_secret is None else [(self.old_secret, self.old_until or 0)]
        old += [(secret, until) for secret, until in json.loads(self.older_secrets or "[]")]
        return [(secret, until) for secret, until in old if until > now]

    @property
    def chosen(self) -> list[str] | None:
        """The types it wants, None for all."""
        return None if self.types is None else list(json.loads(self.types))


class Webhooks:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

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

    def there_was(self, endpoint_id: str) -> bool:
        """Whether there is an endpoint of this id, or was one."""
        return self._rows.one("SELECT 1 FROM webhook_endpoints WHERE id = :id", {"id": endpoint_id}) is not None

    def of_team(self, team_id: str) -> list[Endpoint]:
        """The endpoints of a team, oldest first."""
        rows = self._rows.all(
            f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE team_id = :team AND removed_at IS NULL ORDER BY id",
            {"team": team_id},
        )
        return [Endpoint(*row) for row in rows]

    def all(self) -> list[Endpoint]:
        """Every endpoint of the server."""
        rows = self._rows.all(f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE removed_at IS NULL ORDER BY id", {})
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
            "UPDATE webhook_endpoints SET off_at = NULL, off_because = NULL, failing_since = NULL, quiet_until = NULL "
            "WHERE id = :id",
            {"id": endpoint_id},
        )

    def be_quiet(self, endpoint_id: str, until: int | None) -> None:
        """Tell it nothing before then; None is at once again."""
        self._rows.one(
            "UPDATE webhook_endpoints SET quiet_until = :until WHERE id = :id", {"id": endpoint_id, "until": until}
        )

    def seal(self, endpoint_id: str, secret: str, old: tuple[str, int], older: Sequence[tuple[str, int]]) -> None:
        """Keep another secret, the one it replaces for a while, and those before that for what is left of theirs."""
        self._rows.one(
            "UPDATE webhook_endpoints SET secret = :secret, old_secret = :old, old_until = :until, "
            "older_secrets = :older WHERE id = :id",
            {"id": endpoint_id, "secret": secret, "old": old[0], "until": old[1], "older": json.dumps(older)},
        )

    def remove(self, endpoint_id: str, now: int) -> None:
        self._rows.one("UPDATE webhook_endpoints SET removed_at = :now WHERE id = :id", {"id": endpoint_id, "now": now})

    def work(self, endpoint_ids: Sequence[str], now: int) -> None:
        """They took a message."""
        self._rows.one(
            "UPDATE webhook_endpoints SET delivered_at = :now, failing_since = NULL WHERE id IN $EACH(:ids)",
            {"ids": json.dumps(endpoint_ids), "now": now},
        )

    def fails(self, endpoint_id: str, since: int) -> None:
        """It took none; it fails since the first of those."""
        self._rows.one(
            "UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, :since) WHERE id = :id",
            {"id": endpoint_id, "since": since},
        )

    def busy(self, now: int) -> list[tuple[str, str, bool]]:
        """Every endpoint that is on: id, team, and whether it has anything to be told now."""
        rows = self._rows.all(
            "SELECT id, team_id, coalesce(quiet_until, 0) <= :now AND ("
            # Not EXISTS: for the first one in order an index is used, for any one the whole table may be.
            "(SELECT n FROM events $IN_ORDER WHERE events.team_id = webhook_endpoints.team_id "
            "AND $AFTER(webhook_endpoints.txid, webhook_endpoints.n) AND txid < $OLDEST_OPEN "
            "ORDER BY txid, n LIMIT 1) IS NOT NULL "
            "OR (SELECT due_at FROM webhook_messages WHERE endpoint_id = webhook_endpoints.id AND due_at <= :now "
            "AND taken_until <= :now ORDER BY due_at LIMIT 1) IS NOT NULL) FROM webhook_endpoints "
            "WHERE removed_at IS NULL AND off_at IS NULL",
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

    def go_back(self, endpoint_id: str, txid: int, n: int) -> None:
        """Move its place among the events back, never on."""
        self._rows.one(
            "UPDATE webhook_endpoints SET txid = :txid, n = :n WHERE id = :id AND (txid, n) > (:txid, :n)",
            {"id": endpoint_id, "txid": txid, "n": n},
        )
