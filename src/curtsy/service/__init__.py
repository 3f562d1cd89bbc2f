"""The desks: a function is one decision in one transaction, ``(store, now, ...) -> value``; no web, no clock."""
