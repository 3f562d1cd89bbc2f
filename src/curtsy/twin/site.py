"""The whole site: Voyager under its prefix, the pages everywhere else."""

from curtsy.twin.exchange import Answer, Request
from curtsy.twin.pages import page
from curtsy.twin.voyager import PREFIX, voyager
from curtsy.twin.world import World


def site(world: World, request: Request) -> Answer:
    """Answer one request to www.linkedin.com."""
    if request.path.startswith(f"{PREFIX}/"):
        return voyager(world, request)
    return page(world, request)
