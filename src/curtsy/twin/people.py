"""Who lives in the twin: a person, the ids, and the ordinary people made on demand."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from curtsy.twin.biography import Biography

Start = Literal["none", "pending_out", "pending_in", "connected", "withdrawn"]
Withdrawal = Literal["refused", "lost_once"]
"""What a POST that takes an invitation to a person back meets, where it is not done."""

_ON_DEMAND = {"person": "Person", "viewer": "Viewer"}
_ON_DEMAND_SLUG = re.compile(r"(person|viewer)-(0|[1-9][0-9]{0,8})")
_ON_DEMAND_ID = re.compile(r"ACoAAA(Person|Viewer)([0-9]{27})")


@dataclass(frozen=True)
class Person:
    """A member of the twin; `start` is how each new viewer stands to them, `fault` what a POST for them meets."""

    slug: str
    profile_id: str
    first_name: str
    last_name: str
    headline: str = "Member of the twin"
    place: str = "London, United Kingdom"
    start: Start = "none"
    fault: str | None = None
    distance: str | None = "DISTANCE_2"
    email_required: bool = False
    inaccessible: bool = False
    renamed_to: str | None = None
    connection_inline: bool = False
    unreadable: bool = False
    read_lag_ms: int = 0
    biography: Biography | None = None
    withdrawal: Withdrawal | None = None

    @property
    def public_identifier(self) -> str:
        """Return the vanity name the site shows now; an old one may still lead here."""
        return self.renamed_to or self.slug

    @property
    def profile_urn(self) -> str:
        """Return the dash URN."""
        return f"urn:li:fsd_profile:{self.profile_id}"

    @property
    def member_number(self) -> int:
        """Return the numeric member id, derived from the profile id so that it never changes."""
        return 900_000 + int.from_bytes(hashlib.sha256(self.profile_id.encode()).digest()[:4], "big")


def magic_id(slug: str) -> str:
    """Return the 39 characters that stand for a magic person, always the same for the same slug."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(slug.encode()).digest()).decode()
    return ("ACoAAA" + digest)[:39]


def on_demand_id(kind: str, number: int) -> str:
    """Return the id of `person-<number>` or `viewer-<number>`; it can be read back, so nobody must be made first."""
    return f"ACoAAA{_ON_DEMAND[kind]}{number:027d}"


def made_on_demand(identity: str) -> Person | None:
    """Return the ordinary person behind `person-<n>`, `viewer-<n>` or one of their ids, None for anything else."""
    by_slug = _ON_DEMAND_SLUG.fullmatch(identity.lower())
    by_id = _ON_DEMAND_ID.fullmatch(identity)
    if by_slug:
        kind, number = by_slug[1], int(by_slug[2])
    elif by_id and int(by_id[2]) < 10**9:
        kind, number = by_id[1].lower(), int(by_id[2])
    else:
        return None
    return Person(f"{kind}-{number}", on_demand_id(kind, number), _ON_DEMAND[kind], f"Number {number}")
