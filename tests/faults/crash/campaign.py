"""A round of the campaign: faults until the wanted number of points is reached, then quiet, then the verdict."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from tests.faults.crash.fate import Fate
from tests.faults.crash.liar import Liar
from tests.faults.crash.nursery import Nursery
from tests.faults.crash.office import Office, asks_of
from tests.faults.crash.stage import Stage
from tests.faults.crash.tempo import Tempo
from tests.faults.crash.verdict import Verdict, inquire
from tests.harness.folder import quick_folder

MODES = ("plain", "lying", "refusing", "stepping")
"""Whether a liar is about, LinkedIn refuses duplicates by itself, or the server's clock is set all the time."""
TIMES = 60
"""How much faster the clock runs: fast enough to wait for absences, slow enough that a busy machine keeps deadlines."""
POINTS_A_SECOND = 6.0
ASKS_A_POINT = 5
ENDS_WITHIN_MS = 15 * 60_000
"""Every task ends this soon after the last fault (guarantee, I11)."""
UNDER_WAY_MS = 130_000
LONGEST_S = 60.0
TICK_S = 0.02


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round."""

    seed: int
    mode: str
    wanted: int
    struck: Counter[str]
    seconds: float
    verdict: Verdict

    @property
    def points(self) -> int:
        """How many faults have happened."""
        return self.struck.total()

    def complain(self) -> str:
        """What went wrong, for whoever has to understand it; empty when nothing did."""
        if not self.verdict.faults:
            return ""
        again = f"make crash POINTS={self.wanted} SEED={self.seed} MODE={self.mode}"
        return "\n".join([f"seed {self.seed}; again: {again}", *self.verdict.faults])


def carry_out(seed: int, points: int, mode: str = "plain") -> Round:
    """One round in a folder and with processes of its own; nothing is left of it."""
    began = time.monotonic()
    rng = Random(seed)
    tempo = Tempo(TIMES, time.time_ns())
    nursery = Nursery()
    try:
        with quick_folder() as folder:
            stage = Stage(tempo, nursery, folder, rng)
            try:
                stage.rise(refuses_duplicates=mode == "refusing")
                fate, verdict = _play(stage, points, mode, rng)
            finally:
                stage.fall()
    finally:
        nursery.close()
    return Round(seed, mode, points, fate.told(), time.monotonic() - began, verdict)


def _play(stage: Stage, points: int, mode: str, rng: Random) -> tuple[Fate, Verdict]:
    asks = asks_of(stage.senders, max(8, points * ASKS_A_POINT // len(stage.senders)), rng)
    office = Office(stage.tempo, stage.wire.port, asks, points / POINTS_A_SECOND / len(asks) * 1000 * TIMES)
    fate = Fate(stage, office, rng, stepping=mode == "stepping")
    liar = Liar(stage.tempo, stage.url, stage.stranger(), stage.wire, rng) if mode == "lying" else None
    try:
        end = time.monotonic() + LONGEST_S
        next_at = time.monotonic()
        while fate.points() < points and time.monotonic() < end:
            if time.monotonic() >= next_at:
                fate.strike()
                next_at += rng.expovariate(POINTS_A_SECOND)
            fate.tend()
            time.sleep(TICK_S)
        fate.relent()
        stage.await_server()
    finally:
        office.close()
        if liar is not None:
            liar.close()
    verdict = inquire(stage, office, patience_ms=ENDS_WITHIN_MS, quiet_ms=UNDER_WAY_MS)
    if liar is not None:
        verdict.faults += [f"A LIE WAS BELIEVED: {lie}" for lie in liar.believed]
    return fate, verdict
