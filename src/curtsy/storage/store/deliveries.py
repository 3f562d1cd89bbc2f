"""Every try to tell an endpoint something: what was sent, and what came back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.storage.rows import Rows

_DELIVERY = (
    "webhook_deliveries.id, webhook_deliveries.endpoint_id, message_id, type, try, at, took_ms, request, body, status, "
    "answer, error, next, due_at"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try. ``request`` and ``answer`` are JSON; ``error`` says why there was no answer."""

    id: str
    endpoint_id: str
    message_id: str
    type: str
    number: int
    at: int
    took_ms: int
    request: str
    body: str
    status: int | None
    answer: str | None
    error: str | None
    next: str
    due_at: int | None


class Deliveries:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, deliveries: Sequence[Delivery]) -> None:
        self._rows.many(
            "INSERT INTO webhook_deliveries (id, endpoint_id, message_id, try, at, took_ms, request, status, answer, "
            "error, next) VALUES (:id, :endpoint, :message, :try, :at, :took, :request, "
            "CAST(:status AS BIGINT), :answer, :error, :next)",
            [
                {
                    "id": delivery.id,
                    "endpoint": delivery.endpoint_id,
                    "message": delivery.message_id,
                    "try": delivery.number,
                    "at": delivery.at,
                    "took": delivery.took_ms,
                    "request": delivery.request,
                    "status": delivery.status,
                    "answer": delivery.answer,
                    "error": delivery.error,
                    "next": delivery.next,
                }
                for delivery in deliveries
            ],
        )

    def of_endpoint(self, endpoint_id: str, before: str | None, limit: int) -> list[Delivery]:
        """The newest tries, older than the id ``before``."""
        rows = self._rows.all(
            f"SELECT {_DELIVERY} FROM webhook_deliveries JOIN webhook_messages ON webhook_messages.id = message_id "
            "WHERE webhook_deliveries.endpoint_id = :endpoint AND webhook_deliveries.id < :before "
            "ORDER BY webhook_deliveries.id DESC LIMIT :limit",
            {"endpoint": endpoint_id, "before": before or "g", "limit": limit},
        )
        return [Delivery(*row) for row in rows]

    def get(self, delivery_id: str) -> Delivery | None:
        row = self._rows.one(
            f"SELECT {_DELIVERY} FROM webhook_deliveries JOIN webhook_messages ON webhook_messages.id = message_id "
            "WHERE webhook_deliveries.id = :id",
            {"id": delivery_id},
        )
        return Delivery(*row) if row else None

    def drop(self, before: int, limit: int) -> int:
        """Drop tries that were made before then, at most so many; returns how many."""
        found = self._rows.all(
            "SELECT id FROM webhook_deliveries WHERE at < :before ORDER BY at LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return self._rows.changed(
            "DELETE FROM webhook_deliveries WHERE id $AMONG(:ids)", {"ids": json.dumps([row[0] for row in found])}
        )
