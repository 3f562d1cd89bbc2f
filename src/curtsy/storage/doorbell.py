"""Wakes whoever waits for a topic; carries nothing, not even an id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


class Doorbell:
    """Rings inside one process; ``notices`` brings those of others.

    A lost ring costs a poll, never a task, so nothing here is durable.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, set[Callable[[], None]]] = {}

    def ring(self, topics: Iterable[str]) -> None:
        """Call every listener of these topics; in the event loop."""
        for topic in topics:
            for listener in tuple(self._listeners.get(topic, ())):
                listener()

    def ring_all(self) -> None:
        """Call every listener there is; in the event loop."""
        self.ring(tuple(self._listeners))

    def listen(self, topic: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called at each ring, until the function returned is called."""
        self._listeners.setdefault(topic, set()).add(listener)

        def stop() -> None:
            listeners = self._listeners.get(topic)
            if listeners is not None:
                listeners.discard(listener)
                if not listeners:
                    del self._listeners[topic]

        return stop

    async def wait(self, topic: str, seconds: float) -> bool:
        """Wait for one ring; False when none came in time."""
        rung = asyncio.Event()
        stop = self.listen(topic, rung.set)
        try:
            await asyncio.wait_for(rung.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            stop()
        return True
