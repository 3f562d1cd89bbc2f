"""What is told to a caller's address, when it is tried again, and which addresses are nobody's to be called."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from uuid import UUID

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

EVENT_TYPES = (
    *(f"task.{what}" for what in (
        "created", "leased", "started", "unconfirmed", "requeued", "merged", "completed", "failed", "cancelled",
        "expired", "needs_review",
    )),
    *(f"invitation.{what}" for what in ("accepted", "withdrawn", "gone")),
    "agent.online", "agent.offline", "member.paused", "member.resumed", "webhook.switched_off",
)  # fmt: skip
"""Everything that the events tell."""
TEST_EVENT = "webhook.test"
"""Told on request, to one address, whatever types it has chosen. It may be among them all the same."""

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
SCHEDULE_MS = (
    0, 5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR,
)  # fmt: skip
"""The wait before each try, the first one included (the schedule that Standard Webhooks recommends)."""
JITTER = 0.2
"""A wait is longer by up to this part of it, so that what failed together is not tried again together."""
LONGEST_WAIT_MS = 24 * _HOUR
"""What an answer's Retry-After asks for is believed up to here."""
SPARING = (429, 503)
"""With these and a Retry-After an endpoint says that it wants nothing at all for a while (RFC 9110, RFC 6585)."""
LONGEST_QUIET_MS = _HOUR
"""An endpoint is left alone for no longer, whatever it asks for: one bad answer is not to cost a day of news."""
TIMEOUT_MS = 15 * _SECOND
OLD_SECRET_MS = 24 * _HOUR
"""A secret that was replaced signs beside the new one for so long."""


class Payload(StrEnum):
    """How much a message says: the whole task, or ids only."""

    FULL = "full"
    THIN = "thin"


class Next(StrEnum):
    """What a try leads to."""

    DELIVERED = "delivered"
    AGAIN = "again"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a try leads to: ``wait_ms`` until the next one, and ``quiet_ms`` in which the endpoint is told nothing."""

    next: Next
    wait_ms: int = 0
    quiet_ms: int = 0


def takes_in(status: int | None) -> bool:
    """Whether this answer says that a message was taken in."""
    return status is not None and 200 <= status < 300


def verdict(status: int | None, retry_after_ms: int | None, tries: int, chance: float) -> Verdict:
    """What follows the try numbered ``tries`` (from 1) that was answered ``status``, or not at all.

    ``chance``: a number from 0 up to 1. 2xx is taken, 410 means that nobody wants any more; all else, redirects too, is
    tried again.
    """
    if takes_in(status):
        return Verdict(Next.DELIVERED)
    if status == 410:
        return Verdict(Next.GONE)
    asked = max(0, min(retry_after_ms or 0, LONGEST_WAIT_MS))
    quiet = min(asked, LONGEST_QUIET_MS) if status in SPARING else 0
    if tries >= len(SCHEDULE_MS):
        return Verdict(Next.FAILED, quiet_ms=quiet)
    planned = SCHEDULE_MS[tries] * (1 + JITTER * chance)
    return Verdict(Next.AGAIN, int(max(planned, asked)), quiet)


def message_id(endpoint_id: str, event_id: str) -> str:
    """The id under which an endpoint is told of an event: always the same, whoever asks and however often.

    A UUID of version 8 (RFC 9562): the time of the event's own id, so that it sorts as that does, and what the two ids
    give together.
    """
    made = sha256(f"{endpoint_id} {event_id}".encode()).digest()
    number = (UUID(event_id).int >> 80 << 80) | int.from_bytes(made[:10])
    number = number & ~(0xF << 76) | 8 << 76
    return str(UUID(int=number & ~(0b11 << 62) | 0b10 << 62))


# ------------------------------------------------------------------ who may be called

_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""Not on the internet, or a way around to what is not: 6to4, and Teredo within 2001::/23 (IANA's special addresses)."""
_GLOBAL = ip_network("2000::/3")
"""All that is given out of IPv6 so far: outside there is loopback, this link, this site, and everything to come."""
_TRANSLATED = ip_network("64:ff9b::/96")


def is_public(address: Address, allowed: Collection[Network] = ()) -> bool:
    """Whether an address is on the internet, or in a network that the operator has named.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged as that one.
    """
    if _within(address, allowed):
        return True
    inner = _inner(address)
    if inner is not None:
        return is_public(inner, allowed)
    return not _within(address, _NEVER) and (address.version == 4 or address in _GLOBAL)


def _within(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if not isinstance(address, IPv6Address):
        return None
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else address.ipv4_mapped


def is_host(host: str) -> bool:
    """Whether this can be the name of a host, or an address in its usual form.

    A name that ends in a number is an odd spelling of an address (127.1, 0x7f000001, 2130706433): nobody needs one.
    """
    if literal(host) is not None:
        return "%" not in host
    labels = host.removesuffix(".").split(".")
    return all(_LABEL.fullmatch(label) for label in labels) and not _NUMBER.fullmatch(labels[-1])


_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def is_port(port: int) -> bool:
    """Whether a web server may be expected there: other services have the low numbers."""
    return port in (80, 443) or 1024 <= port <= 65535


def literal(host: str) -> Address | None:
    """The address a host spells in its usual form; None for a name, and for the odd spellings a resolver also takes."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
