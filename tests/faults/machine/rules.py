"""The machine: what callers, browsers, members, LinkedIn, time and crashes may do, in any order."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from curtsy.domain.agent import AgentRevoked, NotStarted
from curtsy.domain.errors import Refusal, TaskNotFound
from curtsy.domain.outcome import Relation
from curtsy.domain.task import UNTOLD, Task, TaskState
from curtsy.service import dispatch, intake, listing, pairing, pauses, reports, review, start, status, upkeep
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import Intent
from curtsy.storage.store import Store
from curtsy.storage.store.lists import Wanted
from curtsy.storage.store.tasks import COLUMNS, as_task
from tests.faults.machine.browser import Browser, Lost
from tests.faults.machine.ending import calm_down
from tests.faults.machine.linkedin import LONGEST_IN_FLIGHT_MS, LONGEST_READ_LAG_MS, urn
from tests.faults.machine.town import PERSONS, Town

MEMBERS = 3
BROWSERS = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 5])
"""The first member's two browsers meet most often: what goes wrong goes wrong between them."""
WHO = st.sampled_from([0, 0, 1, 2])
PERSON = st.integers(0, PERSONS - 1)
WHICH = st.integers(0, 20)
WAITS = st.sampled_from([(0,), (30_000,), (165_000,), (0, 165_000, 30_000), (60_000, 165_000, 30_000, 30_000)])
CARELESS = st.sampled_from([None, None, "sent", "not_attempted"])
STEPS_OF_A_BROWSER = ["lease", "start", "start", "start as another", "release", "repeat", "reboot"]
ENDS = ["before", "before", "after", "after", "now", "back up", "back up", "restore", "restore", "forget"]
KEYS = st.sampled_from([None, None, "one", "two"])
SIGNED_IN = ("own", "nobody", "other")
PEOPLE = ["resume", "resume", "settle", "settle", "pause", "own", "nobody", "other", "unpair", "pair", "pair", "leave"]
NOTES = st.sampled_from([None, None, "Hello there"])
FATES = st.sampled_from(
    [None, None, None, None, None, "drop_before", "drop_before",
     "drop_after", "500_before_commit", "500_after_commit", "late_commit",
     "late_commit", "200_no_urn", "200_empty", "429_fuse", "429_bare", "403_csrf", "403_other", "302_login", "slow",
     "400_generic", "302_challenge"]
)  # fmt: skip
LATE = st.integers(1_000, LONGEST_IN_FLIGHT_MS)
STEPS = st.sampled_from(
    [
        1_000,
        5_000,
        14_999,
        15_000,
        30_000,
        59_999,
        60_000,
        150_000,
        165_000,
        900_000,
        3_600_000,
        86_400_000,
        260_000_000,
    ]
)


class Life(RuleBasedStateMachine):
    """One run; ``REFUSES`` lets LinkedIn refuse duplicates, which hides a second send and is therefore off."""

    REFUSES = False

    @initialize(requeues=st.booleans())
    def begin(self, requeues: bool) -> None:
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(prefix="curtsy-machine-", dir=memory if memory.is_dir() else None)
        self.town = Town(Path(self.folder.name), refuse_duplicates=self.REFUSES, requeues=requeues)

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        try:
            calm_down(self.town)
        finally:
            self.town.close()
            self.folder.cleanup()

    @contextlib.contextmanager
    def survived(self) -> Iterator[None]:
        """What a caller lives with: no answer, or a no."""
        with contextlib.suppress(Lost, Refusal):
            yield

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "town"):
            self.town.database.run_now(self.town.oracle.check)

    # ------------------------------------------------------------------ callers

    @rule(who=WHO, person=PERSON, by_name=st.booleans(), note=NOTES, key=KEYS, times=st.sampled_from([1, 1, 1, 50]))
    def submit(self, who: int, person: int, by_name: bool, note: str | None, key: str | None, times: int) -> None:
        with self.survived():
            self.town.submit(who, person, by_name=by_name, note=note, key=key, times=times)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if task := self._task(which):
            with self.survived():
                self.town.run(intake.cancel, task.team_id, task.id)

    def _settle(self, which: int) -> None:
        """A person looks at the sent invitations and says what is there."""
        waiting = [task for task in self._tasks() if task.state is TaskState.NEEDS_REVIEW]
        if waiting:
            task = waiting[which % len(waiting)]
            posts = [post for post in self.town.linkedin.posts if post.task_id == task.id]
            sent = any(self.town.linkedin.landed(post) for post in posts)
            self.town.run(review.settle, task.team_id, task.id, sent, "seen in the sent list", "ada")

    # ------------------------------------------------------------------ browsers, a step at a time

    @rule(n=BROWSERS, what=st.sampled_from(STEPS_OF_A_BROWSER), which=WHICH)
    def step(self, n: int, what: str, which: int) -> None:
        steps: dict[str, Callable[[Browser], Any]] = {
            "lease": Browser.lease,
            "start": Browser.start,
            "start as another": self._starts_as_another,
            "release": Browser.release,
            "repeat": lambda browser: browser.repeat(which),
            "reboot": Browser.reboot,
        }
        self._does(n, steps[what])

    @rule(n=BROWSERS, fate=FATES, late=LATE, dies=st.booleans())
    def act(self, n: int, fate: str | None, late: int, dies: bool) -> None:
        self._does(n, lambda browser: browser.act(fate, late, dies=dies))

    @rule(n=BROWSERS, tab_closed=st.booleans(), careless=CARELESS)
    def finish(self, n: int, tab_closed: bool, careless: str | None) -> None:
        self._does(n, lambda browser: browser.finish(tab_closed=tab_closed, careless=careless))

    @rule(n=BROWSERS, fate=FATES, late=LATE)
    def turn(self, n: int, fate: str | None, late: int) -> None:
        self._does(n, lambda browser: browser.turn(fate, late))

    @rule(n=BROWSERS, note=NOTES, person=PERSON, fate=FATES, late=LATE, dies=st.booleans())
    def errand(self, n: int, note: str | None, person: int, fate: str | None, late: int, dies: bool) -> None:
        """From the caller to the act, whose answer the browser may not live to see; its report still waits."""
        self.submit(n // 2, person, False, note, None, 1)
        for step in (Browser.lease, Browser.start, lambda browser: browser.act(fate, late, dies=dies)):
            self._does(n, step)

    @rule(n=BROWSERS, waits=WAITS, tab_closed=st.sampled_from([True, True, False]))
    def look_later(self, n: int, waits: tuple[int, ...], tab_closed: bool) -> None:
        """Time passes, and a browser reports what it holds, or looks at what there is to look at; and again."""
        for ms in waits:
            self.clock(ms, True)
            for step in (Browser.lease, lambda browser: browser.finish(tab_closed=tab_closed)):
                self._does(n, step)

    def _starts_as_another(self, browser: Browser) -> None:
        """Somebody else has signed in to LinkedIn in this browser since the lease."""
        before, browser.signed_in = browser.signed_in, self.town.linkedin.person(9)
        try:
            browser.start()
        finally:
            browser.signed_in = before

    def _does(self, n: int, step: Callable[[Browser], Any]) -> None:
        browser = self.town.browsers[n]
        if browser.token:
            with self.survived():
                step(browser)

    # ------------------------------------------------------------------ people

    @rule(n=BROWSERS, what=st.sampled_from(PEOPLE), which=WHICH)
    def people(self, n: int, what: str, which: int) -> None:
        """What members do with their browsers, their pairings and their team."""
        town, browser, member = self.town, self.town.browsers[n], self.town.whose(n)
        idle = browser.journal is None or browser.journal.phase in ("leased", "looking")
        with self.survived():
            if what == "resume":
                town.run(pauses.resume, member.team_id, member.id)
            elif what == "settle":
                self._settle(which)
            elif what == "pause":
                browser.paused = not browser.paused
            elif what in SIGNED_IN and idle:
                browser.signed_in = {"own": browser.account, "nobody": None, "other": town.linkedin.person(9)}[what]
            elif what == "unpair" and browser.token:
                self._unpair(browser)
            elif what == "pair":
                town.pair(n)
            elif what == "leave" and member is town.members[1] and not member.removed:
                town.leave(1)

    def _unpair(self, browser: Browser) -> None:
        """I15: what was revoked is refused from the next call on."""
        token = browser.token
        self.town.call(token, _unpaired)
        browser.token = ""
        self._is_refused(AgentRevoked, lambda: self.town.call(token, _unpaired))

    # ------------------------------------------------------------------ LinkedIn without us

    @rule(who=WHO, person=PERSON, note=NOTES, what=st.sampled_from(["by hand", "incoming", "accept", "withdraw"]))
    def meanwhile(self, who: int, person: int, note: str | None, what: str) -> None:
        linkedin = self.town.linkedin
        pair = self.town.members[who].account, linkedin.person(person)
        if what == "by hand":
            linkedin.by_hand(*pair, note)
        else:
            {"incoming": linkedin.incoming, "accept": linkedin.accept, "withdraw": linkedin.withdraw}[what](*pair)

    @rule(who=WHO, lag=st.sampled_from([0, 5_000, LONGEST_READ_LAG_MS]))
    def read_lag(self, who: int, lag: int) -> None:
        self.town.linkedin.set_read_lag(self.town.members[who].account, lag)

    # ------------------------------------------------------------------ time and crashes

    @rule(ms=STEPS, tidy=st.booleans())
    def clock(self, ms: int, tidy: bool) -> None:
        """Time passes, with or without upkeep looking at what it brought about."""
        self.town.clock.jump(ms)
        with self.survived():
            while tidy and self.town.run(upkeep.upkeep):
                pass

    @rule(end=st.sampled_from(ENDS), which=WHICH)
    def strike(self, end: str, which: int) -> None:
        """The server dies now, or will die at one end of the next commit; or its database is copied, or put back."""
        if end == "now":
            self.town.restart()
        elif end == "back up":
            self.town.back_up()
        elif end == "forget":
            self._forget(which)
        elif end != "restore":
            self.town.strikes = end
        elif self.town.backups:
            self.town.restore(which)

    def _forget(self, which: int) -> None:
        """A restore forgets a task whose act is under way; its caller asks again at once, and a browser is there."""
        n, person = which % len(self.town.browsers), which % PERSONS
        self.town.back_up()
        self.errand(n, None, person, "late_commit", LONGEST_IN_FLIGHT_MS, True)
        self.town.restore(self.town.backups - 1)
        self.submit(n // 2, person, False, None, None, 1)
        for ms in (0, 60_000, 60_000):
            self.clock(ms, True)
            self._does(n ^ 1, Browser.turn)

    # ------------------------------------------------------------------ liars and strangers

    @rule(thief=BROWSERS, which=WHICH, crime=st.sampled_from(["start", "sent", "release", "unsent", "look"]))
    def forge(self, thief: int, which: int, crime: str) -> None:
        """A browser that uses what is not its own changes nothing."""
        token, task = self.town.browsers[thief].token, self._task(which)
        self.town.strikes = None
        if task is not None:
            self._strangers_learn_nothing(task)
        if not token or task is None or task.lease_id is None:
            return
        before = self._tasks()
        with contextlib.suppress(AgentRevoked):
            answer = self.town.call(token, _forged, task, crime, self.town.browsers[thief].account)
            assert answer is None or isinstance(answer, Refusal), f"{crime} was believed: {answer}"
            if crime == "unsent" and isinstance(answer, NotStarted):
                assert task.state is TaskState.LEASED
        after = self._tasks()
        assert before == after, f"I5: {crime} by browser {thief} changed {set(after) - set(before)}"

    def _strangers_learn_nothing(self, task: Task) -> None:
        """I14: the other team sees no task of this one, and moves none."""
        other = next(member.team_id for member in self.town.members if member.team_id != task.team_id)
        run = self.town.run
        self._is_refused(TaskNotFound, lambda: run(status.status, other, task.id))
        self._is_refused(TaskNotFound, lambda: run(intake.cancel, other, task.id))
        self._is_refused(TaskNotFound, lambda: run(review.settle, other, task.id, True, "it is mine", "eve"))
        listed = run(listing.newest, other, Wanted(), None, 100).tasks
        assert task.id not in {shown.task.id for shown in listed}, "I14"

    def _is_refused(self, refusal: type[Refusal], ask: Callable[[], Any]) -> None:
        self.town.strikes = None
        try:
            answer = ask()
        except refusal:
            return
        raise AssertionError(f"expected {refusal.__name__}, got {answer}")

    # ------------------------------------------------------------------ looking

    def _tasks(self) -> list[Task]:
        return self.town.database.run_now(_all_tasks)

    def _task(self, which: int) -> Task | None:
        tasks = self._tasks()
        return tasks[-1 - which % len(tasks)] if tasks else None


class Refusing(Life):
    """The same on a LinkedIn that refuses a second invitation itself."""

    REFUSES = True


def _all_tasks(store: Store, _now: int) -> list[Task]:
    tasks = map(as_task, store.rows.all(f"SELECT {COLUMNS} FROM tasks ORDER BY id", {}))
    return [task for task in tasks if task.kind not in UNTOLD]


def _unpaired(store: Store, now: int, agent: Any) -> None:
    pairing.unpair(store, now, agent.team_id, agent.id)


def _forged(store: Store, now: int, agent: Any, task: Task, crime: str, account: str) -> Any:
    lease = task.lease_id or ""
    own = task.lease_agent == agent.id
    sent = Report(lease, "b", "sent", None, Evidence(invitation_urn="urn:li:fsd_invitation:1", acted=True))
    person = task.profile_urn or urn("ACoAAforged")
    if crime == "start" and (not own or task.lease_purpose == "verify"):
        return start.start(store, now, agent, task.id, Intent(lease, "b", urn(account), person, Relation.NONE, 0))
    if crime == "release" and (not own or task.lease_purpose == "verify"):
        return dispatch.release(store, now, agent, task.id, lease)
    if crime == "sent" and not own:
        return reports.finish(store, now, agent, task.id, sent)
    if crime == "unsent" and own and task.state is TaskState.LEASED:
        return reports.finish(store, now, agent, task.id, sent)
    if crime == "look" and not own:
        return reports.finish(store, now, agent, task.id, Report(lease, "b", "absent", None, Evidence(tab_closed=True)))
    return None
