"""One version and one licence, wherever they are written."""

import json
import re
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


def names(lines: list[str]) -> set[str]:
    """Returns the packages that requirement lines name, in the spelling of the locks."""
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return {re.sub(r"[._-]+", "-", match[0]).lower() for match in found if match}


def test_every_dependency_is_locked() -> None:
    extras = PYTHON["optional-dependencies"]
    served = names([*PYTHON["dependencies"], *extras["server"]])
    assert served - names(read("requirements/server.txt").splitlines()) == set()
    wanted = served | names(extras["twin"]) | names(read("requirements/dev.in").splitlines())
    assert wanted - names(read("requirements/dev.txt").splitlines()) == set()


def test_a_dependency_that_is_not_locked_is_found() -> None:
    assert names(["uvicorn[standard]>=0.38", "python_multipart"]) - names(["uvicorn==0.54.0 \\"]) == {
        "python-multipart"
    }
