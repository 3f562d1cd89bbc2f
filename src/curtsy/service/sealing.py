"""Secrets that must be read back are kept sealed: AES-GCM under a key that is in no database."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class Unsealable(Exception):
    """What was sealed cannot be read: it was sealed under another key, or for another place."""


class Seal:
    """One key. ``about`` binds what is sealed to its place: moved elsewhere in the database it opens no more."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, text: str, about: str) -> str:
        """Seal a text."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode("ascii")

    def open(self, sealed: str, about: str) -> str:
        """The text again; raises Unsealable."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode()).decode()
        except (ValueError, InvalidTag):
            raise Unsealable(
                "a sealed secret cannot be read: is CURTSY_SECRET_FILE the file it was made with?"
            ) from None


def new_key() -> bytes:
    """A key by chance."""
    return secrets.token_bytes(KEY_BYTES)
