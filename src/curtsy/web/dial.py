"""Calling an address that somebody else has named: who is called is decided where the socket connects, and not before.

A name is resolved once, every address is judged, and the very address that was judged is connected to: a name that
resolves to another one a moment later (DNS rebinding), an odd spelling of a number, or an IPv6 address with a private
IPv4 one in it leads nowhere. Redirects are not followed, and no proxy of the environment is asked.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import httpcore

from curtsy.domain.errors import InvalidAddress
from curtsy.domain.webhook import Address, Network, is_public, literal

LONGEST_URL = 2_000
Resolve = Callable[[str, int], Awaitable[list[Address]]]


class Forbidden(Exception):
    """Nobody may be called at this address."""


def read_url(text: object, allowed: Collection[Network]) -> str:
    """An address that a team may name; raises InvalidAddress. What its name leads to is judged at each call."""
    if not isinstance(text, str) or len(text) > LONGEST_URL or not text.isascii() or not text.isprintable():
        raise InvalidAddress
    try:
        url = httpcore.URL(text)
        host, port = url.host.decode("ascii"), url.port
    except (ValueError, TypeError):
        raise InvalidAddress from None
    authority = text.partition("://")[2].partition("/")[0].partition("?")[0]
    # http, and addresses within, are for operators who have named networks of their own.
    schemes = (b"https", b"http") if allowed else (b"https",)
    if url.scheme not in schemes or not host or "@" in authority or "#" in text or " " in text or port == 0:
        raise InvalidAddress
    address = literal(host)
    if address is not None and not is_public(address, allowed):
        raise InvalidAddress
    return text


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses behind a name, as the system's resolver has them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [literal(str(told[4][0]).partition("%")[0]) for told in found]
    return [address for address in addresses if address is not None]


class Careful(httpcore.AnyIOBackend):
    """Connects to public addresses, and to those in networks that the operator has named."""

    def __init__(self, allowed: Collection[Network], resolve: Resolve = resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve

    async def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        for address in await self._resolve(host, port):
            if is_public(address, self._allowed):
                return await super().connect_tcp(str(address), port, *rest, **named)
        raise Forbidden(f"{host} leads to no address on the internet")
