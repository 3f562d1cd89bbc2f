"""What a caller may wish besides a person and a note: when, until when, words of their own, and what of the note."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum

from curtsy.domain.errors import InvalidField
from curtsy.domain.member import DAY_MS

MOST_PAIRS = 20
LONGEST_KEY, LONGEST_VALUE = 40, 500
LATEST_MS = 365 * DAY_MS
"""Nobody plans further ahead."""


class NoteWish(StrEnum):
    """What becomes of an invitation whose note LinkedIn does not take."""

    REQUIRE = "require"
    DROP = "drop_if_unavailable"
    DROPPED = "dropped"


def read_metadata(value: object) -> str | None:
    """Up to 20 pairs of strings, as JSON with sorted keys; None for none. Raises InvalidField."""
    if value is None or value == {}:
        return None
    if not isinstance(value, Mapping):
        raise InvalidField("Invalid 'metadata': must be an object of strings")
    if len(value) > MOST_PAIRS:
        raise InvalidField(f"Invalid 'metadata': at most {MOST_PAIRS} pairs")
    for key, text in value.items():
        if not isinstance(text, str) or not _is_text(key) or not _is_text(text):
            raise InvalidField("Invalid 'metadata': must be an object of strings")
        if not 1 <= len(key) <= LONGEST_KEY or len(text) > LONGEST_VALUE:
            raise InvalidField(
                f"Invalid 'metadata': a key has 1 to {LONGEST_KEY} characters, a value at most {LONGEST_VALUE}"
            )
    return json.dumps(dict(sorted(value.items())), ensure_ascii=False)


def read_note_wish(value: object) -> NoteWish:
    """``require`` or ``drop_if_unavailable``; raises InvalidField."""
    if value is None:
        return NoteWish.REQUIRE
    if value not in (NoteWish.REQUIRE, NoteWish.DROP):
        raise InvalidField("Invalid 'note_policy': must be require or drop_if_unavailable")
    return NoteWish(str(value))


def check_times(now: int, not_before: int | None, expires_at: int | None) -> None:
    """Raise InvalidField for times that make no sense together (milliseconds since 1970)."""
    if not_before is not None and not_before > now + LATEST_MS:
        raise InvalidField("Invalid 'not_before': must be within a year")
    if expires_at is not None and expires_at <= max(now, not_before or 0):
        raise InvalidField("Invalid 'expires_at': must be later than now and than 'not_before'")
    if expires_at is not None and expires_at > now + 2 * LATEST_MS:
        raise InvalidField("Invalid 'expires_at': must be within two years")


def _is_text(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
