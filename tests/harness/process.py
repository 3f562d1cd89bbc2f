"""What a server process of the harness runs: ``serve`` itself, around a clock that is moved over standard input.

    python -m tests.harness.process DATABASE PORT AHEAD_MS HOST SECRET_FILE

It prints ``{"port": N}`` when it listens; each number of milliseconds it reads moves its clock and is answered.
"""

from __future__ import annotations

import json
import sys
import threading
from ipaddress import ip_network
from pathlib import Path

from curtsy.serve import Listening, serve
from curtsy.settings import Settings
from tests.harness.clock import MovableClock


def _say(**fields: int) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _obey(clock: MovableClock) -> None:
    for line in sys.stdin:
        _say(now=clock.jump(int(line)))


def _announce(listening: Listening) -> None:
    _say(port=int(listening.url.rpartition(":")[2]))


def main(address: str, port: str, ahead: str, host: str, secret: str) -> None:
    """Serve until told to stop."""
    clock = MovableClock()
    clock.jump(int(ahead))
    threading.Thread(target=_obey, args=(clock,), daemon=True).start()
    settings = Settings(
        database=address,
        host=host,
        port=int(port),
        webhook_networks=(ip_network("127.0.0.0/8"),),
        secret_file=Path(secret) if secret else None,
    )
    serve(settings, _announce, clock=clock, steady=clock)


if __name__ == "__main__":
    main(*sys.argv[1:])
