"""Our own application that checks keys, validates and answers, but keeps nothing: what storing is measured against."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import uvloop

from curtsy.clock import system_clock
from curtsy.serve import web_server
from curtsy.service.gate import Ask
from curtsy.service.intake import Accepted
from curtsy.service.status import Status, status
from curtsy.settings import Settings
from curtsy.storage.cellar import Desk
from curtsy.storage.sqlite import SqliteDatabase
from curtsy.storage.store import Store


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
    server = web_server(database, Settings(database=path, port=port))
    listener = socket.create_server(("127.0.0.1", port))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
