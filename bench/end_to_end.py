"""From the POST to `completed` through every part: server, Chromium with the extension, and the twin as LinkedIn."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import httpx

from bench import ours
from bench.figures import Figure
from bench.ours import serving
from bench.pinned import NotMeasured
from bench.rounds import REPEATS, Rounds, say
from curtsy.cli.stage import browsing, built_extension, pair
from curtsy.clock import system_clock
from curtsy.service import access, pairing, teams
from curtsy.service.access import Scope
from curtsy.settings import Settings
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.store import Store
from curtsy.twin.server import running_twin

INVITATIONS, WARM_INVITATIONS, TRIES = 7, 3, 2
"""In each run, and before the first: from then on the agent's tab is open. A member may act fifty times a day, so that
a disturbed run is made again only once."""
PATIENCE_S, LOOK_S = 30, 0.002


def measure(rounds: Rounds) -> list[Figure]:
    """One browser, one member whose pace has no spacing."""
    with (
        tempfile.TemporaryDirectory(prefix="curtsy-bench-") as name,
        running_twin() as twin,
    ):
        folder = Path(name)
        address = f"sqlite:{folder / 'curtsy.db'}"
        key, code = _furnish(address)
        extension = built_extension(Settings().extension_dir)
        with (
            serving(address, folder) as server,
            browsing(extension, twin, folder) as browser,
            httpx.Client(base_url=server.url, headers={"x-api-key": key}, trust_env=False) as caller,
        ):
            pair(browser, extension, f"{server.url}#{code}")
            people = iter(range(10_000))
            for _ in range(WARM_INVITATIONS):
                _invite(caller, next(people))
            repeats = [
                rounds.run(
                    f"{repeat + 1}/{REPEATS}",
                    lambda: [_invite(caller, next(people)) for _ in range(INVITATIONS)],
                    TRIES,
                )
                for repeat in range(REPEATS)
            ]
            held = len(twin.invitations())
        if held != next(people):
            raise NotMeasured(f"the twin holds {held} invitations")
    for times in repeats:
        say(f"  {min(times):.0f} to {max(times):.0f} ms")
    return [
        Figure("end_to_end.chromium.p50_ms", [median(times) for times in repeats], "ms", 0),
        Figure("end_to_end.chromium.worst_ms", [max(times) for times in repeats], "ms", 0),
    ]


def _furnish(address: str) -> tuple[str, str]:
    with closing(open_database(address, clock=system_clock)) as database:
        migrate(database)
        return database.run_now(_found)


def _found(store: Store, now: int) -> tuple[str, str]:
    """A team; its key, and a code for the browser of its admin."""
    team_id, admin = teams.found(store, now, "Bench", "sam@example.com")
    teams.set_pace(store, now, team_id, admin.id, day=50, week=200, spacing=(0, 0))
    code = pairing.make_code(store, now, team_id, admin.id)
    return access.create_key(store, now, team_id, Scope.INVITE).secret, code.code


def _invite(caller: httpx.Client, number: int) -> float:
    """Invite one person and ask until it is done; how long that took, in milliseconds."""
    began = time.perf_counter()
    # Without a note, of which an account that does not pay has five a month.
    made = caller.post(ours.INVITE, json={"profile_urn": f"person-{number}"}).raise_for_status().json()
    while time.perf_counter() - began < PATIENCE_S:
        told = caller.get(ours.STATUS, params={"api_agent_task_id": made["api_agent_task_id"]})
        status = told.raise_for_status().json()["data"]["status"]
        if status == "completed":
            return (time.perf_counter() - began) * 1000
        if status not in ("pending", "processing"):
            raise NotMeasured(f"an invitation ended as {told.text}")
        time.sleep(LOOK_S)
    raise NotMeasured(f"an invitation was not completed within {PATIENCE_S} s")
