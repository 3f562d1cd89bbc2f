"""A team, its members and its keys, in one line each, made by the desks that the commands use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from curtsy.domain.member import Member, Role
from curtsy.service import access, pairing, teams
from curtsy.service.access import Scope
from curtsy.storage.store import Store

T = TypeVar("T")
P = ParamSpec("P")


class Desks(Protocol):
    """Anything that can run a desk: a server of the harness, or a bare database."""

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one decision in one transaction."""


@dataclass(frozen=True, slots=True)
class House:
    """A team with its oldest admin and a key that may do everything."""

    desks: Desks
    team_id: str
    admin: Member
    key: str

    def member(self, email: str, role: Role = Role.MEMBER) -> Member:
        """One more member, as fast as the ceilings allow."""
        joined = self.desks.run(teams.join, self.team_id, email, role)
        return quick(self.desks, joined)

    def new_key(self, scope: Scope = Scope.INVITE) -> access.NewKey:
        """One more key."""
        return self.desks.run(access.create_key, self.team_id, scope)

    def code(self, member: Member | None = None) -> str:
        """A pairing code for a member, the admin if none is named."""
        return self.desks.run(pairing.make_code, self.team_id, (member or self.admin).id).code

    @property
    def headers(self) -> dict[str, str]:
        """What a caller proves itself with."""
        return {"x-api-key": self.key}


def found(desks: Desks, name: str = "Acme", admin: str = "ada@example.com", *, paced: bool = False) -> House:
    """A new team; its admin may act without spacing, at the ceilings, unless ``paced`` keeps what ships."""
    team_id, member = desks.run(teams.found, name, admin)
    member = member if paced else quick(desks, member)
    return House(desks, team_id, member, desks.run(access.create_key, team_id, Scope.MANAGE).secret)


def quick(desks: Desks, member: Member) -> Member:
    """The same member with the fastest pace there is: 50 a day, 200 a week, no spacing."""
    return desks.run(teams.set_pace, member.team_id, member.id, 50, 200, (0, 0))
