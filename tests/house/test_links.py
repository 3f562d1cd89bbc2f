"""A link from one document to another leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, Source, faults, faults_of

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)")


def dead_ends(source: Source) -> Iterator[str]:
    """Every relative link names a file or a folder that is here."""
    if source.suffix != ".md":
        return
    for number, line in source.lines():
        for target in LINK.findall(line):
            if not (ROOT / Path(source.path).parent / target).exists():
                yield f"line {number} links to {target}"


def test_every_link_leads_somewhere() -> None:
    assert faults(dead_ends) == []


def test_a_dead_end_is_found() -> None:
    assert faults_of(dead_ends, "docs/api.md", "see [there](../nowhere.md#top)")
    assert not faults_of(dead_ends, "docs/api.md", "see [the law](../LICENSE), [out](https://www.example.org/x)")
