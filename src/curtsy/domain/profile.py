"""Who is to be invited: one value from every way of writing a LinkedIn profile (the seed; linkedin-wire 1.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from curtsy.domain.text import ECMASCRIPT_SPACE

KIND_OF_ID = 5
"""The letters of a profile id that say of which kind it is (``ACoAA``, ``ACwAA``; linkedin-wire 1.4)."""
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})
URN_PREFIX = "urn:li:fsd_profile:"
LONGEST_NAME = 2048
"""Nothing that is longer is read as a profile or a name."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ID_SHAPED = re.compile(r"AC[a-z]AA[A-Za-z0-9_-]{1,123}")
_URN = re.compile(r"urn:li:(?:fsd_profile|fs_profile|fs_miniProfile):([A-Za-z0-9_-]{1,128})")
_PERSON_URN = re.compile(r"urn:li:person:(AC[a-z]AA[A-Za-z0-9_-]{1,123})")
_ADDRESS = re.compile(r"https://(?:[a-z]{2,3}\.)?linkedin\.com/in/([^/?#]+)(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)


class ProfileRef(NamedTuple):
    """A person on LinkedIn, by profile id (``urn``) or by public name (``slug``); exactly one is set."""

    urn: str | None
    slug: str | None

    @property
    def key(self) -> str:
        """What two references to the same person have in common."""
        return self.urn[len(URN_PREFIX) :] if self.urn else f"in/{self.slug}"

    @property
    def text(self) -> str:
        """The reference as the API shows it: the full URN, else the slug."""
        return self.urn or self.slug or ""


class Identity(NamedTuple):
    """One person: LinkedIn's id for them, and a public name of theirs as it is kept."""

    id: str
    name: str


def parse_profile(text: object) -> ProfileRef | None:
    """Read a URN, a bare id, a slug or a profile address; None for anything else.

    An id is taken by its shape (``ACoAA...``, case matters); all else that looks like a public name is a slug.
    LinkedIn resolves both alike, so a wrong guess costs a read, not an error.
    """
    if not isinstance(text, str) or len(text) > LONGEST_NAME:
        return None
    text = text.strip(ECMASCRIPT_SPACE)
    if found := _URN.fullmatch(text) or _PERSON_URN.fullmatch(text):
        return by_id(found[1])
    if found := _ADDRESS.fullmatch(text):
        text = found[1]
    if _ID_SHAPED.fullmatch(text):
        return by_id(text)
    slug = _slug(text)
    return ProfileRef(None, slug) if slug else None


def by_id(profile_id: str) -> ProfileRef:
    """A reference by a bare profile id."""
    return ProfileRef(URN_PREFIX + profile_id, None)


def profile_id(urn: object) -> str | None:
    """The id inside a profile URN of any of LinkedIn's three spellings; None when it is none of them."""
    found = _URN.fullmatch(urn) if isinstance(urn, str) else None
    return found[1] if found else None


def public_name(text: object) -> str | None:
    """A public name as it is kept, from how LinkedIn writes it; None for what is none, or has the shape of an id."""
    if not isinstance(text, str) or len(text) > LONGEST_NAME or _ID_SHAPED.fullmatch(text):
        return None
    return _slug(text)


def identities(urn: object, names: Iterable[object]) -> list[Identity]:
    """That these names are one person's, as far as both they and the id can be read."""
    key = profile_id(urn)
    if key is None:
        return []
    return [Identity(key, name) for name in dict.fromkeys(map(public_name, names)) if name is not None]


def is_other(asked: object, found: object) -> bool:
    """Whether one URN is another person's than the other; ids of two kinds cannot be compared."""
    one, other = profile_id(asked), profile_id(found)
    return one is not None and other is not None and one != other and one[:KIND_OF_ID] == other[:KIND_OF_ID]


def is_id(key: str) -> bool:
    """Whether the key of a person is LinkedIn's id, and not a name that nobody has resolved yet."""
    return _ID.fullmatch(key) is not None


def _slug(text: str) -> str | None:
    try:
        text = unquote_to_bytes(text).decode("utf-8")
    except UnicodeError:
        return None
    slug = unicodedata.normalize("NFC", text).lower()
    # Lower-casing can undo the composed form (a capital I with a dot becomes two characters), hence twice.
    slug = unicodedata.normalize("NFC", slug)
    if not 3 <= len(slug) <= 100:
        return None
    return slug if all(c == "-" or unicodedata.category(c) in _LETTERS for c in slug) else None
