"""`curtsy` and `python -m curtsy`: the command line, or what to install for it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec


def main() -> None:
    """Run one command and exit with its code."""
    if find_spec("typer") is None:
        sys.exit("The command line comes with the server: pip install 'curtsy[server]'")
    from curtsy.cli.app import run

    try:
        code = run(sys.argv[1:])
    except BrokenPipeError:
        # Whoever read our answer has had enough. What Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
