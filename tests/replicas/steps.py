"""Two desks on two connections to one PostgreSQL, one of them halted before a statement while the other goes on."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import psycopg

from curtsy.domain.errors import Refusal, TryAgain
from curtsy.storage.database import Database, open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.rows import Row, Rows, Value
from curtsy.storage.store import Store
from tests.harness.clock import MovableClock

STEP_S = 0.004
PATIENCE_S = 20.0
Desk = Callable[[Store, int], object]


class Gate:
    """Halts whoever passes it for the n-th time (from 0), or before the commit, until told to go; ``passed`` counts."""

    def __init__(self, halt_at: int | None, patience_s: float = PATIENCE_S) -> None:
        self._halt_at = halt_at
        self._patience_s = patience_s
        self.passed = 0
        self.halted = threading.Event()
        self.go = threading.Event()

    def step(self, *, last: bool = False) -> None:
        """Pass, or halt here once."""
        here, self.passed = self.passed, self.passed + 1
        if not self.halted.is_set() and (last if self._halt_at is None else here == self._halt_at):
            self.halted.set()
            assert self.go.wait(self._patience_s), "nobody let this desk go on"


class Stepped:
    """Rows that pass a gate before each statement."""

    def __init__(self, rows: Rows, gate: Gate) -> None:
        self._rows = rows
        self._gate = gate

    def all(self, sql: str, params: Mapping[str, Value]) -> list[Row]:
        self._gate.step()
        return self._rows.all(sql, params)

    def one(self, sql: str, params: Mapping[str, Value]) -> Row | None:
        self._gate.step()
        return self._rows.one(sql, params)

    def changed(self, sql: str, params: Mapping[str, Value]) -> int:
        self._gate.step()
        return self._rows.changed(sql, params)

    def many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> int:
        self._gate.step()
        return self._rows.many(sql, rows)

    def hold(self, name: str) -> None:
        self._gate.step()
        self._rows.hold(name)

    def hold_everything(self) -> None:
        self._gate.step()
        self._rows.hold_everything()

    def hold_free(self, names: Iterable[str]) -> set[str]:
        self._gate.step()
        return self._rows.hold_free(names)


@dataclass(frozen=True, slots=True)
class Said:
    """What a desk answered, as text; ``broke`` when it did what no desk may do."""

    text: str
    broke: bool = False


def stepped(desk: Desk, gate: Gate) -> Desk:
    """The same desk, which passes the gate before each of its statements and before its commit."""

    def halting(store: Store, now: int) -> object:
        mine = Store(Stepped(store.rows, gate))
        value = desk(mine, now)
        gate.step(last=True)
        store.rings |= mine.rings
        return value

    return halting


class Replicas:
    """Two servers' databases on one address, and a third connection that watches them."""

    def __init__(self, address: str) -> None:
        self.clock = MovableClock(stands=True)
        self.one, self.two = (open_database(address, clock=self.clock) for _ in range(2))
        migrate(self.one)
        self.watch = psycopg.connect(address, autocommit=True)
        self._hands = ThreadPoolExecutor(2)

    def close(self) -> None:
        """Let go of everything."""
        self._hands.shutdown()
        self.watch.close()
        self.one.close()
        self.two.close()

    def meet(self, first: Desk, second: Desk, halt_at: int, between: Callable[[], None]) -> tuple[Said, Said] | None:
        """Halt the first before that statement, let the second run as far as it gets, then let both end.

        ``between`` is called while the first is halted. None when the first has fewer statements.
        """
        gate = Gate(halt_at)
        running = self._hands.submit(self.say, self.one, stepped(first, gate))
        until = time.monotonic() + PATIENCE_S
        while not gate.halted.wait(STEP_S / 4):
            if running.done():
                return None
            assert time.monotonic() < until, "the first desk does not go on"
        other = self._hands.submit(self.say, self.two, second)
        self._ended_or_blocked(other)
        between()
        gate.go.set()
        _, stuck = wait([running, other], PATIENCE_S)
        assert not stuck, "two desks wait for each other for good"
        return running.result(), other.result()

    def _ended_or_blocked(self, desk: Future[Said]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not wait([desk], STEP_S).done:
            if self._blocked():
                return
            assert time.monotonic() < until, "the second desk neither ends nor waits"

    def _blocked(self) -> bool:
        row = self.watch.execute(
            b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            b"AND wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0"
        ).fetchone()
        return row is not None and row[0] > 0

    def say(self, database: Database, desk: Desk) -> Said:
        """Run a desk as a server does."""
        try:
            return Said(repr(database.run_now(desk)))
        except TryAgain:
            return Said("gave up: " + traceback.format_exc(), broke=True)
        except Refusal as refusal:
            return Said(f"{refusal.code} {refusal.retry_at} {refusal.fields}")
        except Exception:
            return Said(traceback.format_exc(), broke=True)


_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\bca_[\w-]{43}|ck_live_\w+"
    r"|secret='\w+'|check='\d\d'|code='[A-Z]{8}'|'[\w-]{43}'"
)


def without_chance(text: str, names: Mapping[str, str]) -> str:
    """The text with known ids by name, and everything else that chance has made as a star."""
    return _RANDOM.sub(lambda found: names.get(found[0], "*"), text)
