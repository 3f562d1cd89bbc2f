"""The page about the figures: README.md beside this file, made from results/latest.json."""

from __future__ import annotations

from pathlib import Path

from bench.figures import known

PAGE = Path(__file__).parent / "README.md"
BEGINS = "<!-- made from results/latest.json by `make bench` -->\n"


def write() -> None:
    """Make everything of the page anew that comes after the mark; what people wrote above it stays."""
    found = known()
    families: dict[str, list[str]] = {}
    for figure in found["figures"]:
        name, value, unit, spread = (figure[field] for field in ("name", "value", "unit", "spread"))
        row = f"| `{name}` | {value} {unit} | {spread} | `{figure['command']}` |"
        families.setdefault(name.partition(".")[0], []).append(row)
    lines = [f"Measured on {found['machine']}.", ""]
    lines += [f"- {family}: {told}" for family, told in sorted(found["runs"].items())]
    for family, rows in sorted(families.items()):
        lines += ["", f"### {family}", "", "| figure | median | spread | command |", "|---|---|---|---|", *rows]
    written = PAGE.read_text().partition(BEGINS)[0]
    PAGE.write_text(written + BEGINS + "\n" + "\n".join(lines) + "\n")
