"""A migration that says that it only adds does nothing else, so that older releases go on beside it."""

import re
from pathlib import Path

import pytest

from curtsy.storage.migrate import ONLY_ADDS
from tests.house.tree import ROOT

ALLOWED = (
    r"CREATE TABLE \w+ \(.+\)",
    r"CREATE INDEX \w+ ON .+",
    r"ALTER TABLE \w+ ADD COLUMN \w+ \w+( NOT NULL DEFAULT .+)?",
    r"INSERT INTO house .+",
)
MIGRATIONS = sorted((ROOT / "src/curtsy/storage/migrations").glob("*.sql"))


def beyond(sql: str) -> list[str]:
    """The statements that do more than add."""
    plain = re.sub(r"--[^\n]*", "", sql)
    statements = [" ".join(statement.split()) for statement in plain.split(";")]
    return [one for one in statements if one and not any(re.fullmatch(allowed, one) for allowed in ALLOWED)]


@pytest.mark.parametrize("file", MIGRATIONS, ids=lambda file: file.name)
def test_what_says_that_it_adds_only_adds(file: Path) -> None:
    assert re.fullmatch(r"\d{4}_\w+\.sql", file.name)
    if ONLY_ADDS.fullmatch(file.name):
        assert beyond(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE tasks", "ALTER TABLE tasks DROP COLUMN note", "ALTER TABLE tasks ADD COLUMN x TEXT NOT NULL",
        "CREATE UNIQUE INDEX one ON tasks (note)", "UPDATE tasks SET note = NULL", "DELETE FROM house",
    ],
)  # fmt: skip
def test_what_does_more_is_seen(sql: str) -> None:
    assert beyond(f"-- a word\nCREATE TABLE t (id TEXT PRIMARY KEY);\n{sql};") == [sql]


def test_what_only_adds_passes() -> None:
    adding = (
        "CREATE TABLE t (id TEXT)", "CREATE INDEX i ON t (id) WHERE id IS NOT NULL",
        "ALTER TABLE t ADD COLUMN x BIGINT", "ALTER TABLE t ADD COLUMN y BIGINT NOT NULL DEFAULT 0",
    )  # fmt: skip
    assert beyond("; ".join(adding)) == []
