"""What an operator can set: read once from the environment, handed to everyone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

_BUILT = Path(__file__).resolve().parents[2] / "extension" / "dist"

FEWEST_DAYS = 30
"""For so long the same Idempotency-Key is promised the same task, and an act counts among those of its week."""

WORDS_DAYS = 90
EVER = "ever"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about this server that is not in its database."""

    database: str = "sqlite:./curtsy.db"
    """CURTSY_DATABASE: where tasks are kept, sqlite:/var/lib/curtsy/curtsy.db or postgresql://curtsy@host/curtsy."""
    host: str = "127.0.0.1"
    """CURTSY_HOST: the address to listen on."""
    port: int = 8080
    """CURTSY_PORT: the port to listen on; 0 takes any free one."""
    public_url: str | None = None
    """CURTSY_PUBLIC_URL: the address people and browsers use, when a proxy stands before the server."""
    extension_dir: Path = _BUILT
    """CURTSY_EXTENSION_DIR: the folder with curtsy-chrome.zip and curtsy-firefox.zip to hand out."""
    secret_file: Path | None = None
    """CURTSY_SECRET_FILE: the key that seals webhook secrets; with SQLite one is made beside the database."""
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """CURTSY_WEBHOOK_NETWORKS: networks within that webhooks may call (10.0.0.0/8,fd00::/8); else only public ones."""
    keep_days: int | None = None
    """CURTSY_KEEP_DAYS: finished tasks older than this many days are dropped; unset, they are kept for ever."""
    keep_words_days: int | None = WORDS_DAYS
    """CURTSY_KEEP_WORDS_DAYS: notes and what was read of profiles go so many days after; `ever` keeps them."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; what is not set keeps its default."""
    given = os.environ if environment is None else environment
    plain = Settings()
    return Settings(
        database=given.get("CURTSY_DATABASE", plain.database),
        host=given.get("CURTSY_HOST", plain.host),
        port=int(given.get("CURTSY_PORT", plain.port)),
        public_url=given.get("CURTSY_PUBLIC_URL", "").rstrip("/") or None,
        keep_days=_days(given, "CURTSY_KEEP_DAYS"),
        keep_words_days=_days(given, "CURTSY_KEEP_WORDS_DAYS", plain.keep_words_days),
        secret_file=Path(given["CURTSY_SECRET_FILE"]) if given.get("CURTSY_SECRET_FILE") else None,
        webhook_networks=_networks(given.get("CURTSY_WEBHOOK_NETWORKS", "")),
        extension_dir=Path(given.get("CURTSY_EXTENSION_DIR", plain.extension_dir)),
    )


def _networks(given: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in given.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"CURTSY_WEBHOOK_NETWORKS: {error}") from None


def _days(given: Mapping[str, str], name: str, usual: int | None = None) -> int | None:
    said = given.get(name, "")
    if not said or said == EVER:
        return None if said else usual
    if int(said) < FEWEST_DAYS:
        raise ValueError(f"{name} is {said}: it is {FEWEST_DAYS} days at least")
    return int(said)


def environment() -> Mapping[str, str]:
    """The environment itself, for what a command line reads of it that is no setting of a server."""
    return os.environ
