"""Many invitations in one call: every row checked and answered for itself, a few statements for two hundred rows."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField, Refusal, TryAgain
from curtsy.service import intake
from curtsy.service.gate import Ask
from curtsy.service.idempotency import Once, claim, settle
from curtsy.service.intake import Accepted
from curtsy.web.actions import MAY_EXPIRE, OTHER_NOTE, REPLAYED, SendConnectionRequest, read_ask
from curtsy.web.crowd import RETRY_MS
from curtsy.web.fields import no_trial, unknown_fields
from curtsy.web.route import Call
from curtsy.web.wire import Answer, answer, moment

MOST_ROWS = 1_000
SLICE = 200
"""Rows of one transaction."""
BODY_LIMIT = 4 * 1024 * 1024
ROW_KEY = "idempotency_key"

log = logging.getLogger("curtsy.web")


class SendConnectionRequests(msgspec.Struct):
    """Ask for many invitations; a row has the fields of one, and may have an `idempotency_key`."""

    invitations: list[dict[str, Any]]


class Row(SendConnectionRequest):
    """One of many."""

    idempotency_key: str | None = None


class BatchDone(msgspec.Struct, kw_only=True):
    """What became of each row, in their order."""

    success: bool
    results: list[dict[str, Any]]
    accepted: int
    refused: int
    warnings: list[str] = []


@dataclass(slots=True)
class _Row:
    """A row on its way: what it asks for, or why it cannot be asked, and then what it is answered."""

    said: Ask | Refusal
    warnings: list[str] = field(default_factory=list)


async def send_connection_requests(call: Call) -> Answer:
    """Make a task for each row that can have one, and say why not for the others."""
    body = call.json()
    rows = body.get("invitations")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidField(f"Invalid 'invitations': must be a list of 1 to {MOST_ROWS}")
    no_trial(body)
    if call.once is not None:
        before = await call.database.run(claim, call.caller.team_id, call.once)
        if isinstance(before, Refusal):
            raise before
        if before is not None:
            return answer(200, json.loads(before), REPLAYED)
    results = [_result(index, *one) for index, one in enumerate(await _accept(call, rows))]
    accepted = sum(result["success"] for result in results)
    said = {"success": True, "results": results, "accepted": accepted, "refused": len(results) - accepted}
    if warnings := unknown_fields(body, SendConnectionRequests):
        said["warnings"] = warnings
    if call.once is not None and not any(result.get("code") == TryAgain.code for result in results):
        kept = await call.database.run(settle, call.caller.team_id, call.once, json.dumps(said))
        if kept is not None:  # the same call was answered meanwhile
            return answer(200, json.loads(kept), REPLAYED)
    return answer(200, said)


def _read(row: object, call: Call) -> _Row:
    if not isinstance(row, dict):
        return _Row(InvalidField("A row must be an object with the fields of one invitation"))
    try:
        no_trial(row)
        return _Row(read_ask(row, call.caller.team_id, call.database.now, _once(row)), unknown_fields(row, Row))
    except Refusal as refusal:
        return _Row(refusal)


def _once(row: dict[str, Any]) -> Once | None:
    """The key of a row covers the row."""
    key = row.get(ROW_KEY)
    if key is None:
        return None
    if not isinstance(key, str) or not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidField(f"Invalid '{ROW_KEY}': must be 1 to 255 printable characters")
    said = json.dumps({name: value for name, value in row.items() if name != ROW_KEY}, sort_keys=True)
    return Once(key, f"row {hashlib.sha256(said.encode()).hexdigest()}")


Answered = tuple[Accepted | Refusal, list[str]]
"""What a row is answered, and what it is warned of."""


async def _accept(call: Call, rows: list[object]) -> list[Answered]:
    """Slice by slice; when the server has no more room, the rows that are left are told so.

    Raises TryAgain when nothing has been taken.
    """
    answered: list[Answered] = []
    room = True
    for start in range(0, len(rows), SLICE):
        part = [_read(row, call) for row in rows[start : start + SLICE]]
        asks = [row.said for row in part if isinstance(row.said, Ask)]
        made = await _take(call, asks) if room and asks else None
        if asks and made is None and not any(isinstance(said, Accepted) for said, _ in answered):
            raise TryAgain(retry_after_ms=RETRY_MS)
        room = room and (made is not None or not asks)
        answered += await _answered(call, part, made or [TryAgain() for _ in asks])
    return answered


async def _take(call: Call, asks: list[Ask]) -> Sequence[Accepted | Refusal] | None:
    """What a slice is answered; None when none of it was done, as far as can be said."""
    try:
        return await call.database.run(intake.accept_many, asks)
    except TryAgain:
        return None
    except Exception:
        # What earlier slices were answered must still be told.
        log.exception("request %s failed in the middle of a batch", call.request_id)
        return None


async def _answered(call: Call, part: list[_Row], made: Sequence[Accepted | Refusal]) -> list[Answered]:
    count = Counter(one.member_id for one in made if isinstance(one, Accepted))
    in_order = iter(made)
    answered: list[Answered] = []
    for row in part:
        said, warnings = (next(in_order) if isinstance(row.said, Ask) else row.said), row.warnings
        if isinstance(said, Accepted) and isinstance(row.said, Ask):
            if said.other_note:
                warnings = [*warnings, OTHER_NOTE]
            elif said.member_id and await call.outlooks.late(said.member_id, row.said, count[said.member_id]):
                warnings = [*warnings, MAY_EXPIRE]
        answered.append((said, warnings))
    return answered


def _result(index: int, made: Accepted | Refusal, warnings: list[str]) -> dict[str, Any]:
    if isinstance(made, Refusal):
        said: dict[str, Any] = {"index": index, "success": False, "error": str(made), "code": made.code}
        timed = made.retry_at is not None or "retry_at" in made.fields
        return {**said, "retry_at": moment(made.retry_at)} if timed else said
    said = {"index": index, "success": True, "api_agent_task_id": made.task_id, "deduplicated": made.deduplicated}
    return {**said, "warnings": warnings} if warnings else said
