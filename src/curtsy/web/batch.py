"""Many invitations in one call: every row checked and answered for itself, a few statements for two hundred rows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField, Refusal, TryAgain
from curtsy.service import intake
from curtsy.service.gate import Ask
from curtsy.service.idempotency import Once, recall, remember
from curtsy.service.intake import Accepted
from curtsy.storage.store import Store
from curtsy.web.actions import OTHER_NOTE, REPLAYED, read_ask
from curtsy.web.crowd import RETRY_MS
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer, moment

MOST_ROWS = 1_000
SLICE = 200
"""Rows of one transaction."""
BODY_LIMIT = 4 * 1024 * 1024
ROW_KEY = "idempotency_key"


class SendConnectionRequests(msgspec.Struct):
    """Ask for many invitations; a row has the fields of one, and may have an `idempotency_key`."""

    invitations: list[dict[str, Any]]


class BatchDone(msgspec.Struct, kw_only=True):
    """What became of each row, in their order."""

    success: bool
    results: list[dict[str, Any]]
    accepted: int
    refused: int


async def send_connection_requests(call: Call) -> Answer:
    """Make a task for each row that can have one, and say why not for the others."""
    rows = call.json().get("invitations")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidField(f"Invalid 'invitations': must be a list of 1 to {MOST_ROWS}")
    if call.once is not None:
        before = await call.database.read(recall, call.caller.team_id, call.once)
        if isinstance(before, Refusal):
            raise before
        if before is not None:
            return answer(200, json.loads(before), REPLAYED)
    asks = [_read(row, call) for row in rows]
    made = await _accept(call, [ask for ask in asks if isinstance(ask, Ask)])
    in_order = iter(made)
    results = [_result(index, next(in_order) if isinstance(ask, Ask) else ask) for index, ask in enumerate(asks)]
    accepted = sum(result["success"] for result in results)
    body = {"success": True, "results": results, "accepted": accepted, "refused": len(results) - accepted}
    if call.once is not None and not any(isinstance(one, TryAgain) for one in made):
        await call.database.run(_keep, call.caller.team_id, call.once, json.dumps(body))
    return answer(200, body)


def _read(row: object, call: Call) -> Ask | Refusal:
    if not isinstance(row, dict):
        return InvalidField("A row must be an object with the fields of one invitation")
    try:
        return read_ask(row, call.caller.team_id, call.database.now, _once(row))
    except Refusal as refusal:
        return refusal


def _once(row: dict[str, Any]) -> Once | None:
    """The key of a row covers the row."""
    key = row.get(ROW_KEY)
    if key is None:
        return None
    if not isinstance(key, str) or not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidField(f"Invalid '{ROW_KEY}': must be 1 to 255 printable characters")
    said = msgspec.json.encode({name: value for name, value in row.items() if name != ROW_KEY}, order="sorted")
    return Once(key, f"row {hashlib.sha256(said).hexdigest()}")


async def _accept(call: Call, asks: list[Ask]) -> list[Accepted | Refusal]:
    """Slice by slice; when the server has no more room, the rows that are left are told so."""
    made: list[Accepted | Refusal] = []
    for start in range(0, len(asks), SLICE):
        part = asks[start : start + SLICE]
        try:
            made += await call.database.run(intake.accept_many, part)
        except TryAgain:
            made += [TryAgain(retry_after_ms=RETRY_MS)] * (len(asks) - start)
            break
    return made


def _result(index: int, made: Accepted | Refusal) -> dict[str, Any]:
    if isinstance(made, Refusal):
        said: dict[str, Any] = {"index": index, "success": False, "error": str(made), "code": made.code}
        return said if made.retry_at is None else {**said, "retry_at": moment(made.retry_at)}
    said = {"index": index, "success": True, "api_agent_task_id": made.task_id, "deduplicated": made.deduplicated}
    return {**said, "warnings": [OTHER_NOTE]} if made.other_note else said


def _keep(store: Store, now: int, team_id: str, once: Once, said: str) -> None:
    if recall(store, now, team_id, once) is None:
        remember(store, now, [(team_id, once, said)])
