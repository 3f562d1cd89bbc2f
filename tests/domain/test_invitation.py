"""A note is trimmed and measured as JavaScript does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.errors import InvalidNote, InvalidProfileUrn, NoteTooLong
from curtsy.domain.invitation import Invitation, ask, length, read_note
from curtsy.domain.profile import by_id

# What ECMAScript's String.prototype.trim removes: WhiteSpace (12.2) and LineTerminator (12.3).
TRIMMED = [
    0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
    0xFEFF,
]  # fmt: skip
# What looks blank and stays: separators that Python's strip removes, marks without width.
KEPT = [0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0x180E, 0x200B, 0x200D, 0x2060]


@pytest.mark.parametrize("code", TRIMMED)
def test_white_space_of_ecmascript_is_trimmed(code: int) -> None:
    assert read_note(f"{chr(code)}a{chr(code)}b{chr(code)}") == f"a{chr(code)}b"
    assert read_note(chr(code) * 400) is None


@pytest.mark.parametrize("code", KEPT)
def test_other_blanks_are_text(code: int) -> None:
    assert read_note(chr(code)) == chr(code)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=120))
def test_only_white_space_of_ecmascript_is_ever_trimmed(note: str) -> None:
    blank = {chr(code) for code in TRIMMED}
    kept = read_note(note)
    if kept is None:
        assert set(note) <= blank
        return
    assert kept in note
    assert kept[0] not in blank
    assert kept[-1] not in blank
    assert read_note(kept) == kept


SMILE = "\U0001f600"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"


@pytest.mark.parametrize(
    ("text", "units"),
    [("", 0), ("abc", 3), ("\u00e9", 1), ("e\u0301", 2), ("\u20ac", 1), (SMILE, 2), (FAMILY, 8), (FLAG, 4)],
)
def test_a_note_is_as_long_as_javascript_says(text: str, units: int) -> None:
    assert length(text) == units


@pytest.mark.parametrize("fits", ["a" * 300, "\U0001f600" * 150, " " * 200 + "a" * 300 + "\n" * 200, "\u00e9" * 300])
def test_three_hundred_units_fit(fits: str) -> None:
    assert read_note(fits) == fits.strip()


@pytest.mark.parametrize("long", ["a" * 301, "\U0001f600" * 150 + "a", "a" + " " * 299 + "a", "e\u0301" * 151])
def test_one_more_is_too_long(long: str) -> None:
    with pytest.raises(NoteTooLong):
        read_note(long)


@pytest.mark.parametrize("note", [None, "", " ", "\n\t\u00a0\ufeff"])
def test_no_note_is_no_note(note: str | None) -> None:
    assert ask("ACoAAB1", note) == Invitation(by_id("ACoAAB1"), None)


@pytest.mark.parametrize("note", [1, 0, False, True, [], {}, ["a"], 1.5, b"a", "a\x00b", "\ud800", "a\udfff"])
def test_what_is_no_text_is_no_note(note: object) -> None:
    with pytest.raises(InvalidNote):
        ask("ACoAAB1", note)


def test_the_person_is_looked_at_before_the_note() -> None:
    with pytest.raises(InvalidProfileUrn):
        ask(None, 1)
