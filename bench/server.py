"""The server under load: our own application, with its storage or answering without storing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn

from curtsy.clock import system_clock
from curtsy.domain.member import Role
from curtsy.service import access, pairing, teams
from curtsy.service.access import Scope
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from curtsy.settings import Settings
from curtsy.storage.cellar import Desk
from curtsy.storage.database import open_database
from curtsy.storage.migrate import migrate
from curtsy.storage.sqlite import SqliteDatabase
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.http1 import Http1


class Unstored(SqliteDatabase):
    """The same stack, but every ask is answered at once and kept nowhere."""

    async def _run_batched(self, desk: Desk, item: Any) -> Any:
        assert isinstance(item, Ask)
        return Accepted(Store.new_id())


def main(mode: str, folder: str, port: int, core: int) -> None:
    """Listen on ``port``, pinned to ``core``; prints the key that callers use."""
    os.sched_setaffinity(0, {core})
    path = Path(folder) / f"{mode}.db"
    database = (
        open_database(f"sqlite:{path}", clock=system_clock) if mode == "stored" else Unstored(path, clock=system_clock)
    )
    migrate(database)
    print(database.run_now(_furnish), flush=True)
    config = uvicorn.Config(
        build_app(database, Settings(database=str(path))),
        port=port,
        loop="uvloop",
        http=Http1,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run()


def _furnish(store: Store, now: int) -> str:
    """A team whose admin has an active browser; returns the key."""
    team_id, admin = teams.found(store, now, "Bench", "bench@example.com")
    assert admin.role is Role.ADMIN
    code = pairing.make_code(store, now, team_id, admin.id)
    pairing.pair(
        store,
        now,
        code=code.code,
        installation_id="bench",
        browser="none",
        version="0.1.0",
        linkedin_urn="urn:li:fsd_profile:ACoAABENCH",
        linkedin_name="Bench",
    )
    return access.create_key(store, now, team_id, Scope.INVITE).secret


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
