"""Waiting for something to become true: asked again until a deadline, never slept through blindly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 20.0


def until(ask: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """The first answer of ``ask`` that is neither None nor false; AssertionError naming ``what`` when none comes."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.01)
