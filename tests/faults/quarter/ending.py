"""The end of a quarter: everything that was answered is accounted for, and LinkedIn's book has no more and no less."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from curtsy.twin.ledger import State
from tests.faults.quarter.caller import Caller
from tests.faults.quarter.feed import Feed
from tests.faults.quarter.front import Front
from tests.faults.quarter.judge import Judge
from tests.faults.quarter.people import DAY, Sender, spelled
from tests.faults.quarter.rules import ACT_WITHIN

OPEN = ("pending", "processing")


class Ending:
    """``fates`` counts how the tasks ended."""

    def __init__(self, front: Front, judge: Judge, feed: Feed, callers: Sequence[Caller]) -> None:
        self._front, self._judge, self._feed, self._callers = front, judge, feed, callers
        self.fates: Counter[str] = Counter()
        self.fullest = 0.0
        """The fullest window that LinkedIn's book shows, as a share of what was allowed."""

    async def look(self) -> None:
        """Read the last news, then compare."""
        for caller in self._callers:
            await self._feed.read(caller.team)
            open_tasks = await self._open(caller)
            for task, (sender, _) in caller.asked.items():
                end = self._feed.ends.get(task)
                if (end is None) != (task in open_tasks):
                    self._judge.blame(sender, f"task {task} is {'lost' if end is None else f'open, and told as {end}'}")
                self.fates[end.removeprefix("task.") if end else "waiting"] += 1
            for sender in caller.team.senders:
                self.windows(sender)

    async def _open(self, caller: Caller) -> set[str]:
        """The team's tasks that have not ended, from its list."""
        found: set[str] = set()
        for status in OPEN:
            query = {"status": status}
            while True:
                reply = await self._front.ask("GET", "/v1/tasks", caller.team.key, **query)
                assert reply.status == 200, reply
                found |= {task["id"] for task in reply.body["data"]}
                if not reply.body["has_more"]:
                    break
                query["cursor"] = reply.body["next_cursor"]
        return found

    def windows(self, sender: Sender) -> None:
        """What LinkedIn's own book says of one account: windows, and people invited twice."""
        book = self._judge.book_of(sender)
        times = sorted(made.sent_at for made in book if made.origin == "post")
        for most, window in ((sender.day, DAY), (sender.week, 7 * DAY)):
            for first, last in zip(times, times[most:], strict=False):
                if last - first <= window - ACT_WITHIN:
                    self._judge.blame(sender, f"LinkedIn has {most + 1} invitations since {spelled(first)}")
            held = max(
                (sum(at <= other < at + window for other in times) for at in times[:: max(1, most // 4)]), default=0
            )
            self.fullest = max(self.fullest, held / most)
        waiting: dict[str, int] = defaultdict(int)
        for made in book:
            waiting[made.invitee] += made.state is State.PENDING and made.origin == "post"
        for person, times_asked in waiting.items():
            if times_asked > 1:
                self._judge.blame(sender, f"LinkedIn has {times_asked} invitations for {person}")
