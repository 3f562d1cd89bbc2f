"""`curtsy` and `python -m curtsy`: the command line, or what to install for it."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run one command and exit with its code."""
    if find_spec("typer") is None:
        sys.exit("The command line comes with the server: pip install 'curtsy[server]'")
    from curtsy.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
