"""What the demo has done so far, a line a step with the time it took."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.text import Text


class Steps:
    """Prints each step when it is done; the last one that was begun is where a failure lies."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = self._since = time.monotonic()
        self.done: list[dict[str, Any]] = []
        self.doing = "get ready"

    def begin(self, doing: str) -> None:
        """Name what is being done now."""
        self.doing = doing

    def end(self, said: str) -> None:
        """Say what came of it."""
        now = time.monotonic()
        took_ms = round((now - self._since) * 1000)
        self._since = now
        self.done.append({"step": self.doing, "said": said, "took_ms": took_ms})
        self._console.print(Text(f"{took_ms / 1000:6.2f} s  {said}"), soft_wrap=True)

    @property
    def seconds(self) -> float:
        """How long it has all taken."""
        return time.monotonic() - self._begun
