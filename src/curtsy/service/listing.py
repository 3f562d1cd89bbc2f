"""Going through a team's tasks page by page: by their ids, newest first, or by what happened, oldest first.

However the rows change meanwhile, a reader who goes on from the cursor misses nothing:

- By id: every task that was there when the reader began, and fits all the while, is shown exactly once.
- By what happened: every task to which something happens is shown after that, as it is then, and again when more
  happens. This goes by the feed of events, whose order has no gaps that are filled later (``service.events``).
"""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.errors import UnknownMember
from curtsy.service.events import cursor_of, place_of
from curtsy.service.status import Status, describe_all
from curtsy.storage.store import Store
from curtsy.storage.store.lists import LOOKED_THROUGH, Happened, Wanted

LONGEST_TURN_MS = 60_000
"""No transaction takes longer: what it wrote may stand so much later in the feed than its time says."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Some tasks; ``cursor`` goes on behind them, ``more`` says whether there may be more now.

    A page can hold fewer than were asked for, or none, while there is more: so much is looked through at once.
    """

    tasks: list[Status]
    more: bool
    cursor: str | None


def newest(store: Store, now: int, team_id: str, wanted: Wanted, before: str | None, limit: int) -> Leaf:
    """The team's tasks that are wanted, newest first, older than the id ``before``."""
    if wanted.all_of_a_state:
        tasks = store.tasks.newest(team_id, before=before, limit=limit + 1, states=wanted.states)
        page, more = tasks[:limit], len(tasks) > limit
        return Leaf(describe_all(store, now, page), more, page[-1].id if more else None)
    looked = store.lists.window(team_id, wanted, before)
    fits = store.lists.fitting(team_id, wanted, looked)
    fitting = [task_id for task_id in looked if task_id in fits]
    if len(fitting) > limit:
        cursor: str | None = fitting[limit - 1]
    else:
        cursor = looked[-1] if len(looked) == LOOKED_THROUGH else None
    return Leaf(describe_all(store, now, store.tasks.of_ids(fitting[:limit])), cursor is not None, cursor)


def changed(store: Store, now: int, team_id: str, wanted: Wanted, since: int, cursor: str | None, limit: int) -> Leaf:
    """The team's tasks that are wanted and to which something happened after ``since``, in the order of their last.

    ``cursor`` goes on from a page before, also when that was the last one.
    """
    place = place_of(store, cursor) if cursor else store.lists.place_before(since - LONGEST_TURN_MS)
    happened = store.lists.happened(team_id, place)
    last = {one.task_id: one for one in happened if one.task_id is not None and one.at > since}
    fitting = store.lists.fitting(team_id, wanted, list(last))
    # A task to which more happened is shown with the last of it, which may be on a later page.
    shown = sorted(((_place(one), task_id) for task_id, one in last.items() if task_id in fitting))
    page, more = shown[:limit], len(shown) > limit or len(happened) == LOOKED_THROUGH
    if len(shown) > limit:
        place = page[-1][0]
    elif happened:
        place = _place(happened[-1])
    tasks = {task.id: task for task in store.tasks.of_ids([task_id for _, task_id in page])}
    return Leaf(describe_all(store, now, [tasks[task_id] for _, task_id in page]), more, cursor_of(*place))


def _place(one: Happened) -> tuple[int, int]:
    return one.txid, one.n


def sender_id(store: Store, _now: int, team_id: str, name: str) -> str:
    """A member by id or email, of whom tasks are asked for; one who has left only by id. Raises UnknownMember."""
    member = store.teams.named(team_id, name) or store.teams.member(name)
    if member is None or member.team_id != team_id:
        raise UnknownMember
    return member.id
