"""One version and one licence, wherever they are written."""

import json
import tomllib

from tests.house.tree import read

PYTHON = tomllib.loads(read("pyproject.toml"))["project"]


def test_every_part_has_the_same_version() -> None:
    extension = [json.loads(read(f"extension/{name}.json"))["version"] for name in ("package", "manifest")]
    assert extension == [PYTHON["version"]] * 2
    assert json.loads(read("extension/package-lock.json"))["version"] == PYTHON["version"]


def test_every_part_has_the_same_licence() -> None:
    assert json.loads(read("extension/package.json"))["license"] == PYTHON["license"] == "Apache-2.0"
    assert read("LICENSE").split()[:4] == ["Apache", "License", "Version", "2.0,"]


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {PYTHON['version']}" in read("CHANGELOG.md").replace("[", "").replace("]", "")
