"""Every setting is documented under the name that people type."""

import dataclasses

from curtsy.settings import Settings
from tests.house.tree import read


def undocumented(names: list[str], text: str) -> list[str]:
    """Returns the settings whose environment variable a text does not name."""
    return [name for name in names if f"`CURTSY_{name.upper()}`" not in text]


def test_every_setting_is_documented() -> None:
    names = [field.name for field in dataclasses.fields(Settings)]
    assert undocumented(names, read("docs/operations.md")) == []
    assert len(names) <= 12


def test_an_undocumented_setting_is_found() -> None:
    assert undocumented(["database", "port"], "`CURTSY_DATABASE` says where") == ["port"]
