"""The list of tasks with the reason each is where it is, and one task whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from curtsy.domain.errors import InvalidField, InvalidTaskId, NotInReview, Refusal, TaskNotFound
from curtsy.domain.member import Member
from curtsy.domain.task import WIRE_STATUS, Kind, TaskState, states_of
from curtsy.service import intake, review
from curtsy.service.listing import newest
from curtsy.service.status import Status, status
from curtsy.storage.store import Store
from curtsy.storage.store.lists import Wanted
from curtsy.web.pages import words
from curtsy.web.pages.visit import Refused, Visit
from curtsy.web.wire import task_id

PAGE = 25
CANCELLABLE = frozenset({TaskState.QUEUED, TaskState.LEASED})


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a task; ``seen`` is what the browser saw then."""

    at: int
    said: str
    seen: dict[str, Any]


async def tasks(visit: Visit) -> Response:
    """The tasks of the team, for an admin; for a member those they send."""
    wanted = visit.asked("status")
    states = states_of(wanted)
    if wanted and not states:
        raise InvalidField("There is no such filter: choose one above the list")
    cursor = visit.asked("before")
    try:
        before = task_id(cursor) if cursor else None
    except InvalidTaskId:
        raise InvalidField("There is no such page of tasks: begin with the newest") from None
    theirs = Wanted(states, member_id=None if visit.admin else visit.me.id)
    leaf = await visit.database.scan(newest, visit.me.team_id, theirs, before, PAGE)
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
