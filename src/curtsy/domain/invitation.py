"""What was asked: a person and an optional note."""

from __future__ import annotations

from typing import NamedTuple

from curtsy.domain.errors import InvalidNote, InvalidProfileUrn, NoteTooLong
from curtsy.domain.profile import ProfileRef, parse_profile
from curtsy.domain.text import ECMASCRIPT_SPACE

NOTE_LIMIT = 300
"""UTF-16 code units, as JavaScript counts a string's length; LinkedIn's own rule is not published (linkedin-wire 7)."""


FREE_NOTE_LIMIT = 200
"""The same for an account that does not pay (linkedin-wire 7)."""
FREE_NOTES, NOTES_WITHIN_MS = 5, 30 * 86_400_000
"""So many notes in any 30 days does an account have that does not pay (linkedin-wire 7: 5 a month; figures differ)."""


class Invitation(NamedTuple):
    """A person and a note (None: sent without one)."""

    profile: ProfileRef
    note: str | None


def ask(profile_urn: object, note: object = None) -> Invitation:
    """Read an invitation from two fields of a request; raises InvalidProfileUrn, InvalidNote or NoteTooLong."""
    profile = parse_profile(profile_urn)
    if profile is None:
        raise InvalidProfileUrn
    return Invitation(profile, read_note(note))


def read_note(note: object) -> str | None:
    """Trim and measure a note; an omitted, empty or blank one is None."""
    if note is None:
        return None
    if not isinstance(note, str) or "\x00" in note:
        raise InvalidNote
    try:
        units = length(trimmed := note.strip(ECMASCRIPT_SPACE))
    except UnicodeEncodeError:  # a lone surrogate has no text
        raise InvalidNote from None
    if units > NOTE_LIMIT:
        raise NoteTooLong
    return trimmed or None


def length(note: str) -> int:
    """The length of a note in UTF-16 code units; raises UnicodeEncodeError on a lone surrogate."""
    return len(note) if note.isascii() else len(note.encode("utf-16-le")) // 2
