"""Our own application that checks keys, validates and answers, but keeps nothing: what storing is measured against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn

from curtsy.clock import system_clock
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from curtsy.service.status import Status, status
from curtsy.settings import Settings
from curtsy.storage.cellar import Desk
from curtsy.storage.sqlite import SqliteDatabase
from curtsy.storage.store import Store
from curtsy.web.app import build_app
from curtsy.web.crowd import Limits
from curtsy.web.http1 import Http1


class Unstored(SqliteDatabase):
    """Every ask is answered at once and kept nowhere; every task is told as the first one asked for was."""

    told: Status | None = None

    async def _run_batched(self, desk: Desk, item: Any) -> Any:
        assert isinstance(item, Ask)
        return Accepted(Store.new_id())

    async def _read(self, desk: Desk, args: tuple[Any, ...]) -> Any:
        if desk is not status:
            return await super()._read(desk, args)
        if self.told is None:
            self.told = await super()._read(status, args)
        return self.told


def main(path: str, port: int) -> None:
    """Listen on ``port``."""
    database = Unstored(Path(path), clock=system_clock)
    limits = Limits()
    config = uvicorn.Config(
        build_app(database, Settings(database=path), limits),
        port=port,
        loop="uvloop",
        http=Http1.within(limits),
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
