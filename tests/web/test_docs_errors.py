"""The document of errors says of every refusal what the server says."""

import re
from pathlib import Path

from curtsy.web.problems import STATUS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    below = TEXT.split(f"## {heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in table[0].splitlines()[2:]]


def test_every_refusal_has_its_row_and_no_row_is_invented() -> None:
    said = sorted((int(status), code.strip("`"), text) for status, code, text, _ in rows("Refusals"))
    assert said == sorted((status, refusal.code, refusal.sentence) for refusal, status in STATUS.items())


def test_every_refusal_says_what_to_do() -> None:
    assert [code for _, code, _, advice in rows("Refusals") if not advice] == []
