"""What the site was asked: every request with its answer's status; names of headers, never a cookie or token."""

from collections import deque

from curtsy.twin.exchange import Answer, Json, Request

KEPT = 10_000


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._lines: deque[Json] = deque(maxlen=KEPT)
        self._next = 1

    def note(self, at: int, request: Request, answer: Answer, viewer: str | None) -> None:
        """Write one line."""
        self._lines.append(
            {
                "n": self._next,
                "at": at,
                "secure": request.secure,
                "method": request.method,
                "path": request.target,
                "viewer": viewer,
                "status": None if answer.dropped else answer.status,
                "accept": request.headers.get("accept"),
                "header_names": sorted(request.headers),
            }
        )
        self._next += 1

    def since(self, number: int) -> list[Json]:
        """Return the lines after the one with this number."""
        return [line for line in self._lines if line["n"] > number]

    def clear(self) -> None:
        """Forget all lines; numbers go on."""
        self._lines.clear()
