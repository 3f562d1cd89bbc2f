"""Sets up a fresh machine: `make setup`. A second run finds everything in place and ends within a second."""

import sys
import time

from setup import chromium, debian, environment, extension, node
from setup.step import Stuck

STEPS = (environment.STEP, node.STEP, extension.PACKAGES, extension.STEP, chromium.STEP, debian.STRACE, debian.IPROUTE2)


def main() -> int:
    """Takes every step in order; stops at the first that is stuck, with what a person should do."""
    began = time.monotonic()
    print("Setting up Curtsy", flush=True)
    for step in STEPS:
        try:
            step.take()
        except Stuck as stuck:
            print(f"\nsetup is stuck at {step.name}: {stuck}", file=sys.stderr)
            return 1
    print(f"  all there  ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
