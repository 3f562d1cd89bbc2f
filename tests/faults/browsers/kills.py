"""Real Chromium with the extension as shipped, killed somewhere in an invitation and opened again on its folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from curtsy.cli.stage import built_extension
from curtsy.settings import Settings
from curtsy.storage.store import Store
from curtsy.twin.server import TwinSettings, running_twin
from tests.e2e.dying import Stage, staged
from tests.e2e.story import Story
from tests.harness.waiting import until

A_STORY = 10
"""So many invitations each member is asked for, far below what the pace allows in a day."""
MOMENTS = ("asked", "leased", "started", "posted")
"""What the drawn delay of a kill counts from."""
LATEST_MS = {"asked": 1_200, "leased": 700, "started": 400, "posted": 500}
TROUBLES = (None, None, "slow", "late_commit", "drop_after")
TROUBLE_MS = 600
LOOKS = (165_000, 30_000, 150_000, 165_000, 30_000, 30_000)
"""Jumps of the server's clock that let a lease end and absences count, also those of a second act."""
PATIENCE_S = 12.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: when it struck, what became of the task, and what LinkedIn holds."""

    number: int
    moment: str
    delay_ms: int
    trouble: str | None
    requeues: bool
    word: str
    held: int
    posts: int

    @property
    def fault(self) -> str | None:
        """What must never be, in words; None when all is well."""
        if self.held > 1:
            return f"DUPLICATE: {self}"
        if self.word == "completed" and self.held != 1:
            return f"FALSE SENT: {self}"
        if self.word not in ("completed", "needs_review") and self.held:
            return f"FALSE FAILURE: {self}"
        return f"NO END: {self}" if self.word == "open" else None


class Killer:
    """Asks for invitations one after the other, and kills the browser somewhere in each."""

    def __init__(self, stage: Stage, rng: Random) -> None:
        self._stage, self._rng = stage, rng
        self._story: Story | None = None
        self._count = 0
        self._requeues = False

    def strike(self) -> Kill:
        """One invitation with one kill in it, to its end."""
        story, slug = self._next_story(), f"person-{5_000 + self._count}"
        self._count += 1
        moment, trouble = self._rng.choice(MOMENTS), self._rng.choice(TROUBLES)
        delay_ms = self._rng.randrange(LATEST_MS[moment])
        if trouble is not None:
            self._stage.twin.tell("faults", fault=trouble, viewer=story.viewer, ms=TROUBLE_MS)
        before = story.posts()
        task = story.invite(slug, self._rng.choice((None, f"Hello {slug}")))
        self._await(story, task, moment, before)
        # Not a wait for something: the moment itself is drawn.
        time.sleep(delay_ms / 1000)
        self._stage.browser.kill()
        self._stage.browser.start()
        word = self._end(story, task)
        self._stage.twin.forget_faults()
        held = len(story.held(slug))
        return Kill(self._count, moment, delay_ms, trouble, self._requeues, word, held, story.posts() - before)

    def _next_story(self) -> Story:
        if self._story is None or self._count % A_STORY == 0:
            self._story = self._stage.story()
            self._stage.twin.tell("viewers", viewer=self._story.viewer, notes_max=A_STORY)
            self._requeues = not self._requeues
            self._stage.server.run(_set_absence, self._story.house.team_id, self._requeues)
            # What is to survive a power cut has to be on the disk: cookies are, once the browser was closed.
            self._stage.browser.quit()
            self._stage.browser.start()
        return self._story

    def _await(self, story: Story, task: str, moment: str, posts: int) -> None:
        def reached(said: dict[str, Any]) -> bool:
            if said["finished_at"] or moment == "asked":
                return True
            if moment == "posted":
                return story.posts() > posts
            return said["status"] != "pending" and (moment == "leased" or said["started_at"] is not None)

        story.seen(task, moment, reached)

    def _end(self, story: Story, task: str) -> str:
        """The end of a task in one word; the server's clock jumps on while nothing else happens."""
        for jump in LOOKS:
            try:
                return until(lambda: _word(story.status(task)), "its end", PATIENCE_S)
            except AssertionError:
                self._stage.look_later(story, jump)
        return _word(story.status(task)) or "open"


def _word(said: dict[str, Any]) -> str | None:
    if said["finished_at"]:
        return str(said["status"])
    review = said["status"] == "processing" and said["blocked_by"] == "needs_review"
    return "needs_review" if review else None


def _set_absence(store: Store, _now: int, team_id: str, requeues: bool) -> None:
    store.teams.set_absence_requeues(team_id, requeues)


@contextmanager
def killing(seed: int) -> Iterator[Killer]:
    """A killer on a stage of its own; LinkedIn does not refuse duplicates there."""
    before = os.environ.get("TMPDIR")
    with TemporaryDirectory(prefix="curtsy-kills-") as folder:
        # Chromium leaves files in the temporary folder when it is killed.
        os.environ["TMPDIR"] = folder
        try:
            with running_twin(TwinSettings(clock_control=True)) as twin:
                twin.tell("duplicates", refused=False)
                extension = built_extension(Settings().extension_dir)
                with staged(Path(folder), extension, twin) as stage:
                    yield Killer(stage, Random(seed))
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before
