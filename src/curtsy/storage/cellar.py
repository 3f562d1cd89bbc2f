"""What every database of Curtsy promises: desks run in transactions, answers come once they are durable.

A *desk* is a plain function ``(store, now, *args) -> value``: one decision in one transaction. It may be run again from
the beginning when another process was faster, so it changes nothing but the database.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from curtsy.domain.errors import Refusal
from curtsy.storage.doorbell import Doorbell
from curtsy.storage.store import Store
from curtsy.storage.watch import Watch

T = TypeVar("T")
Item = TypeVar("Item")
P = ParamSpec("P")
Desk = Callable[..., Any]


class CannotOpen(Exception):
    """The database cannot be used; the message says why and what to do."""


class Database(ABC):
    """Where tasks are kept. ``place`` names it for people and holds no password."""

    place: str
    kind: str
    doorbell: Doorbell
    _watch: Watch

    async def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Run a desk in a transaction; returns when its commit is durable, raises what it refused."""
        value: T = await self._run(_bound(desk, named), args)
        return value

    def run_batched(
        self, desk: Callable[[Store, int, Sequence[Item]], Sequence[T | Refusal]], item: Item
    ) -> Awaitable[T]:
        """Like ``run`` for a desk that takes many items at once: neighbours in line become one call."""
        return self._run_batched(desk, item)

    def run_now(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Run a desk here and now, in a transaction of its own: for commands, which have no event loop."""
        value: T = self._run_now(_bound(desk, named), args)
        return value

    async def read(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Answer a question that an index answers in microseconds; it sees one state of the database."""
        value: T = await self._read(_bound(desk, named), args)
        return value

    async def scan(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **named: P.kwargs) -> T:
        """Answer a question that may read many rows; it holds nobody up."""
        value: T = await self._scan(_bound(desk, named), args)
        return value

    @abstractmethod
    async def _run(self, desk: Desk, args: tuple[Any, ...]) -> Any: ...
    @abstractmethod
    def _run_batched(self, desk: Desk, item: Any) -> Awaitable[Any]: ...
    @abstractmethod
    def _run_now(self, desk: Desk, args: tuple[Any, ...]) -> Any: ...
    @abstractmethod
    async def _read(self, desk: Desk, args: tuple[Any, ...]) -> Any: ...
    @abstractmethod
    async def _scan(self, desk: Desk, args: tuple[Any, ...]) -> Any: ...

    def now(self) -> int:
        """The time by this database's clock, milliseconds since 1970."""
        return self._watch.now()

    def keep_time(self, *, serves: bool) -> None:
        """Go on with the time of the process before, and keep it for the next; once the schema is there."""
        self.run_now(self._watch.resume, serves)
        self.run_now(lambda _store, _now: None)  # a transaction that tells what this one found

    @abstractmethod
    def hold(self) -> None:
        """Claim the database for this server process where it takes only one; raises CannotOpen when it is taken."""

    def hold_alone(self) -> None:
        """Keep every server away until this database is closed; raises CannotOpen when one runs."""
        self.hold()

    def served(self) -> bool:
        """Whether a server runs on this database; where it takes only one, none may begin until this is closed."""
        try:
            self.hold()
        except CannotOpen:
            return True
        return False

    def their_time(self) -> int | None:
        """The time by the clock of the machine that keeps the database, if it has one of its own."""
        return None

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What makes it durable, for an operator: names and values, ``version`` first."""

    @abstractmethod
    def has(self, table: str) -> bool:
        """Whether there is a table of this name."""

    @abstractmethod
    def script(self, store: Store, sql: str) -> None:
        """Run the statements of a migration, inside the transaction of a desk."""

    @abstractmethod
    def close(self) -> None:
        """Answer what is being committed, then let go of everything."""


def _bound(desk: Callable[..., T], named: dict[str, Any]) -> Callable[..., T]:
    return partial(desk, **named) if named else desk
