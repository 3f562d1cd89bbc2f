"""Nobody is called but who is on the internet: judged where the socket connects."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from curtsy.domain.webhook import Address
from curtsy.web.dial import Careful, Forbidden, Names


class Canary:
    """A listener within, which nobody may reach."""

    def __init__(self) -> None:
        self.lines = [self._listen(socket.AF_INET, "127.0.0.1", 0)]
        self.port = self.lines[0].getsockname()[1]
        self.lines.append(self._listen(socket.AF_INET6, "::1", self.port))

    def _listen(self, family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        line = socket.socket(family)
        line.bind((host, port))
        line.listen()
        line.setblocking(False)
        return line

    def hits(self) -> int:
        """How many connections came."""
        count = 0
        for line in self.lines:
            try:
                line.accept()[0].close()
            except BlockingIOError:
                continue
            count += 1
        return count


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    try:
        yield canary
    finally:
        for line in canary.lines:
            line.close()


def dial(careful: Careful, host: str, port: int) -> None:
    async def once() -> None:
        stream = await careful.connect_tcp(host, port, timeout=2)
        await stream.aclose()

    asyncio.run(once())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
        "127.0.0.01", "0.0.0.0", "0", "localhost", "localhost.", "LOCALHOST", "::1", "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "::", "127.255.255.254", "169.254.169.254", "10.0.0.1",
        "192.168.0.1", "172.16.0.1", "100.64.0.1", "fe80::1", "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_every_spelling_of_an_address_within_leads_nowhere(canary: Canary, host: str) -> None:
    with pytest.raises((Forbidden, OSError)):
        dial(Careful((), Names()), host, canary.port)
    assert canary.hits() == 0


def test_a_name_that_resolves_to_another_address_later_leads_nowhere(canary: Canary) -> None:
    answers: list[list[str]] = [["127.0.0.1"], ["192.0.2.1", "127.0.0.1"], ["::1", "::ffff:127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[Address]:
        return [ip_address(text) for text in answers.pop(0)]

    for _ in range(3):
        with pytest.raises(Forbidden, match=r"rebound\.example leads to no address on the internet"):
            dial(Careful((), rebinding), "rebound.example", canary.port)
    assert canary.hits() == 0


def test_the_name_is_asked_once_and_the_judged_address_is_the_one_connected_to(canary: Canary) -> None:
    asked: list[str] = []

    async def first_public_then_not(host: str, _port: int) -> list[Address]:
        asked.append(host)
        # The first one is within a network the operator has named; a second look would find the same port elsewhere.
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    dial(Careful((ip_network("127.0.0.1/32"),), first_public_then_not), "named.example", canary.port)
    assert (canary.hits(), asked) == (1, ["named.example"])


def test_of_several_addresses_a_public_one_is_taken(canary: Canary) -> None:
    async def mixed(_host: str, _port: int) -> list[Address]:
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    dial(Careful((ip_network("127.0.0.1/32"),), mixed), "mixed.example", canary.port)
    assert canary.hits() == 1


async def _localhost() -> list[Address]:
    return await Names()("localhost", 80)


def test_the_systems_resolver_is_what_is_asked() -> None:
    assert ip_address("127.0.0.1") in asyncio.run(_localhost())
