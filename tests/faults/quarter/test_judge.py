"""The judge finds each of the faults it looks for: told of one, it blames; told of what is right, it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random

import pytest

from curtsy.twin.ledger import State
from tests.faults.quarter.bounds import Hours
from tests.faults.quarter.ending import Ending
from tests.faults.quarter.feed import Feed
from tests.faults.quarter.foresight import Foresight
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge
from tests.faults.quarter.leaping import Sun
from tests.faults.quarter.linkedin import LinkedIn
from tests.faults.quarter.people import DAY, HOUR, MINUTE, SECOND, Act, Sender, Standing, Team
from tests.faults.quarter.rules import INVITE, TICK
from tests.harness.agent import Reply
from tests.harness.folder import quick_folder

MONDAY = 1_788_739_200_000 + 9 * HOUR


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with quick_folder() as folder:
        made = Front(f"sqlite:{Path(folder) / 'curtsy.db'}", Sun(MONDAY))
        yield made
        made.close()


class Court:
    """A judge, and two members of a team: two invitations a day, five a week, a minute or more apart."""

    def __init__(self, front: Front) -> None:
        self.sun = front.sun
        self.sun.at = MONDAY
        self.linkedin = LinkedIn(self.sun, 1)
        self.judge = Judge(front, self.linkedin, 1)
        self.team, self.numbers = Team(0, "team", "key"), count(1)
        self.sender, self.colleague = self.member(0), self.member(1)
        self.feed = Feed(front, self.judge, {one.id: one for one in self.team.senders})
        self.foresight = Foresight(front, self.judge, Random(1))
        self.ending = Ending(front, self.judge, self.feed, [])

    def member(self, number: int) -> Sender:
        account = self.linkedin.account(number, premium=False, weekly=250)
        made = Sender(number, self.team, f"m{number}", account, 2, 5, (60, 180), None, None, None, 0)
        made.told = made.known = account.id
        made.open, made.heard_at = True, MONDAY
        self.team.senders.append(made)
        return made

    def later(self, ms: int) -> None:
        self.sun.at += ms

    def person(self) -> str:
        return self.linkedin.person(next(self.numbers)).profile_id

    def act(self, sender: Sender | None = None, person: str | None = None, note: str | None = None) -> Act:
        """An invitation that the server allows, and that LinkedIn takes."""
        who, whom = sender or self.sender, person or self.person()
        work = {"kind": INVITE, "id": f"t{next(self.numbers)}", "note": note, "purpose": "act"}
        made = self.judge.started(who, work, whom, "none", Reply(200, {}, {}))
        assert made is not None
        outcome, _, invitation = self.linkedin.post(who.account, whom, note, None)
        self.judge.posted(who, made, outcome, invitation)
        return made

    def pause(self, cause: str, until: int | None = None) -> Standing:
        made = Standing(cause, self.sun.at, until)
        self.sender.pauses.append(made)
        return made

    def event(self, kind: str, **data: object) -> None:
        at = self.spelled(self.sun.at)
        self.feed.take({"type": kind, "timestamp": at, "data": {"sender": {"id": self.sender.id}, **data}})

    @staticmethod
    def spelled(at: int) -> str:
        return f"{_utc(at)}Z"

    def says(self, word: str | None, due: int | None = None) -> None:
        """What the server says of the only task that waits."""
        told = {
            "finished_at": None, "status": "pending", "task_input": {"task_type": f"agent_{INVITE}"},
            "blocked_by": word, "estimated_at": None if due is None else self.spelled(due),
        }  # fmt: skip
        self.foresight.hear(self.sender, "waits", 0, told)


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def acts(court: Court, how_many: int, apart: int) -> None:
    for _ in range(how_many):
        court.act()
        court.later(apart)


def asked_again(how: State) -> Callable[[Court], None]:
    def story(court: Court) -> None:
        first = court.act()
        court.linkedin.answer(court.judge.made[first.task][0], how)
        court.later(HOUR)
        court.act(court.colleague, first.person)

    return story


def cools_down(court: Court) -> None:
    whom = court.person()
    court.judge.cooling[0, None, whom] = court.sun.at + DAY
    court.act(person=whom)


def is_listed(court: Court) -> None:
    whom = court.person()
    court.judge.listed[0].add(whom)
    court.act(person=whom)


def notes(court: Court) -> None:
    court.sender.day = court.sender.week = 50
    for _ in range(6):
        court.act(note="Hello")
        court.later(HOUR)


def at_night(court: Court) -> None:
    court.sender.hours = Hours(10, 18, "UTC")
    court.act()


def by_hand(court: Court) -> None:
    court.sender.shown_by_hand = {"a": court.sun.at - HOUR, "b": court.sun.at - 2 * HOUR}
    court.act()


def warming_up(court: Court) -> None:
    court.sender.warm_from = court.sun.at
    acts(court, 2, HOUR)


def cautious(court: Court) -> None:
    court.pause("invitation_limit", court.sun.at)
    acts(court, 4, DAY)


def paused_at(court: Court) -> None:
    court.pause("challenge")
    court.act()


def somebody_else(court: Court) -> None:
    court.sender.account.signed_in = None
    court.judge.started(
        court.sender, {"kind": INVITE, "id": "t", "note": None}, court.person(), "none", Reply(200, {}, {})
    )


def given_under_a_challenge(court: Court) -> None:
    court.pause("challenge")
    court.judge.given(court.sender, {"kind": "check_invitations", "purpose": "act"})


def told_of_no_pause(court: Court) -> None:
    court.event("member.paused", cause="throttled", until=None)


def told_another_end(court: Court) -> None:
    court.pause("throttled", court.sun.at + HOUR)
    court.event("member.paused", cause="throttled", until=court.spelled(court.sun.at + 2 * HOUR))


def not_told(court: Court) -> None:
    court.pause("challenge")
    court.feed.all_told(court.sender)


def not_told_that_it_is_over(court: Court) -> None:
    court.pause("throttled", court.sun.at + HOUR).told = True
    court.later(HOUR + 3 * TICK)
    court.feed.all_told(court.sender)


def over_too_soon(court: Court) -> None:
    court.pause("throttled", court.sun.at + HOUR).told = True
    court.later(MINUTE)
    court.event("member.resumed", cause="throttled")


def completed_without_an_invitation(court: Court) -> None:
    court.judge.asked_for["t"] = court.person()
    court.event("task.completed", task={"id": "t"})


def failed_with_an_invitation(court: Court) -> None:
    court.event("task.failed", task={"id": court.act().task})


def ended_twice(court: Court) -> None:
    court.event("task.failed", task={"id": "t"})
    court.event("task.expired", task={"id": "t"})


def linkedins_book_has_more(court: Court) -> None:
    for _ in range(3):
        court.linkedin.post(court.sender.account, court.person(), None, None)
        court.later(HOUR)
    court.ending.windows(court.sender)


def linkedins_book_has_one_twice(court: Court) -> None:
    whom = court.person()
    for _ in range(2):
        court.linkedin.post(court.sender.account, whom, None, None)
        court.later(3 * DAY)
    court.ending.windows(court.sender)


def says_what_is_not_so(court: Court) -> None:
    court.says("day_limit")


def says_nothing_of_what_is(court: Court) -> None:
    court.sender.paused = True
    court.says(None)


FAULTS: dict[str, Callable[[Court], None]] = {
    "2 acts within a day that holds 2": lambda court: acts(court, 3, HOUR),
    "5 acts within a week that holds 5": lambda court: acts(court, 6, DAY),
    "ms after the last act": lambda court: acts(court, 2, 30 * SECOND),
    "a note, with 5 of them": notes,
    "outside the member's working hours": at_night,
    "2 acts within a day that holds 2, and one more": by_hand,
    "1 acts within a day that holds 1": warming_up,
    "3 acts within a week that holds 3": cautious,
    "under a pause for challenge": paused_at,
    "somebody else is signed in": somebody_else,
    "given check_invitations": given_under_a_challenge,
    "by member 0: pending": asked_again(State.PENDING),
    "by member 0: declined": asked_again(State.DECLINED),
    "by member 0: vanished": asked_again(State.VANISHED),
    "so soon after": cools_down,
    "is not to be contacted": is_listed,
    "that nothing explains": told_of_no_pause,
    "it should be": told_another_end,
    "nobody was told of the pause": not_told,
    "nobody was told that": not_told_that_it_is_over,
    "which nothing explains": over_too_soon,
    "LinkedIn has no such invitation": completed_without_an_invitation,
    "LinkedIn holds what it made": failed_with_an_invitation,
    "and then as": ended_twice,
    "LinkedIn has 3 invitations since": linkedins_book_has_more,
    "LinkedIn has 2 invitations for": linkedins_book_has_one_twice,
    "is said to wait for day_limit": says_what_is_not_so,
    "nothing is said to block": says_nothing_of_what_is,
}
"""What the judge says of each fault."""


@pytest.mark.parametrize(("said", "story"), FAULTS.items(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_fault_is_found(front: Front, said: str, story: Callable[[Court], None]) -> None:
    court = Court(front)
    story(court)
    assert [said in fault for fault in court.judge.faults] == [True]


def test_what_is_right_is_not_blamed(front: Front) -> None:
    court = Court(front)
    court.says(None)
    acts(court, 2, HOUR)
    court.says("day_limit")
    court.later(DAY)
    court.act()
    pause = court.pause("throttled", court.sun.at + HOUR)
    court.event("member.paused", cause="throttled", until=court.spelled(court.sun.at + HOUR))
    court.says("throttled")
    court.later(HOUR)
    court.event("member.resumed", cause="throttled")
    court.feed.all_told(court.sender)
    court.ending.windows(court.sender)
    assert (court.judge.faults, pause.told_over) == ([], True)


@pytest.mark.parametrize(("off", "right"), [(0.0, 1), (0.09, 1), (0.2, 0), (-0.2, 0)])
def test_a_prediction_is_right_within_a_tenth(front: Front, off: float, right: int) -> None:
    court = Court(front)
    court.says(None, court.sun.at + int(HOUR * (1 + off)))
    court.later(HOUR)
    work = {"kind": INVITE, "id": "waits", "note": None}
    court.judge.started(court.sender, work, court.person(), "none", Reply(200, {}, {}))
    assert court.foresight.share() == right


def test_a_prediction_that_something_came_between_is_counted_apart(front: Front) -> None:
    court = Court(front)
    court.says(None, court.sun.at + HOUR)
    court.sender.disturb(court.sun.at + 1, "closes the browser")
    court.later(2 * HOUR)
    work = {"kind": INVITE, "id": "waits", "note": None}
    court.judge.started(court.sender, work, court.person(), "none", Reply(200, {}, {}))
    assert (sum(court.foresight.made.values()), court.foresight.disturbed) == (0, 1)
