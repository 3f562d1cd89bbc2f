"""A country of its own: network namespaces joined by a bridge, whose roads can be cut. Nothing leaves it."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

CLONE_NEWNET = 0x40000000
ADVICE = "network namespaces need root and `ip`: run this as root (Debian: apt-get install iproute2)"


class Town:
    """A namespace. What is done ``here`` has its network: sockets, and processes that are started."""

    def __init__(self, country: str, name: str, address: str) -> None:
        self.name = f"{country}-{name}"
        self.address = address
        self._hands: ThreadPoolExecutor | None = None

    def lay(self) -> None:
        """Make the namespace."""
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        self._hands = ThreadPoolExecutor(4, initializer=self._move_in)

    def here(self, do: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Do something in this town."""
        assert self._hands is not None
        return self._hands.submit(do, *args, **named).result()

    def begin(self, do: Callable[P, T], *args: P.args, **named: P.kwargs) -> Callable[[], T]:
        """Begin something here; the function returned waits for its end."""
        assert self._hands is not None
        return self._hands.submit(do, *args, **named).result

    def leave(self) -> None:
        """Nothing is left of it."""
        if self._hands is not None:
            self._hands.shutdown()
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)

    def _move_in(self) -> None:
        # A thread may have a network of its own; threads and processes it starts inherit that.
        handle = os.open(Path("/run/netns") / self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)


class Country:
    """A capital, and towns each with one road to it."""

    def __init__(self, *towns: str) -> None:
        assert os.geteuid() == 0, ADVICE
        assert shutil.which("ip") is not None, ADVICE
        name = f"curtsy-{secrets.token_hex(3)}"
        self.capital = Town(name, "capital", "10.77.0.1")
        self.towns = [Town(name, town, f"10.77.0.{n}") for n, town in enumerate(towns, start=2)]
        try:
            self._lay()
        except BaseException:
            self.close()
            raise

    def cut(self, town: Town) -> None:
        """Take the road of a town away: packets are lost, and nobody is told."""
        ip("-n", self.capital.name, "link", "set", _road(town), "down")

    def heal(self, town: Town) -> None:
        """The road is there again."""
        ip("-n", self.capital.name, "link", "set", _road(town), "up")

    def close(self) -> None:
        """Nothing is left of it."""
        for town in (*self.towns, self.capital):
            town.leave()

    def _lay(self) -> None:
        self.capital.lay()
        at = self.capital.name
        ip("-n", at, "link", "add", "square", "type", "bridge")
        ip("-n", at, "addr", "add", f"{self.capital.address}/24", "dev", "square")
        ip("-n", at, "link", "set", "square", "up")
        for town in self.towns:
            town.lay()
            ip("-n", at, "link", "add", _road(town), "type", "veth", "peer", "name", "gate", "netns", town.name)
            ip("-n", at, "link", "set", _road(town), "master", "square", "up")
            ip("-n", town.name, "addr", "add", f"{town.address}/24", "dev", "gate")
            ip("-n", town.name, "link", "set", "gate", "up")


def _road(town: Town) -> str:
    return f"to-{town.name.rpartition('-')[2]}"


def ip(*words: str) -> None:
    """One command of iproute2."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}"
