"""Two teams, three members, two browsers each, on a real database that can be restarted, copied and put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from curtsy.domain.errors import Refusal
from curtsy.domain.member import Role
from curtsy.domain.profile import parse_profile
from curtsy.domain.task import Kind
from curtsy.service import intake, pairing, restoring, teams
from curtsy.service.access import create_key
from curtsy.service.gate import Ask
from curtsy.service.idempotency import read_once
from curtsy.service.intake import Accepted
from curtsy.storage.backup import put_back
from curtsy.storage.migrate import migrate
from curtsy.storage.sqlite import SqliteDatabase, copy_database
from curtsy.storage.store import Store
from tests.faults.machine.browser import Browser, Lost
from tests.faults.machine.linkedin import LinkedIn, urn
from tests.faults.oracle import Oracle, Promise
from tests.harness.clock import MovableClock

T = TypeVar("T")

PERSONS = 4
BROWSERS_EACH = 2
DAY_LIMIT = 3
WEEK_LIMIT = 6


class Member:
    """Who sends: a row of the database, and a LinkedIn account."""

    def __init__(self, team_id: str, member_id: str, account: str) -> None:
        self.team_id, self.id, self.account = team_id, member_id, account
        self.removed = False


class Town:
    """Everything a story needs. ``strikes`` says at which end of the next commit the server dies, if at all."""

    def __init__(self, folder: Path, *, refuse_duplicates: bool, requeues: bool) -> None:
        self.folder = folder
        self.path = folder / "curtsy.db"
        self.clock = MovableClock(stands=True)
        self.linkedin = LinkedIn(self.clock, refuse_duplicates=refuse_duplicates)
        self.strikes: str | None = None
        self.database = SqliteDatabase(self.path, clock=self.clock)
        migrate(self.database)
        self.secrets: list[str] = []
        self.members: list[Member] = []
        self._settle_in(requeues)
        self.browsers = [
            Browser(self, member.account, member.account) for member in self.members for _ in range(BROWSERS_EACH)
        ]
        for number in range(len(self.browsers)):
            self.pair(number)
        self.oracle = Oracle(self.linkedin, day=DAY_LIMIT, requeues=requeues)
        self.backups = 0

    def _settle_in(self, requeues: bool) -> None:
        run = self.database.run_now
        for name, size in (("Acme", 2), ("Bolt", 1)):
            team_id, admin = run(teams.found, name, "a@example.com")
            members = [admin, *(run(teams.join, team_id, f"m{n}@example.com", Role.MEMBER) for n in range(1, size))]
            run(_requeues, team_id, requeues)
            self.secrets.append(run(create_key, team_id).secret)
            for member in members:
                run(teams.set_pace, team_id, member.id, DAY_LIMIT, WEEK_LIMIT, (0, 0), warm_up=False)
                account = self.linkedin.account(len(self.members))
                self.members.append(Member(team_id, member.id, account))

    def close(self) -> None:
        self.database.close()

    # ------------------------------------------------------------------ the server

    def run(self, desk: Callable[..., T], *args: Any) -> T:
        """One decision; raises Lost when the server dies before or after its commit."""
        strikes, self.strikes = self.strikes, None

        def carried(store: Store, now: int) -> T:
            answer = desk(store, now, *args)
            if strikes == "before":
                raise Lost
            return answer

        try:
            answer = self.database.run_now(carried)
        except Lost:
            self.restart()
            raise
        if strikes == "after":
            self.restart()
            raise Lost
        return answer

    def run_refused(self, desk: Callable[..., Any], *args: Any) -> None:
        """A decision whose answer is a no, and nothing but that no is wanted."""
        answer = self.run(desk, *args)
        assert isinstance(answer, Refusal), f"expected a no, got {answer}"

    def expect(self, refusal: type[Refusal], desk: Callable[..., Any], *args: Any) -> None:
        """A decision that raises this refusal."""
        try:
            answer = self.run(desk, *args)
        except refusal:
            return
        raise AssertionError(f"expected {refusal.__name__}, got {answer}")

    def call(self, token: str, desk: Callable[..., Any], *args: Any) -> Any:
        """A browser's call, known by its token."""

        def known(store: Store, now: int) -> Any:
            return desk(store, now, pairing.agent_of(store, now, token), *args)

        return self.run(known)

    def incarnation(self) -> int:
        return self.database.run_now(_incarnation)

    def restart(self) -> None:
        """The server dies and comes back on the same file."""
        self.database.close()
        self.database = SqliteDatabase(self.path, clock=self.clock)

    def back_up(self) -> None:
        """Copy the database while it is in use."""
        self.backups += 1
        copy_database(self.path, self.folder / f"backup{self.backups}.db")
        self.oracle.backed_up(self.backups)

    def restore(self, which: int) -> None:
        """Put an older copy back, and begin again."""
        number = 1 + which % self.backups
        self.database.close()
        backup = self.folder / f"backup{number}.db"
        put_back(backup, f"sqlite:{self.path}", restoring.begin_again, clock=self.clock)
        self.database = SqliteDatabase(self.path, clock=self.clock)
        for browser in self.browsers:
            browser.past.clear()
        self.see_who_left()
        self.oracle.restored(number)

    def see_who_left(self) -> None:
        """What the database says, whatever a story was answered."""
        for member in self.members:
            found = self.database.run_now(_member, member.id)
            member.removed = found is None or found.removed_at is not None

    # ------------------------------------------------------------------ people

    def whose(self, browser: int) -> Member:
        return self.members[browser // BROWSERS_EACH]

    def pair(self, number: int) -> None:
        """Pair a browser, or pair it again: it must be signed in as its member."""
        member, browser = self.whose(number), self.browsers[number]
        if member.removed or browser.signed_in != browser.account:
            return
        code = self.run(pairing.make_code, member.team_id, member.id)
        paired = self.run(_pair, code.code, browser.installation, urn(browser.account))
        browser.token, browser.incarnation = paired.token, paired.incarnation
        self.secrets += [code.code, paired.token]

    def leave(self, number: int) -> None:
        """A member who is no admin leaves the team."""
        member = self.members[number]
        self.run(teams.leave, member.team_id, member.id)
        member.removed = True

    def submit(self, number: int, person: int, *, by_name: bool, note: str | None, key: str | None, times: int) -> None:
        """Ask for an invitation, or for ``times`` of the same at once."""
        member = self.members[number]
        text = f"https://www.linkedin.com/in/person-{person}" if by_name else urn(self.linkedin.person(person))
        profile = parse_profile(text)
        assert profile is not None
        body = f"{number} {text} {note}".encode()
        once = read_once(None if key is None else key.encode(), "POST", "/invite", body)
        ask = Ask(member.team_id, Kind.INVITE, profile, note, member.id, once)
        answers = self.run(intake.accept_many, [ask] * times)
        accepted = [answer for answer in answers if isinstance(answer, Accepted)]
        assert len({answer.task_id for answer in accepted}) <= 1, f"asked {times} times at once, got {answers}"
        for answer in accepted:
            self.oracle.promised(Promise(answer.task_id, member.team_id, key, body, self.clock()))


def _requeues(store: Store, _now: int, team_id: str, requeues: bool) -> None:
    store.teams.set_absence_requeues(team_id, requeues)


def _incarnation(store: Store, _now: int) -> int:
    return pairing.incarnation(store)


def _member(store: Store, _now: int, member_id: str) -> Any:
    return store.teams.member(member_id)


def _pair(store: Store, now: int, code: str, installation: str, account: str) -> pairing.Paired:
    paired = pairing.pair(
        store,
        now,
        code=code,
        installation_id=installation,
        browser="Machine 1",
        version="0.1.0",
        linkedin_urn=account,
        linkedin_name="Sam",
    )
    assert not isinstance(paired, Refusal)
    return paired
