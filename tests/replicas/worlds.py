"""Worlds built once by the real desks, and laid again from their rows in one call."""

from __future__ import annotations

from tests.replicas.moves import Setting
from tests.replicas.steps import Replicas
from tests.replicas.world import TABLES, World, build

_NUMBERED = ("evidence", "events")


class Worlds:
    """A world for each setting; ids and times are the same each time it is laid."""

    def __init__(self, replicas: Replicas) -> None:
        self.replicas = replicas
        self._known: dict[Setting, tuple[World, bytes]] = {}

    def lay(self, setting: Setting) -> World:
        """Let the database hold this world and nothing else."""
        if setting not in self._known:
            world = self.replicas.one.run_now(build, setting.subject, paused=setting.paused, jumped=setting.jumped)
            self._known[setting] = world, self._script()
        world, script = self._known[setting]
        self.replicas.watch.execute(script)
        return world

    def _script(self) -> bytes:
        """What makes the database as it is now."""
        said = ["BEGIN"]
        for table in (*TABLES, "house"):
            row = self.replicas.watch.execute(f"SELECT jsonb_agg(to_jsonb({table}))::text FROM {table}".encode())
            (rows,) = row.fetchone() or (None,)
            said.append(f"DELETE FROM {table}")
            if rows is not None:
                kept = "OVERRIDING SYSTEM VALUE " if table in _NUMBERED else ""
                quoted = rows.replace("'", "''")
                made = f"SELECT * FROM jsonb_populate_recordset(NULL::{table}, '{quoted}'::jsonb)"
                said.append(f"INSERT INTO {table} {kept}{made}")
        return "; ".join([*said, "COMMIT"]).encode()
