"""SQL is written in the cellar only, and nothing that came from outside is ever part of its text."""

import ast
import re
from collections.abc import Iterator

from tests.house.tree import Source, faults, faults_of

STATEMENT = re.compile(r"\b(?:SELECT\b.+\bFROM\b|INSERT INTO \w|UPDATE \w+ SET\b|DELETE FROM \w)", re.DOTALL)
CONSTANT = re.compile(r"_{0,2}[A-Z][A-Z0-9_]*")

SETS = "src/curtsy/storage/sets.py"
ALLOWED = {
    ("src/curtsy/storage/store/tasks.py", "wanted"): "numbered places for a list of states, made one line above",
    (SETS, "parts['into']"): "a part of a statement of ours, taken out of its text",
    (SETS, "parts['rest'] or ''"): "another part of it",
    (SETS, "values"): "a third part of it, its parameters named as columns",
    (SETS, "shape"): "the names of its parameters, each with its type",
}


def texts(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Yields every string of a module, an f-string with its holes left empty; docstrings are left out."""
    tree = ast.parse(source.text)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node, "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def astray(source: Source) -> Iterator[str]:
    """No statement is written outside the storage room."""
    if source.suffix == ".py" and not source.path.startswith("src/curtsy/storage/"):
        yield from (
            f"line {getattr(node, 'lineno', 0)} is SQL" for node, text in texts(source) if STATEMENT.search(text)
        )


def poured_in(source: Source) -> Iterator[str]:
    """A statement is put together of constants; values are bound, never written into it."""
    if source.suffix != ".py":
        return
    for node, text in texts(source):
        if isinstance(node, ast.JoinedStr) and re.search(r"\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE)\b", text):
            for part in node.values:
                poured = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else "CONSTANT"
                if not CONSTANT.fullmatch(poured) and (source.path, poured) not in ALLOWED:
                    yield f"line {node.lineno} pours {poured} into SQL"


def test_sql_is_written_in_the_cellar() -> None:
    assert faults(astray, "src/") == []


def test_nothing_is_poured_into_sql() -> None:
    assert faults(poured_in, "src/curtsy/storage/") == []


def test_stray_and_poured_sql_is_found() -> None:
    statement = 'query = "SELECT id FROM tasks"\n'
    assert faults_of(astray, "src/curtsy/web/app.py", statement)
    assert not faults_of(astray, "src/curtsy/storage/store/tasks.py", statement)
    poured = 'f"SELECT id FROM tasks WHERE id = {task_id}"'
    assert faults_of(poured_in, "src/curtsy/storage/store/tasks.py", f"x = {poured}\n")
    assert not faults_of(poured_in, "src/curtsy/storage/store/tasks.py", 'x = f"SELECT {_COLUMNS} FROM tasks"\n')
