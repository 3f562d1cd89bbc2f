"""What is told to a caller's address, when it is tried again, and which addresses are nobody's to be called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

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
"""Told on request, to one address, whatever types it has chosen."""

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
SCHEDULE_MS = (
    0, 5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR,
)  # fmt: skip
"""The wait before each try, the first one included (the schedule that Standard Webhooks recommends)."""
JITTER = 0.2
"""A wait is longer by up to this part of it, so that what failed together is not tried again together."""
LONGEST_WAIT_MS = 24 * _HOUR
"""What an answer's Retry-After asks for is believed up to here."""
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
    """What a try leads to; ``wait_ms`` is how long until the next one."""

    next: Next
    wait_ms: int = 0


def verdict(status: int | None, retry_after_ms: int | None, tries: int, chance: float) -> Verdict:
    """What follows the try numbered ``tries`` (from 1) that was answered ``status``, or not at all.

    ``chance``: a number from 0 up to 1. 2xx is taken, 410 means that nobody wants any more; all else, redirects too, is
    tried again.
    """
    if status is not None and 200 <= status < 300:
        return Verdict(Next.DELIVERED)
    if status == 410:
        return Verdict(Next.GONE)
    if tries >= len(SCHEDULE_MS):
        return Verdict(Next.FAILED)
    planned = SCHEDULE_MS[tries] * (1 + JITTER * chance)
    return Verdict(Next.AGAIN, int(max(planned, min(retry_after_ms or 0, LONGEST_WAIT_MS))))


_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""Not on the internet (IANA's registries of special addresses)."""
_TRANSLATED = ip_network("64:ff9b::/96")


def is_public(address: Address, allowed: Collection[Network] = ()) -> bool:
    """Whether an address is on the internet, or in a network that the operator has named.

    An IPv6 address that carries an IPv4 one in it (mapped, NAT64, 6to4, Teredo) is judged by both.
    """
    if any(address in network for network in allowed if network.version == address.version):
        return True
    inner = _inner(address)
    if isinstance(address, IPv6Address) and inner is not None and address.ipv4_mapped is not None:
        return is_public(inner, allowed)
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return inner is None or is_public(inner, allowed)


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if not isinstance(address, IPv6Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else None


def literal(host: str) -> Address | None:
    """The address a host spells in its usual form; None for a name, and for the odd spellings a resolver also takes."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
