"""Who and what takes part in one round: LinkedIn, the server, two teams, their members, and the members' browsers."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Concatenate, ParamSpec, TypeVar

import requests

from curtsy.domain.errors import Refusal
from curtsy.domain.member import Member
from curtsy.service import pairing, review, teams
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.storage.watch import KEPT
from curtsy.twin.people import on_demand_id
from curtsy.twin.remote import Twin
from tests.faults.crash.browser import Paired
from tests.faults.crash.houses import ONE_RUN
from tests.faults.crash.nursery import Nursery
from tests.faults.crash.tempo import Mark, Tempo
from tests.faults.crash.wire import Wire
from tests.harness.agent import VERSION
from tests.harness.house import House, found
from tests.harness.waiting import until

T = TypeVar("T")
P = ParamSpec("P")
PER_TEAM = 5
SLOW_DAY = 12
"""The limit of the one member of each team who has a low one."""
SOON_BACK_MS = 60_000
LONG_GONE_MS = 400_000
SELDOM = 0.15
READ_LAG_MS = 25_000
"""LinkedIn shows what it did up to 30 s later (guarantee); every third member meets such a LinkedIn."""


@dataclass(slots=True)
class Installed:
    """One installation of the browser; its journal and its doom outlive its runs."""

    paired: Paired
    viewer: str
    journal: Path
    doom: Mark
    doom_file: Path
    pid: int = 0
    back_at: int | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """A member who is asked to invite people, and the viewer they are on LinkedIn."""

    house: House
    member: Member
    viewer: str
    limit: int
    requeues: bool


@dataclass(slots=True)
class Stage:
    """Everything of a round that runs."""

    tempo: Tempo
    nursery: Nursery
    folder: Path
    rng: Random
    twin: Twin = field(init=False)
    wire: Wire = field(init=False)
    port: int = field(init=False)
    server: int = 0
    linkedin: int = 0
    ahead: Mark = field(init=False)
    senders: list[Sender] = field(default_factory=list)
    browsers: list[Installed] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "curtsy.db"

    def run(self, desk: Callable[Concatenate[Store, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk from outside, as the commands do."""
        wall, steady = (lambda: self.tempo.now_ms() + self.ahead.read()), self.tempo.now_ms
        database = open_database(f"sqlite:{self.database}", clock=wall, steady=steady, boot=ONE_RUN)
        try:
            database.keep_time(serves=False)
            return database.run_now(desk, *args, **kwargs)
        finally:
            database.close()

    # ------------------------------------------------------------------ setting it up

    def rise(self, *, refuses_duplicates: bool) -> None:
        """LinkedIn, the teams in their database, then the server, then the browsers."""
        told = self.folder / "twin.json"
        self.linkedin = self.nursery.bear("linkedin", self.tempo, told=str(told))
        self.ahead = Mark(self.folder / "ahead")
        database = open_database(f"sqlite:{self.database}", clock=self.tempo.now_ms)
        migrate(database)
        database.close()
        until(told.exists, "LinkedIn")
        self.twin = Twin(**json.loads(told.read_text()))
        self.twin.tell("duplicates", refused=refuses_duplicates)
        self.port = _free_port()
        self.wire = Wire(self.tempo, self.port, Random(self.rng.random()))
        for name, requeues in (("patient", False), ("brisk", True)):
            self._found(name, requeues)
        self.start_server()
        for browser in self.browsers:
            self.open(browser)

    def _found(self, name: str, requeues: bool) -> None:
        house = found(self, name, f"{name}-0@example.com")
        self.run(_set_absence, house.team_id, requeues)
        for number in range(PER_TEAM):
            member = house.admin if number == 0 else house.member(f"{name}-{number}@example.com")
            viewer = f"viewer-{len(self.senders) + 1}"
            lag = READ_LAG_MS if len(self.senders) % 3 == 2 else 0
            known = {"weekly_max": 10_000, "notes_max": 10_000, "premium": True, "read_lag_ms": lag}
            self.twin.tell("viewers", viewer=viewer, **known)
            limit = 50
            if number == PER_TEAM - 1:
                limit = SLOW_DAY
                self.run(teams.set_pace, house.team_id, member.id, SLOW_DAY)
            self.senders.append(Sender(house, member, viewer, limit, requeues))
            for _ in range(2 if number in (1, 2) else 1):
                self.browsers.append(self.install(house, member, viewer))

    def install(self, house: House, member: Member, viewer: str) -> Installed:
        """One more browser for a member, paired."""
        number = int(viewer.rpartition("-")[2])
        account = f"urn:li:fsd_profile:{on_demand_id('viewer', number)}"
        installation = secrets.token_hex(16)
        done = self.run(
            pairing.pair,
            code=house.code(member),
            installation_id=installation,
            browser="Scripted 1",
            version=VERSION,
            linkedin_urn=account,
            linkedin_name=viewer,
        )
        assert not isinstance(done, Refusal)
        paired = Paired(done.token, done.agent.id, installation, account, secrets.token_hex(8))
        doom_file = self.folder / f"doom-{installation}"
        return Installed(paired, viewer, self.folder / f"journal-{installation}", Mark(doom_file), doom_file)

    def stranger(self) -> Installed:
        """A browser of one more member of the first team, for whoever means no good; nobody asks anything of them."""
        house = self.senders[0].house
        return self.install(house, house.member("stranger@example.com"), f"viewer-{len(self.senders) + 1}")

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    # ------------------------------------------------------------------ dying and coming back

    def start_server(self) -> None:
        """Start the server on the database and port it had."""
        where = {"database": str(self.database), "port": self.port, "ahead": str(self.folder / "ahead")}
        self.server = self.nursery.bear("curtsy", self.tempo, **where)

    def await_server(self) -> None:
        """Until it can take calls."""
        until(self._ready, "the server")

    def kill_server(self) -> None:
        """SIGKILL; with SQLite that is the database too."""
        self.nursery.kill(self.server)

    def open(self, browser: Installed) -> None:
        """Start a run of a browser."""
        browser.back_at = None
        twin: dict[str, Any] = {"http": self.twin.http, "https": "", "spki": "", "control": self.twin.control}
        browser.pid = self.nursery.bear(
            "browser",
            self.tempo,
            url=f"http://127.0.0.1:{self.wire.port}",
            twin=twin,
            paired=asdict(browser.paired),
            viewer=browser.viewer,
            journal=str(browser.journal),
            doom=str(browser.doom_file),
        )

    def mourn(self) -> int:
        """Notice which browsers have died; each comes back a little later. How many they were."""
        dead = [one for one in self.browsers if one.back_at is None and not self.nursery.alive(one.pid)]
        for browser in dead:
            browser.doom.set(0)
            longest = LONG_GONE_MS if self.rng.random() < SELDOM else SOON_BACK_MS
            browser.back_at = self.tempo.now_ms() + self.rng.randrange(longest)
            if self.rng.random() < 0.6:  # the rest of them were only their extension's worker
                browser.paired.boot_id = secrets.token_hex(8)
                if self.rng.random() < SELDOM:  # what was written last never reached the disk
                    browser.journal.unlink(missing_ok=True)
        return len(dead)

    def revive(self, *, all_of_them: bool = False) -> None:
        """Open again whoever's time has come."""
        for browser in self.browsers:
            if browser.back_at is not None and (all_of_them or browser.back_at <= self.tempo.now_ms()):
                self.open(browser)

    def confirm_clock(self) -> bool:
        """A person looks at the clock of the server and says that it is right."""
        return self.run(review.confirm_clock)

    def apart(self) -> int:
        """How far the server's time is from the campaign's, as it was last written down."""
        kept = self.run(lambda store, _now: store.house(KEPT))
        return int(json.loads(kept or "")["ahead"])

    def fall(self) -> None:
        """End everything."""
        for pid in (self.server, self.linkedin, *(browser.pid for browser in self.browsers)):
            if pid:
                self.nursery.kill(pid)
        if hasattr(self, "wire"):
            self.wire.close()
        for browser in self.browsers:
            browser.doom.close()


def _set_absence(store: Store, _now: int, team_id: str, requeues: bool) -> None:
    store.teams.set_absence_requeues(team_id, requeues)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
