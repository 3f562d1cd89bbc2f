"""Figures: what was measured, as medians and spread, kept in results/latest.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a value for each repeat, with its unit and the digits that mean something."""

    name: str
    values: Sequence[float]
    unit: str
    digits: int

    def told(self, command: str) -> dict[str, Any]:
        """As it stands in the file."""
        low, high = (f"{value:.{self.digits}f}" for value in (min(self.values), max(self.values)))
        value = round(median(self.values), self.digits)
        return {
            "name": self.name, "value": value, "unit": self.unit, "spread": f"{low}-{high}", "command": command,
        }  # fmt: skip


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Run by run, so that what disturbs both alike falls out."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def known() -> dict[str, Any]:
    """What earlier runs found."""
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return {"machine": machine(), "figures": found.get("figures", []), "runs": found.get("runs", {})}


def keep(family: str, prefix: str, figures: Sequence[Figure], command: str, runs: str) -> None:
    """Put the figures of one family in the place of its former ones; those of other families stay."""
    found = known()
    others = [figure for figure in found["figures"] if not figure["name"].startswith(prefix)]
    fresh = [figure.told(command) for figure in figures]
    found["figures"] = sorted([*others, *fresh], key=lambda figure: str(figure["name"]))
    found["runs"][family] = runs
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")


def machine() -> str:
    """What this was measured on."""
    processors = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0].strip("\t: ")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores of {processors or platform.machine()}, {memory_gb:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
