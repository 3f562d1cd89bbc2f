"""The list of tasks with the reason each is where it is, and one task whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from curtsy.domain.errors import InvalidField, InvalidTaskId, NotInReview, Refusal, TaskNotFound
from curtsy.domain.member import Member
from curtsy.domain.task import WIRE_STATUS, Kind, TaskState
from curtsy.service import intake, review
from curtsy.service.status import Status, describe, recent, status
from curtsy.storage.store import Store
from curtsy.web.pages import words
from curtsy.web.pages.visit import Refused, Visit
from curtsy.web.wire import task_id

PAGE = 25
SLICE = 200
MOST_SLICES = 25
CANCELLABLE = frozenset({TaskState.QUEUED, TaskState.LEASED})


@dataclass(frozen=True, slots=True)
class Leaf:
    """Some tasks, newest first; ``older`` is where the next page begins, None at the end."""

    tasks: list[Status]
    older: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a task; ``seen`` is what the browser saw then."""

    at: int
    said: str
    seen: dict[str, Any]


async def tasks(visit: Visit) -> Response:
    """The tasks of the team, for an admin; for a member those they send."""
    wanted = visit.asked("status")
    states = tuple(state for state, said in WIRE_STATUS.items() if said == wanted)
    if wanted and not states:
        raise InvalidField("There is no such filter: choose one above the list")
    cursor = visit.asked("before")
    try:
        before = task_id(cursor) if cursor else None
    except InvalidTaskId:
        raise InvalidField("There is no such page of tasks: begin with the newest") from None
    desk = _team if visit.admin else own
    leaf = await visit.database.scan(desk, visit.me, PAGE, before, states)
    filters = list(dict.fromkeys(WIRE_STATUS.values()))
    return visit.show("tasks.html", leaf=leaf, wanted=wanted, filters=filters, first=before is None)


async def task(visit: Visit) -> Response:
    """One task, whole."""
    return await _task(visit, None)


async def cancel(visit: Visit) -> Response:
    """Cancel what has not been started."""
    found = await visit.database.read(_visible, visit.me, _id(visit))
    cancelled = await visit.database.run(intake.cancel, visit.me.team_id, found.task.id)
    if isinstance(cancelled, Refusal):
        return await _task(visit, visit.refuse(cancelled, "cancel"))
    return visit.go(f"/tasks/{found.task.id}?done=cancelled")


async def settle(visit: Visit) -> Response:
    """Say what became of a task that nobody could see."""
    found = await visit.database.read(_visible, visit.me, _id(visit))
    said, me = visit.form.get("became"), visit.me
    try:
        if said not in ("sent", "not-sent"):
            raise InvalidField("Say which it is: sent, or not sent")
        word = said == "sent", visit.form.get("reason", ""), f"{me.name} <{me.email}>"
        settled = await visit.database.run(review.settle, me.team_id, found.task.id, *word)
        if isinstance(settled, Refusal):
            raise settled
    except (InvalidField, NotInReview) as refusal:
        return await _task(visit, visit.refuse(refusal, "settle"))
    return visit.go(f"/tasks/{found.task.id}?done=settled")


async def _task(visit: Visit, refused: Refused | None) -> Response:
    found = await visit.database.read(_visible, visit.me, _id(visit))
    return visit.show(
        "task.html",
        refused.status if refused else 200,
        refused=refused,
        one=found,
        told=words.told(found),
        story=await visit.database.read(_story, found),
        cancellable=found.task.state in CANCELLABLE,
        in_review=found.task.state is TaskState.NEEDS_REVIEW,
        withdraws=found.task.kind is Kind.WITHDRAW,
    )


def _id(visit: Visit) -> str:
    """The task that the address names; on a page one that cannot be is one that is not there."""
    try:
        return task_id(visit.request.path_params["id"])
    except InvalidTaskId:
        raise TaskNotFound from None


def _visible(store: Store, now: int, me: Member, wanted: str) -> Status:
    """A task that this member may look at; raises TaskNotFound."""
    found = status(store, now, me.team_id, wanted)
    if me.role != "admin" and found.task.member_id != me.id:
        raise TaskNotFound
    return found


def _team(
    store: Store, now: int, me: Member, limit: int, before: str | None = None, states: tuple[TaskState, ...] = ()
) -> Leaf:
    found = recent(store, now, me.team_id, limit + 1, before, states)
    return Leaf(found[:limit], found[limit - 1].task.id if len(found) > limit else None)


def own(
    store: Store, now: int, me: Member, limit: int, before: str | None = None, states: tuple[TaskState, ...] = ()
) -> Leaf:
    """The tasks that one member sends. Among very many of others a page may hold fewer, and go on behind ``older``."""
    found: list[Status] = []
    for _ in range(MOST_SLICES):
        part = store.tasks.newest(me.team_id, before=before, limit=SLICE, states=states)
        for one in part:
            if len(found) == limit:
                return Leaf(found, before)
            before = one.id
            if one.member_id == me.id:
                found.append(describe(store, now, one))
        if len(part) < SLICE:
            return Leaf(found, None)
    return Leaf(found, before)


def _story(store: Store, _now: int, found: Status) -> list[Moment]:
    """What happened to a task, in its order; what was seen before a start is kept in the moment of the start."""
    shown = found.shown
    happened = [Moment(found.task.created_at, "Accepted: kept durably, waiting for the browser", {})]
    for at, source, body in store.attempts.evidence(shown.id):
        happened.append(Moment(at, words.SIGHTS.get(source, source), words.seen(body)))
    if shown.started_at is not None:
        happened.append(Moment(shown.started_at, "Started: the browser announced that it acts", {}))
    if shown.finished_at is not None:
        happened.append(Moment(shown.finished_at, f"Ended: {words.told(found).title.lower()}", {}))
    return sorted(happened, key=lambda moment: moment.at)
