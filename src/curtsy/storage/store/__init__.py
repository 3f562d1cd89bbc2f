"""Every question the house asks of its database, a file per noun, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, ParamSpec, TypeVar

import uuid_utils

from curtsy.domain.profile import is_id
from curtsy.storage.rows import Rows
from curtsy.storage.store.access import Access
from curtsy.storage.store.agents import Agents
from curtsy.storage.store.answers import Answers
from curtsy.storage.store.approvals import Approvals
from curtsy.storage.store.attempts import Attempts
from curtsy.storage.store.deliveries import Deliveries
from curtsy.storage.store.do_not_contact import DoNotContact
from curtsy.storage.store.events import Events
from curtsy.storage.store.invitations import Invitations
from curtsy.storage.store.leases import Leases
from curtsy.storage.store.lists import Lists
from curtsy.storage.store.messages import Messages
from curtsy.storage.store.past import Past
from curtsy.storage.store.people import People
from curtsy.storage.store.personal import Personal
from curtsy.storage.store.queues import Queues
from curtsy.storage.store.readings import Readings
from curtsy.storage.store.rehearsals import Rehearsals
from curtsy.storage.store.senders import Senders
from curtsy.storage.store.situations import Situations
from curtsy.storage.store.tasks import Tasks
from curtsy.storage.store.teams import Teams
from curtsy.storage.store.webhooks import Webhooks

__all__ = ["CLOCK_JUMPED", "SCHEMA", "Store", "hold_of"]

SCHEMA = "migrations"
"""The name that is held by whoever changes the schema: every server does so when it begins."""
CLOCK_JUMPED = "clock_jumped"
"""A fact of the house: the clock was set by minutes, and nobody has confirmed it yet."""


def hold_of(member_id: str) -> str:
    """The name that is held of a member."""
    return f"member:{member_id}"


T = TypeVar("T")
P = ParamSpec("P")


class Store:
    """The questions, bound to one connection. ``rings`` are the topics to ring once the transaction is durable.

    ``known`` is what has been found out of a database that does not change meanwhile; None where it may.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.rings: set[str] = set()
        self.known: dict[Hashable, Any] | None = None
        self.access = Access(rows)
        self.agents = Agents(rows)
        self.answers = Answers(rows)
        self.deliveries = Deliveries(rows)
        self.approvals = Approvals(rows)
        self.attempts = Attempts(rows)
        self.do_not_contact = DoNotContact(rows)
        self.events = Events(rows)
        self.invitations = Invitations(rows)
        self.leases = Leases(rows)
        self.lists = Lists(rows)
        self.messages = Messages(rows)
        self.past = Past(rows)
        self.people = People(rows)
        self.personal = Personal(rows)
        self.queues = Queues(rows)
        self.readings = Readings(rows)
        self.rehearsals = Rehearsals(rows)
        self.senders = Senders(rows)
        self.situations = Situations(rows)
        self.tasks = Tasks(rows)
        self.teams = Teams(rows)
        self.webhooks = Webhooks(rows)

    def once(self, what: Hashable, find: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What ``find`` finds, looked for once while nothing can change; ``what`` alone names what it is."""
        if self.known is None:
            return find(*args, **named)
        found: T | None = self.known.get(what)
        if found is None:
            found = self.known[what] = find(*args, **named)
        return found

    def unchanged(self, find: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What ``find`` finds, which changes nothing itself."""
        if self.known is not None:
            return find(*args, **named)
        self.known = {}
        try:
            return find(*args, **named)
        finally:
            self.known = None

    def ring(self, topic: str) -> None:
        """Wake whoever waits for this topic, after the commit."""
        self.rings.add(topic)

    def hold_member(self, member_id: str) -> None:
        """Decide about this member and their tasks alone, until the transaction ends."""
        self.rows.hold(hold_of(member_id))

    def hold_person(self, team_id: str, keys: Iterable[str]) -> None:
        """Decide alone about whether a team invites this person, under any of these keys. It comes before members.

        Names come before ids, as whoever holds a name may then hold the id that it stands for.
        """
        for key in sorted(set(keys), key=lambda key: (is_id(key), key)):
            self.rows.hold(f"person:{team_id}:{key}")

    def hold_team(self, team_id: str) -> None:
        """Decide about who is in this team alone. Where both are held, the team comes before its members."""
        self.rows.hold(f"team:{team_id}")

    def hold_pairing(self) -> None:
        """Decide about pairing codes alone. It comes before everything else that is held."""
        self.rows.hold("pairing")

    def hold_account(self, account: str) -> None:
        """Decide about whose this LinkedIn account is alone. It comes before teams and members."""
        self.rows.hold(f"account:{account}")

    def hold_everything(self) -> None:
        """Decide about every member alone. It comes before all other holds."""
        self.rows.hold_everything()

    @staticmethod
    def new_id() -> str:
        """A UUID of version 7 (RFC 9562): newer ones sort later."""
        return str(uuid_utils.uuid7())

    def set_house(self, name: str, value: str | None) -> None:
        """Keep a fact about the whole server, or drop it."""
        if value is None:
            self.rows.one("DELETE FROM house WHERE name = :name", {"name": name})
            return
        self.rows.one(
            "INSERT INTO house (name, value) VALUES (:name, :value) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"name": name, "value": value},
        )

    def house(self, name: str) -> str | None:
        """A fact about the whole server, such as its incarnation."""
        row = self.rows.one("SELECT value FROM house WHERE name = :name", {"name": name})
        return row[0] if row else None
