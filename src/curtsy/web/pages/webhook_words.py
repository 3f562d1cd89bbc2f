"""What the pages say of webhook endpoints and of tries to tell them something."""

from __future__ import annotations

from curtsy.domain.webhook import Next, Payload

ENDPOINTS: dict[str, tuple[str, str, str]] = {
    "working": ("Working", "good", "It is told what happens, as it happens."),
    "failing": ("Failing", "wait", "It did not take the last message in. Every message is tried again for three days."),
    "off": ("Switched off", "bad", "It is told nothing."),
}
"""For each state of a webhook endpoint: its name on a page, its colour, and what it means."""

OFF: dict[str, str] = {
    "asked": "It was switched off by hand. Switched on again it is told what it missed.",
    "gone": "It answered 410: nobody wants messages there. Switched on again it is told what it missed.",
    "failing": "It took nothing in for three days. When it works again, switch it on: it is told what it missed.",
}
"""Why an endpoint is off."""

TRIES: dict[Next, tuple[str, str]] = {
    Next.DELIVERED: ("Taken in", "good"),
    Next.AGAIN: ("Not taken in", "wait"),
    Next.FAILED: ("Given up", "bad"),
    Next.GONE: ("Not wanted", "bad"),
}
"""For what a try led to: its name, and its colour."""

PAYLOADS: dict[Payload, str] = {
    Payload.FULL: "The whole task, with its outcome",
    Payload.THIN: "Ids, the status and your metadata only",
}
