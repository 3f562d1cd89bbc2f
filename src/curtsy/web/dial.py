"""Calling an address that somebody else has named: who is called is decided where the socket connects, and not before.

A name is resolved once, every address is judged, and the very address that was judged is connected to: a name that
resolves to another one a moment later (DNS rebinding), an odd spelling of a number, or an IPv6 address with a private
IPv4 one in it leads nowhere. Redirects are not followed, and no proxy of the environment is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import httpcore

from curtsy.domain.errors import InvalidAddress
from curtsy.domain.webhook import Address, Network, is_host, is_port, is_public, literal

LONGEST_URL = 2_000
DOORS = {"https": 443, "http": 80}
"""The ports where no other is named."""
MOST_TRIED = 3
"""Of the addresses of a name, so many are tried in turn."""
NEXT_AFTER_S = 4.0
"""An address that does not take the connection for so long makes room for the next one."""
MOST_LOOKED_UP = 200
"""Names that are being looked up at once: a resolver that hangs is not to fill the process with threads."""
Resolve = Callable[[str, int], Awaitable[list[Address]]]


class Forbidden(Exception):
    """Nobody may be called at this address."""


def read_url(text: object, allowed: Collection[Network]) -> str:
    """An address that a team may name; raises InvalidAddress. What its name leads to is judged at each call."""
    if not isinstance(text, str) or len(text) > LONGEST_URL or not text.isascii() or not text.isprintable():
        raise InvalidAddress
    try:
        url = httpcore.URL(text)
        host, scheme = url.host.decode("ascii"), url.scheme.decode("ascii")
    except (ValueError, TypeError):
        raise InvalidAddress from None
    # http, and addresses within, are for operators who have named networks of their own.
    if scheme not in (DOORS if allowed else ("https",)):
        raise InvalidAddress
    authority = text.partition("://")[2].partition("/")[0].partition("?")[0]
    if "@" in authority or "#" in text or " " in text or "\\" in text or not is_host(host):
        raise InvalidAddress
    if not is_port(DOORS[scheme] if url.port is None else url.port):
        raise InvalidAddress
    address = literal(host)
    if address is not None and not is_public(address, allowed):
        raise InvalidAddress
    return text


class Names:
    """Asks the system's resolver, for each name in a thread of its own: one that does not answer holds up no other.

    The threads of the event loop are few, and one that waits for a resolver cannot be called back.
    """

    def __init__(self, ask: Callable[..., Collection[tuple[Any, ...]]] = socket.getaddrinfo) -> None:
        self._ask = ask
        self._asked: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    async def __call__(self, host: str, port: int) -> list[Address]:
        """The addresses behind a name; raises OSError."""
        answer = self._asked.get((host, port))
        if answer is None:
            if len(self._asked) >= MOST_LOOKED_UP:
                raise OSError(f"{host} was not looked up: too many names are")
            answer = self._asked[(host, port)] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda done: done.exception())  # whoever asked may have had enough
            threading.Thread(target=self._look_up, args=(host, port, answer), name="curtsy-name", daemon=True).start()
        return await asyncio.shield(answer)

    def _look_up(self, host: str, port: int, answer: asyncio.Future[list[Address]]) -> None:
        found: list[Address] | OSError
        try:
            told = [str(one[4][0]).partition("%")[0] for one in self._ask(host, port, type=socket.SOCK_STREAM)]
            found = [address for text in told if (address := literal(text)) is not None]
        except (OSError, UnicodeError) as error:
            found = OSError(f"{host} cannot be looked up: {error}")
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
            answer.get_loop().call_soon_threadsafe(self._answer, (host, port), answer, found)

    def _answer(self, asked: tuple[str, int], answer: asyncio.Future[list[Address]], found: Any) -> None:
        del self._asked[asked]
        if isinstance(found, OSError):
            answer.set_exception(found)
        else:
            answer.set_result(found)


class Careful(httpcore.AnyIOBackend):
    """Connects to public addresses, and to those in networks that the operator has named."""

    def __init__(self, allowed: Collection[Network], resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve

    async def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        """Connect to one of the addresses behind a name that may be called; raises Forbidden where there is none."""
        found = [one for one in await self._resolve(host, port) if is_public(one, self._allowed)][:MOST_TRIED]
        if not found:
            raise Forbidden(f"{host} leads to no address on the internet")
        for address in found[:-1]:
            with contextlib.suppress(httpcore.ConnectError, TimeoutError):
                async with asyncio.timeout(NEXT_AFTER_S):
                    return await super().connect_tcp(str(address), port, *rest, **named)
        return await super().connect_tcp(str(found[-1]), port, *rest, **named)
