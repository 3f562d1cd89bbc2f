"""The file with the key that seals secrets: made once, whole, for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from curtsy.service.sealing import Seal, Unsealable, new_key
from curtsy.storage.cellar import CannotOpen
from curtsy.storage.key_file import make_key, read_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path, key = tmp_path / "key", new_key()
    make_key(path, key)
    make_key(path, new_key())
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_was_half_written_when_the_server_died_is_written_anew(tmp_path: Path) -> None:
    path, key = tmp_path / "key", new_key()
    (tmp_path / "key.new").write_text("aGFs")
    make_key(path, key)
    assert read_key(path) == key


@pytest.mark.parametrize("text", ["", "short", "not base64!", "YWJj", "\u00e4"])
def test_a_file_without_a_key_is_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text, "utf-8")
    with pytest.raises(CannotOpen, match="holds no key"):
        read_key(tmp_path / "key")


def test_a_file_that_cannot_be_had_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="openssl rand"):
        read_key(tmp_path / "nothing")
    with pytest.raises(CannotOpen, match="cannot be made"):
        make_key(tmp_path / "no" / "folder", new_key())


def test_what_is_sealed_opens_in_its_place_with_its_key_and_no_other() -> None:
    seal = Seal(new_key())
    sealed = seal.close("a secret", "here")
    assert seal.open(sealed, "here") == "a secret"
    assert "a secret" not in sealed
    assert seal.close("a secret", "here") != sealed
    for other, place, text in ((seal, "there", sealed), (Seal(new_key()), "here", sealed), (seal, "here", "rubbish")):
        with pytest.raises(Unsealable):
            other.open(text, place)
