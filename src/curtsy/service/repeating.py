"""Whether a member sends one note to very many people: such notes read like what they are.

What is kept is a fingerprint of what went out, never the text, and it is the member's own: nobody's is like another's.
"""

from __future__ import annotations

import hashlib

from curtsy.domain.member import DAY_MS
from curtsy.storage.store import Store

MOST_ALIKE = 50
"""A note that went unchanged to more people than this is said to be repeated."""
REMEMBERED_MS = 90 * DAY_MS


def fingerprint(member_id: str, note: str | None) -> str | None:
    """What a note of a member is known by; None for an invitation without one."""
    return None if note is None else hashlib.sha256(f"{member_id} {note}".encode()).hexdigest()


def is_repeated(store: Store, now: int, member_id: str, note: str | None) -> bool:
    """Whether this very note went to very many people lately."""
    known_by = fingerprint(member_id, note)
    if known_by is None:
        return False
    return store.invitations.same_note(member_id, known_by, now - REMEMBERED_MS, MOST_ALIKE + 1) > MOST_ALIKE


def most_repeated(store: Store, now: int, member_id: str) -> int:
    """To how many people the note went lately that a member repeats most; 0 when it is few enough."""
    times = store.invitations.most_sent_note(member_id, now - REMEMBERED_MS)
    return times if times > MOST_ALIKE else 0
