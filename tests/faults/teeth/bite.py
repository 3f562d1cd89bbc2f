"""Tell one story in a process of its own, on whatever sources PYTHONPATH leads to: ``python -m ... STORY...``."""

from __future__ import annotations

import sys
import traceback

from tests.faults.machine.town import Town
from tests.faults.teeth import (
    acts,
    allowed,
    bounds,
    copies,
    foretold,
    holds,
    hooks,
    later,
    looks,
    names,
    news,
    spared,
    taking_back,
    words,
)
from tests.harness.folder import quick_folder

TELLERS = (acts, allowed, bounds, copies, foretold, holds, hooks, later, looks, names, news, spared, taking_back)
HELD, BROKE = 0, 3
"""What this process ends with; anything else means that a story could not even be told."""
SOON_S = 0.7
"""One story alone is told because it must break: what it waits for in vain is not waited for long."""
UNREADABLE = (ImportError, SyntaxError, NameError, AttributeError, TypeError)


def tell(name: str) -> int:
    """Tell a story in a new town, and see that it is sound at its end."""
    with quick_folder() as folder:
        town = Town(folder, refuse_duplicates=False, requeues=True)
        try:
            story = next(getattr(told, name) for told in TELLERS if hasattr(told, name))
            story(town)
            words.sound(town)
        except UNREADABLE:
            raise
        except Exception:
            traceback.print_exc()
            return BROKE
        finally:
            town.close()
    return HELD


if __name__ == "__main__":
    if len(sys.argv) == 2:
        news.PATIENCE_S[0] = SOON_S
    sys.exit(max(tell(name) for name in sys.argv[1:]))
