"""Nothing unfinished, nothing skipped, nothing silenced, and no stand-in for our own parts."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, faults, faults_of

CODE = {".py", ".ts", ".mjs", ".js", ".sh", ".sql", ".html", ".css"}


def spelled(*halves: str) -> str:
    """Joins the halves of a word that this file must not contain itself."""
    return "".join(halves)


UNFINISHED = (
    spelled("NotImplemented", "Error"), spelled(r"\bTO", r"DO\b"), spelled(r"\bFIX", r"ME\b"), spelled(r"\bXX", r"X\b"),
    spelled(r"\bHA", r"CK\b"),
)  # fmt: skip
SKIPPED = (
    spelled(r"\bpytest\.", "skip"), spelled("mark.", "skip"), spelled("import", "orskip"), spelled(r"\bxf", r"ail\b"),
    spelled(r"\.sk", r"ip\("), spelled(r"\.on", r"ly\("), spelled(r"\.to", r"do\("), spelled(r"\bski", r"pIf\("),
)  # fmt: skip
SILENCED = (
    spelled("type: ", "ignore"), spelled(r"\bno", r"qa\b"), spelled("@ts-", "ignore"), spelled("@ts-", "expect-error"),
    spelled("@ts-", "nocheck"), spelled("eslint-", "disable"), spelled("pragma: no ", "cover"),
)  # fmt: skip
DOUBLES = (
    spelled("unittest", r"\.mock"), spelled("from unittest import ", "mock"), spelled(r"\bMagic", r"Mock\b"),
    spelled(r"monkeypatch\.", r"setattr"), spelled(r"\bvi\.", r"mock\("),
)  # fmt: skip

ALLOWED = {
    ("tests/twin/test_strangers.py", spelled("monkeypatch.", "setattr")): (
        "a stranger's client keeps LinkedIn's address in a class attribute and has no other way to be told another"
    ),
}
"""A file and the text it may contain after all, with the reason."""


def matches(patterns: tuple[str, ...], source: Source) -> Iterator[str]:
    """Yields every line of code that one of the patterns matches."""
    if source.suffix not in CODE or source.vendored:
        return
    for number, line in source.lines():
        for pattern in patterns:
            found = re.search(pattern, line)
            if found and (source.path, found[0]) not in ALLOWED:
                yield f"line {number} says '{found[0]}'"


def unfinished(source: Source) -> Iterator[str]:
    """What is not done is not here."""
    return matches(UNFINISHED, source)


def skipped(source: Source) -> Iterator[str]:
    """A test runs, always."""
    return matches(SKIPPED, source)


def silenced(source: Source) -> Iterator[str]:
    """A checker that complains is answered, not silenced."""
    return matches(SILENCED, source)


def doubles(source: Source) -> Iterator[str]:
    """Our own parts are never replaced in a test; stand-ins stand at the far end of a wire."""
    return matches(DOUBLES, source)


def hollow(source: Source) -> Iterator[str]:
    """A function does something, or says that there is nothing to do; only what others must write has no body."""
    if source.suffix != ".py":
        return
    tree = ast.parse(source.text)
    exempt: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
            exempt.update(node.body)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node in exempt:
            continue
        # The root of a command line only carries its help text.
        if any(
            re.search(r"overload|abstractmethod|\.callback\(", ast.unparse(decorator))
            for decorator in node.decorator_list
        ):
            continue
        if (ast.get_docstring(node) or "").startswith("Nothing to do"):
            continue
        if all(isinstance(part, ast.Pass) or is_constant(part) for part in node.body):
            yield f"line {node.lineno}: {node.name} does nothing"


def is_constant(statement: ast.stmt) -> bool:
    """Tells whether a statement is a docstring or an ellipsis."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_nothing_is_unfinished() -> None:
    assert faults(unfinished) == []


def test_no_test_is_skipped() -> None:
    assert faults(skipped) == []


def test_no_checker_is_silenced() -> None:
    assert faults(silenced) == []


def test_our_own_parts_are_never_replaced() -> None:
    assert faults(doubles) == []


def test_every_function_does_something() -> None:
    assert faults(hollow, "src/", "setup/", "tests/", "bench/") == []


@pytest.mark.parametrize(
    "line",
    [spelled("raise NotImplemented", "Error"), spelled("x = 1  # TO", "DO: the rest"), spelled("// FIX", "ME")],
)
def test_unfinished_work_is_found(line: str) -> None:
    assert faults_of(unfinished, "src/curtsy/web/app.py", line)


@pytest.mark.parametrize(
    "line",
    [spelled("pytest.", "skip('later')"), spelled("@pytest.mark.xf", "ail"), spelled("it.sk", "ip('x', () => {})")],
)
def test_a_skipped_test_is_found(line: str) -> None:
    assert faults_of(skipped, "tests/web/test_actions.py", line)


@pytest.mark.parametrize("line", [spelled("f(x)  # type: ", "ignore"), spelled("f(x)  # no", "qa: S101")])
def test_a_silenced_checker_is_found(line: str) -> None:
    assert faults_of(silenced, "src/curtsy/web/app.py", line)


@pytest.mark.parametrize("line", [spelled("from unittest", ".mock import Mock"), spelled("vi.", "mock('./x')")])
def test_a_replaced_part_is_found(line: str) -> None:
    assert faults_of(doubles, "tests/web/test_actions.py", line)


@pytest.mark.parametrize("body", ["pass", "...", "'''Does much.'''"])
def test_a_hollow_function_is_found(body: str) -> None:
    assert faults_of(hollow, "src/curtsy/web/app.py", f"def f() -> None:\n    {body}\n")
    assert not faults_of(hollow, "src/curtsy/a.py", f"class A(Protocol):\n    def f(self) -> None:\n        {body}\n")
