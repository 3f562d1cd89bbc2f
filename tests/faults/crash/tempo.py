"""The time of a campaign: runs k times faster than the machine's, the same in every process of it."""

from __future__ import annotations

import mmap
import struct
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tempo:
    """``times`` faster than real time since ``origin_ns``; every part that waits or measures asks it."""

    times: int
    origin_ns: int

    def now_ms(self) -> int:
        """Milliseconds since 1970 as the campaign has it."""
        return (self.origin_ns + (time.time_ns() - self.origin_ns) * self.times) // 1_000_000

    def real_s(self, ms: float) -> float:
        """How long a time of the campaign takes on the machine's clock."""
        return ms / 1000 / self.times

    def rest(self, ms: float) -> None:
        """Let time of the campaign pass."""
        time.sleep(self.real_s(ms))


class Mark:
    """One number in a file that several processes see at once, and that outlives each of them."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", 0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    def read(self) -> int:
        """What it is now."""
        return int(struct.unpack("q", self._shared[:])[0])

    def set(self, value: int) -> None:
        """Make it another."""
        self._shared[:] = struct.pack("q", value)

    def close(self) -> None:
        """Let go of the file."""
        self._shared.close()
