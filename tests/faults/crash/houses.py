"""The two servers of a campaign, each in a process of its own: `serve` itself and the twin itself, around its tempo."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from curtsy.serve import Listening, serve
from curtsy.settings import Settings
from curtsy.twin.clock import Clock
from curtsy.twin.remote import Twin
from curtsy.twin.server import TwinSettings
from curtsy.twin.server import serve as serve_twin
from tests.faults.crash.tempo import Mark, Tempo

ONE_RUN = "one"
"""No machine of a campaign is ever booted anew."""


def curtsy(tempo: Tempo, database: str, port: int, ahead: str) -> None:
    """Serve; the number in the file ``ahead`` is how far somebody has set the clock of this machine wrong."""
    wrong = Mark(Path(ahead))

    def announce(_listening: Listening) -> None:
        return None

    settings = Settings(database=f"sqlite:{database}", port=port)
    serve(settings, announce, clock=lambda: tempo.now_ms() + wrong.read(), steady=tempo.now_ms, boot=lambda: ONE_RUN)


def linkedin(tempo: Tempo, told: str) -> None:
    """Be LinkedIn; the addresses go into the file ``told``."""

    def announce(twin: Twin) -> None:
        unfinished = Path(told + ".new")
        unfinished.write_text(json.dumps(asdict(twin)))
        unfinished.rename(told)

    serve_twin(TwinSettings(clock=Clock(lambda: tempo.now_ms() / 1000)), announce)
