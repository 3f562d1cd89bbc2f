"""The first page: what Curtsy is, or, for a member, what comes next and how the tasks stand."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from curtsy.domain.member import ONLINE_MS, Member, Pause, Role
from curtsy.domain.task import WIRE_STATUS
from curtsy.service import review
from curtsy.service.listing import newest
from curtsy.service.status import Status
from curtsy.storage.store import Store
from curtsy.storage.store.lists import Wanted
from curtsy.storage.store.tasks import MOST_COUNTED
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.pages.visit import Visit

LATEST = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page tells a member.

    Shown to admins: ``counts``, the team's tasks by wire status, and ``endpoints``, those that take no messages.
    """

    key: bool
    paired: bool
    online: bool
    invited: bool
    pauses: list[tuple[Member, Pause]]
    endpoints: list[Endpoint]
    counts: dict[str, str]
    latest: list[Status]


async def home(visit: Visit) -> Response:
    """What this is, for anybody; the state of things, for a member."""
    if visit.guest is None:
        return visit.show("front.html")
    if visit.guest.member is None:
        raise HTTPException(303, headers={"Location": "/welcome"})
    return visit.show("overview.html", seen=await visit.database.scan(_overview, visit.me))


async def confirm_clock(visit: Visit) -> Response:
    """An admin says that the server's clock is right."""
    await visit.database.run(review.confirm_clock)
    return visit.go("/?done=clock")


def _overview(store: Store, now: int, me: Member) -> Overview:
    admin = me.role is Role.ADMIN
    members = store.teams.members(me.team_id) if admin else [me]
    seen = [agent.last_seen_at for member in members for agent in store.agents.of_member(member.id)]
    wanted = Wanted(member_id=None if admin else me.id)
    latest = newest(store, now, me.team_id, wanted, None, LATEST).tasks
    return Overview(
        key=any(key.revoked_at is None for key in store.access.keys(me.team_id)),
        paired=bool(seen),
        online=any(now - at < ONLINE_MS for at in seen),
        invited=bool(latest),
        pauses=[(member, pause) for member in members for pause in store.teams.pauses(member.id, now)],
        endpoints=[one for one in store.webhooks.of_team(me.team_id) if _ails(one)] if admin else [],
        counts=_counts(store, me.team_id) if admin else {},
        latest=latest,
    )


def _ails(endpoint: Endpoint) -> bool:
    return endpoint.off_because not in (None, "asked") or (endpoint.off_at is None and bool(endpoint.failing_since))


def _counts(store: Store, team_id: str) -> dict[str, str]:
    """How many tasks stand where; very many are not counted one by one."""
    counts: dict[str, int] = dict.fromkeys(WIRE_STATUS.values(), 0)
    for state, count in store.tasks.counts(team_id).items():
        counts[WIRE_STATUS[state]] += count
    return {said: f"{count:,}" if count < MOST_COUNTED else f"{MOST_COUNTED:,}+" for said, count in counts.items()}
