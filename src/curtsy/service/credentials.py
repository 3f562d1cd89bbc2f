"""Secrets that are shown once and kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Without letters that are mistaken for others when read aloud or typed from a screen.
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

KEY_PREFIXES = ("ck_live_", "ck_test_")
TOKEN_PREFIX = "ca_"


def new_key(*, test: bool = False) -> str:
    """An API key: prefix, 32 characters of chance, and a checksum of six that tells a typo from a stranger."""
    body = "".join(secrets.choice(_BASE62) for _ in range(32))
    return f"{KEY_PREFIXES[test]}{body}{_checksum(body)}"


def is_key(text: str) -> bool:
    """Whether a text has the form of a key and its checksum is right."""
    body = text[len(KEY_PREFIXES[0]) :]
    return text.startswith(KEY_PREFIXES) and len(body) == 38 and _checksum(body[:-6]) == body[-6:]


def new_token() -> str:
    """What an agent proves itself with."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_secret() -> str:
    """The secret of a sign-in link or a session."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Eight letters that pair one browser."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))


def new_check() -> str:
    """The two-digit number that both sides of a pairing show."""
    return str(10 + secrets.randbelow(90))


def hashed(secret: str) -> str:
    """What is kept of a secret. They are all long and random, so a plain SHA-256 is enough; codes live ten minutes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("utf-8", "surrogatepass")), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits
