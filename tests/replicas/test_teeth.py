"""Each guard between processes is cut out of a copy of the sources; a pair that depends on it must then go wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import curtsy
from tests.harness.folder import quick_folder
from tests.harness.postgres import Postgres
from tests.replicas.bite import BROKE, HELD

pytestmark = pytest.mark.postgresql
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Guard:
    """The exact text that stands once in a file of ``curtsy/``, what stands in its stead, and who must meet."""

    name: str
    file: str
    text: str
    instead: str
    first: str
    second: str


GUARDS = (
    Guard("start asks whether the person may be invited", "service/start.py",
          "if refusal := left_alone(store, now, task, key):", "if refusal := None:",
          "accept the same person", "finish: cannot resend yet"),
    Guard("an ask that met the list is stopped at its start", "service/start.py",
          "if refusal := left_alone(store, now, task, key):", "if refusal := None:",
          "accept the same person", "do not contact"),
    Guard("start and the list decide about a person one after another", "storage/store/__init__.py",
          'self.rows.hold(f"person:{team_id}:{key}")', "pass", "start", "do not contact, held"),
    Guard("upkeep ends what waits for a removed member", "service/upkeep.py",
          "if store.rows.hold_free([hold_of(member_id)]):", "if False:", "accept", "leave: the sender"),
    Guard("a reader waits for transactions that began earlier", "storage/store/events.py",
          "$AFTER(:txid, :n) AND txid < $OLDEST_OPEN ", "$AFTER(:txid, :n) ", "accept", "unpair"),
    Guard("desks decide about a member one after another", "storage/store/__init__.py",
          "self.rows.hold(hold_of(member_id))", "pass", "start", "cancel"),
    Guard("an ask whose rival has ended is taken anew", "service/intake.py",
          "raise Overtaken  #", "pass  #", "accept the same person", "cancel"),
    Guard("a pace is read where it is changed", "service/teams.py",
          "store.hold_member(named(store, now, team_id, member).id)\n    chosen", "chosen",
          "set pace: day", "set pace: week"),
    Guard("one who has left is not paired", "service/pairing.py",
          "    store.hold_member(found.member_id)\n    member = store.teams.member(found.member_id)\n",
          "    member = store.teams.member(found.member_id)\n    store.hold_member(found.member_id)\n",
          "pair one more", "leave: the sender"),
    Guard("a restore has everybody to itself", "service/restoring.py",
          "    store.hold_everything()\n", "", "begin again", "start"),
    Guard("a key answered meanwhile is looked up again", "storage/store/answers.py",
          "raise Overtaken", "pass", "accept with a key", "accept another with that key"),
)  # fmt: skip


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """The sources once more, where they may be damaged; without what was compiled from them."""
    with quick_folder() as folder:
        shutil.copytree(Path(curtsy.__file__).parent, folder / "curtsy", ignore=shutil.ignore_patterns("__pycache__"))
        yield folder


def bite(sources: Path, address: str, guard: Guard) -> subprocess.CompletedProcess[str]:
    """Let the pair meet on these sources."""
    environment = dict(os.environ) | {"PYTHONPATH": f"{sources}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.replicas.bite", address, guard.first, guard.second]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_without_its_guard_a_pair_goes_wrong(copy: Path, quick_postgres: Postgres, guard: Guard) -> None:
    file = copy / "curtsy" / guard.file
    whole = file.read_text()
    assert whole.count(guard.text) == 1, f"{guard.file} does not say this exactly once: {guard.text!r}"
    try:
        file.write_text(whole.replace(guard.text, guard.instead))
        ended = bite(copy, quick_postgres.fresh(), guard)
    finally:
        file.write_text(whole)
    assert ended.returncode == BROKE, f"nothing noticed that the guard is gone: {ended.stdout}{ended.stderr}"


def test_with_every_guard_they_go_well(copy: Path, quick_postgres: Postgres) -> None:
    for guard in GUARDS[:3]:
        ended = bite(copy, quick_postgres.fresh(), guard)
        assert ended.returncode == HELD, ended.stderr
