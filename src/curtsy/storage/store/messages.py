"""What is on its way to endpoints: one message for each event and endpoint, until it is settled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from curtsy.storage.rows import Rows, Value

_MESSAGE = "id, endpoint_id, type, body, created_at, due_at, tries, taken_until"


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one endpoint. ``tries`` were ended; who took it has it until ``taken_until``."""

    id: str
    endpoint_id: str
    type: str
    body: str
    created_at: int
    due_at: int | None
    tries: int
    taken_until: int

    @property
    def held(self) -> str:
        """What tells this hold on the message from any other."""
        return f"{self.id} {self.taken_until}"


class Messages:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, messages: Sequence[dict[str, Value]]) -> None:
        """Put messages in line: id, endpoint, type, event, body, now. One that is there is sent once more."""
        if messages:
            self._rows.many(
                "INSERT INTO webhook_messages (id, endpoint_id, type, event_id, body, created_at, due_at) "
                "VALUES (:id, :endpoint, :type, :event, :body, :now, :now) "
                "ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, tries = 0, taken_until = 0",
                messages,
            )

    def due(self, endpoint_id: str, now: int) -> bool:
        """Whether a message of this endpoint is due."""
        # The first one in order, for which an index is used: for any one the whole table may be.
        row = self._rows.one(
            "SELECT due_at FROM webhook_messages WHERE endpoint_id = :id AND due_at <= :now AND taken_until <= :now "
            "ORDER BY due_at LIMIT 1",
            {"id": endpoint_id, "now": now},
        )
        return row is not None

    def take(self, endpoint_id: str, now: int, until: int, limit: int) -> list[Message]:
        """Take those that are due, the longest due first; nobody else takes them before ``until``."""
        rows = self._rows.all(
            "UPDATE webhook_messages SET taken_until = :until WHERE due_at <= :now AND taken_until <= :now "
            "AND id IN (SELECT id FROM webhook_messages WHERE endpoint_id = :endpoint AND due_at <= :now "
            f"AND taken_until <= :now ORDER BY due_at LIMIT :limit) RETURNING {_MESSAGE}",
            {"endpoint": endpoint_id, "now": now, "until": until, "limit": limit},
        )
        return sorted((Message(*row) for row in rows), key=lambda message: message.id)

    def deliver(self, messages: Sequence[Message], now: int) -> None:
        """They were taken in; who lost hold of one meanwhile says nothing about it."""
        if messages:
            self._rows.one(
                "UPDATE webhook_messages SET due_at = NULL, tries = tries + 1, taken_until = 0, delivered_at = :now "
                "WHERE id $AMONG(:ids) AND id || ' ' || taken_until $AMONG(:held)",
                {
                    "ids": json.dumps([message.id for message in messages]),
                    "held": json.dumps([message.held for message in messages]),
                    "now": now,
                },
            )

    def settle(self, message: Message, due_at: int | None, tries: int) -> None:
        """It was not taken in: due again after so many tries, or no more."""
        self._rows.one(
            "UPDATE webhook_messages SET due_at = :due, tries = :tries, taken_until = 0 "
            "WHERE id = :id AND taken_until = :until",
            {"id": message.id, "due": due_at, "tries": tries, "until": message.taken_until},
        )

    def again(self, message_ids: Sequence[str], now: int) -> None:
        """Send messages once more from the beginning of the schedule, whoever may have them in hand."""
        self._rows.one(
            "UPDATE webhook_messages SET due_at = :now, tries = 0, taken_until = 0 WHERE id $AMONG(:ids)",
            {"ids": json.dumps(message_ids), "now": now},
        )

    def made(self, endpoint_id: str, after: tuple[int, str], until: int, limit: int) -> list[tuple[int, str]]:
        """When messages of an endpoint were put in line, and their ids, behind a place and before a time."""
        rows = self._rows.all(
            "SELECT created_at, id FROM webhook_messages WHERE endpoint_id = :endpoint AND created_at < :until "
            "AND (created_at, id) > (:since, :after) ORDER BY created_at, id LIMIT :limit",
            {"endpoint": endpoint_id, "until": until, "since": after[0], "after": after[1], "limit": limit},
        )
        return [(row[0], row[1]) for row in rows]

    def drop(self, before: int, limit: int) -> int:
        """Drop messages that were put in line before then, at most so many; returns how many."""
        found = self._rows.all(
            "SELECT id FROM webhook_messages WHERE created_at < :before ORDER BY created_at LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return self._rows.changed(
            "DELETE FROM webhook_messages WHERE id $AMONG(:ids)", {"ids": json.dumps([row[0] for row in found])}
        )
