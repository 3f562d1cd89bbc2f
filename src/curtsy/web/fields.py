"""The fields of a body that nobody asked for: warned of, but for a trial, which must never become the real thing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from curtsy.domain.errors import InvalidField

TRIAL = "dry_run"


def unknown_fields(body: dict[str, Any], shape: type[msgspec.Struct]) -> list[str]:
    """What to warn of: fields that the declared shape does not have.

    Raises InvalidField for a trial of what has none.
    """
    known = _known(shape)
    if body.keys() <= known and TRIAL not in body:
        return []
    if TRIAL not in known:
        no_trial(body)
    return [f"unknown field ignored: {_printable(name)}" for name in body if name not in known]


@lru_cache
def _known(shape: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(shape.__struct_fields__)


def no_trial(body: dict[str, Any]) -> None:
    """Raises InvalidField where a trial is asked for."""
    wanted = body.get(TRIAL)
    if wanted is not None and wanted is not False:
        raise InvalidField(f"Invalid '{TRIAL}': only a single invitation can be a dry run")


def _printable(name: str) -> str:
    return name[:100].encode("utf-8", "replace").decode("utf-8")
