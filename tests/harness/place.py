"""Which database a test run is about: a file, or a real PostgreSQL. ``pytest --on postgresql`` chooses."""

from __future__ import annotations

from pathlib import Path

from tests.harness.postgres import postgres

KINDS = ("sqlite", "postgresql")
_chosen = [KINDS[0]]


def choose(kind: str) -> None:
    """Say what kind of database every test of this run uses from now on."""
    assert kind in KINDS
    _chosen[0] = kind


def fresh(folder: Path) -> str:
    """The address of a new, empty database; a file lies in ``folder``."""
    return postgres().fresh() if _chosen[0] == "postgresql" else f"sqlite:{folder / 'curtsy.db'}"
