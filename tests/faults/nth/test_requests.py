"""The Nth request of a story is lost, loses its answer, comes twice or comes late, for every N there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curtsy.domain.task import LEASE_MS, STARTED_MS
from tests.faults.nth.story import Telling, Template, template
from tests.faults.nth.wire import Fate, duplicated, first_answer_of_two, late_by, reply_lost, request_lost
from tests.harness.folder import quick_folder

FATES = {
    "request lost": request_lost,
    "reply lost": reply_lost,
    "duplicated": duplicated,
    "first answer of two": first_answer_of_two,
    "later than its lease": late_by(LEASE_MS + 1),
    "later than its act": late_by(STARTED_MS + LEASE_MS),
}


@pytest.fixture(scope="module")
def base() -> Iterator[Template]:
    with quick_folder() as folder:
        yield template(folder)


def told(base: Template, path: Path, *, posted: bool, fate: Fate | None = None, ill: int = 0) -> int:
    """Tell the story; how many requests it took."""
    telling = Telling(base, path, posted=posted, fate=fate, ill=ill)
    try:
        telling.tell()
        return telling.wire.count
    finally:
        telling.close()


@pytest.mark.parametrize("posted", [True, False], ids=["landed", "never sent"])
@pytest.mark.parametrize("fate", FATES)
def test_whatever_becomes_of_any_one_request(base: Template, fate: str, posted: bool) -> None:
    ill, count = 1, 1
    while ill <= count:
        with quick_folder() as folder:
            try:
                count = told(base, folder / "curtsy.db", posted=posted, fate=FATES[fate], ill=ill)
            except AssertionError as error:
                raise AssertionError(f"request {ill} {fate}: {error}") from error
        ill += 1
    assert ill > 10
