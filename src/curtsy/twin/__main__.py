"""`python -m curtsy.twin`: run a twin and print its addresses as one line of JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from curtsy.twin.remote import Twin
from curtsy.twin.server import TwinSettings, serve


def announce(twin: Twin) -> None:
    """Print the addresses for whoever started this."""
    sys.stdout.write(json.dumps(asdict(twin)) + "\n")
    sys.stdout.flush()


parser = argparse.ArgumentParser(prog="curtsy.twin", description="A LinkedIn of our own on 127.0.0.1.")
parser.add_argument("--port", type=int, default=0, help="port of the https listener; 0 takes a free one")
parser.add_argument("--tls", type=Path, help="folder to keep the certificate in; else a new one each time")
parser.add_argument("--clock-control", action="store_true", help="let the control API move the twin's clock")
given = parser.parse_args()
serve(TwinSettings(given.port, given.tls, given.clock_control), announce)
