"""The twin as a program: it says where it listens, keeps its certificate, and goes when told."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from curtsy.twin.certificate import fingerprint
from curtsy.twin.remote import Twin


@contextmanager
def program(*flags: str) -> Iterator[Twin]:
    """Run `python -m curtsy.twin` and end it as a person would."""
    command = [sys.executable, "-m", "curtsy.twin", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield Twin(**json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGTERM)
        assert (process.wait(10), process.stderr.read()) == (0, "")


def test_it_says_where_it_listens_and_keeps_its_certificate(tmp_path: Path) -> None:
    told = []
    for flags in (("--tls", str(tmp_path / "tls"), "--clock-control"), ("--tls", str(tmp_path / "tls"))):
        with program(*flags) as twin:
            address = urlsplit(twin.https)
            assert (address.scheme, address.hostname) == ("https", "127.0.0.1")
            served = ssl.get_server_certificate((address.hostname or "", address.port or 0))
            assert fingerprint(served.encode()) == twin.spki
            assert twin.book()["posts"] == 0
            told.append(twin.spki)
    assert told[0] == told[1]
    assert (tmp_path / "tls" / "twin.pem").stat().st_mode & 0o077 == 0
    with program() as twin:
        assert twin.spki != told[0]
