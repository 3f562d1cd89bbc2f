"""The seed's table of errors, row by row, to the letter; ours is compared with the page where it is at hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.samples import SEED
from tests.harness.agent import Reply
from tests.harness.house import found
from tests.harness.scene import Scene, scene

INVITE = "/linkedin-agent/send-connection-request"
PLUGIN = (
    "Plugin installation required: Please install the Curtsy browser extension on at least one team member's "
    "account to use the API. The plugin must have been active within the last 48 hours."
)
ROWS = [
    (400, "Missing or invalid 'profile_urn'"),
    (400, "Invalid 'note': must be a string"),
    (400, "Invalid 'note': must be 300 characters or fewer"),
    (401, "Missing API Key"),
    (401, "Invalid API Key"),
    (403, PLUGIN),
    (404, "No admin user found in the team"),
    (429, "LinkedIn invitation limit reached"),
]
PERSON = {"profile_urn": "urn:li:fsd_profile:ACoAABCDEF123"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("refusals")) as stage:
        yield stage


def without_browser(stage: Scene) -> Reply:
    return stage.post(INVITE, PERSON, key=found(stage.server, "Without a browser").key)


def without_admin(stage: Scene) -> Reply:
    house = found(stage.server, "Without an admin")
    stage.server.run(
        lambda store, _now: store.rows.one("UPDATE members SET role = 'member' WHERE id = :id", {"id": house.admin.id})
    )
    return stage.post(INVITE, PERSON, key=house.key)


def at_the_limit(stage: Scene) -> Reply:
    stage.invite("somebody-before")
    work = stage.agent.lease()
    assert work is not None
    assert stage.agent.start(work).status == 200
    stage.agent.finish(work, "invitation_limit_reached", {"http_status": 429})
    reply = stage.post(INVITE, PERSON)
    assert int(reply.headers["retry-after"]) > 0
    return reply


CAUSES = {
    "Missing or invalid 'profile_urn'": lambda stage: stage.post(INVITE, {"profile_urn": 5}),
    "Invalid 'note': must be a string": lambda stage: stage.post(INVITE, {**PERSON, "note": 5}),
    "Invalid 'note': must be 300 characters or fewer": lambda stage: stage.post(INVITE, {**PERSON, "note": "n" * 301}),
    "Missing API Key": lambda stage: stage.post(INVITE, PERSON, key=""),
    "Invalid API Key": lambda stage: stage.post(INVITE, PERSON, key="ck_live_wrong"),
    PLUGIN: without_browser,
    "No admin user found in the team": without_admin,
    "LinkedIn invitation limit reached": at_the_limit,
}


@pytest.mark.parametrize(("status", "error"), ROWS)
def test_a_row_of_the_table_is_answered_to_the_letter(stage: Scene, status: int, error: str) -> None:
    reply = CAUSES[error](stage)
    assert (reply.status, reply.body["success"], reply.body["error"]) == (status, False, error)


def page_rows(page: Path) -> list[tuple[int, str]]:
    """The page's table: status and text, two texts in one row taken apart."""
    rows = re.findall(r"^\| `(\d{3})` +\| (.*?) +\| ", page.read_text("utf-8"), re.MULTILINE)
    return [(int(status), text) for status, texts in rows for text in re.findall("`(.*?)`", texts)]


def test_the_table_is_that_of_the_page_where_it_is_at_hand() -> None:
    theirs = page_rows(SEED) if SEED.is_file() else ROWS
    assert len(theirs) == len(ROWS)
    for (status, error), (their_status, their_error) in zip(ROWS, theirs, strict=True):
        assert status == their_status
        assert error.startswith(their_error.removesuffix("..."))
