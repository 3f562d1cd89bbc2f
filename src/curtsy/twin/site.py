"""The whole site: Voyager under its prefix, the pages everywhere else."""

from dataclasses import replace

from curtsy.twin.exchange import Answer, Request
from curtsy.twin.pages import page
from curtsy.twin.voyager import PREFIX, voyager
from curtsy.twin.world import World

# A browser keeps a 301 or a 410 for ever unless told otherwise.
FRESH = ("cache-control", "no-cache, no-store")


def site(world: World, request: Request) -> Answer:
    """Answer one request to www.linkedin.com."""
    answer = voyager(world, request) if request.path.startswith(f"{PREFIX}/") else page(world, request)
    return replace(answer, headers=(*answer.headers, FRESH))
