"""Which database an address names. Only here are they told apart."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from curtsy.storage.cellar import CannotOpen, Database
from curtsy.storage.file import path_of
from curtsy.storage.sqlite import SqliteDatabase
from curtsy.storage.watch import Watch

__all__ = ["CannotOpen", "Database", "open_database", "takes_several_processes"]

SQLITE = "sqlite:"
POSTGRESQL = ("postgresql://", "postgres://")


def takes_several_processes(address: str) -> bool:
    """Whether several server processes may share the database of this address."""
    return address.startswith(POSTGRESQL)


def open_database(
    address: str,
    *,
    clock: Callable[[], int] | None,
    steady: Callable[[], int] | None = None,
    boot: str | None = None,
) -> Database:
    """Open the database an address names: ``sqlite:PATH`` or ``postgresql://USER@HOST/NAME``; raises CannotOpen.

    ``clock`` answers milliseconds since 1970; None is the clock of the database server, which only PostgreSQL has. With
    ``steady`` and ``boot`` (see ``Watch``) setting it changes no wait.
    """
    if address.startswith(POSTGRESQL):
        return _open_postgresql(address, clock, steady, boot)
    if address.startswith(SQLITE) and clock is not None:
        return SqliteDatabase(path_of(address), clock=clock, steady=steady, boot=boot)
    raise CannotOpen(
        f"{address!r} is no database address: write sqlite:PATH, for example sqlite:./curtsy.db, "
        "or postgresql://USER:PASSWORD@HOST/NAME"
    )


def must_exist(address: str) -> None:
    """Raise CannotOpen when opening the database would make it."""
    if address.startswith(SQLITE) and not path_of(address).is_file():
        raise CannotOpen(f"there is no database at {path_of(address)}")


def _open_postgresql(
    address: str, clock: Callable[[], int] | None, steady: Callable[[], int] | None, boot: str | None
) -> Database:
    try:
        from curtsy.storage.far_clock import FarClock
        from curtsy.storage.postgresql import PostgresqlDatabase
    except ImportError as error:
        raise CannotOpen(
            f"PostgreSQL needs packages that are not installed ({error}): install curtsy[postgres]"
        ) from None
    if clock is not None:
        return PostgresqlDatabase(address, Watch(clock, steady, boot), None)
    far = FarClock(steady or _monotonic_ms)
    return PostgresqlDatabase(address, Watch(far, steady, boot), far)


def _monotonic_ms() -> int:
    """What a command counts by that has no steady clock of its own."""
    return int(monotonic() * 1000)
