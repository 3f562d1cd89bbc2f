"""The files of this project as a person sees them: without what tools make, and without what others wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = frozenset({".git", ".venv", ".tools", "build", "dist", "node_modules", "__pycache__", "results"})
LOCKS = frozenset({"package-lock.json", "server.txt", "dev.txt", "node.txt"})


@dataclass(frozen=True)
class Source:
    """A text file: its path from the root, with forward slashes, and what it says."""

    path: str
    text: str

    @property
    def suffix(self) -> str:
        """The ending of the name, with its dot."""
        return Path(self.path).suffix

    @property
    def name(self) -> str:
        """The last part of the path."""
        return Path(self.path).name

    @property
    def vendored(self) -> bool:
        """Tells whether others wrote it; such files stand in a folder called vendor."""
        return "vendor" in Path(self.path).parts

    @property
    def a_test(self) -> bool:
        """Tells whether it belongs to the tests of either language."""
        return self.path.startswith(("tests/", "extension/test/")) or self.path.endswith(".test.ts")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yields the lines with their numbers, from 1."""
        return enumerate(self.text.splitlines(), start=1)


Checker = Callable[[Source], Iterator[str]]
"""Yields a sentence for every fault in one file."""


def paths(folder: Path = ROOT) -> Iterator[Path]:
    """Yields every file below a folder, in a fixed order, leaving out what tools make."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in MADE and not path.name.endswith("_cache") and path.name != ".hypothesis":
            yield from paths(path)
        elif path.is_file():
            yield path


def sources(*under: str) -> Iterator[Source]:
    """Yields the text files, all of them or those whose path begins with one of the given texts."""
    for path in paths():
        where = path.relative_to(ROOT).as_posix()
        if under and not where.startswith(under):
            continue
        try:
            yield Source(where, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue


def read(path: str) -> str:
    """Returns what one file says."""
    return (ROOT / path).read_text(encoding="utf-8")


def table_rows(text: str) -> list[str]:
    """Returns the rows of every Markdown table in a text."""
    return [line for line in text.splitlines() if line.startswith("|")]


def faults(check: Checker, *under: str) -> list[str]:
    """Runs a checker over the files; an empty list is a clean house."""
    return [f"{source.path}: {fault}" for source in sources(*under) for fault in check(source)]


def faults_of(check: Checker, path: str, text: str) -> list[str]:
    """Runs a checker over a sample, to show that it can fail."""
    return list(check(Source(path, text)))
