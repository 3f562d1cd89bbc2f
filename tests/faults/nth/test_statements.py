"""The Nth statement of a story fails, for every N there is: the desk's own failure, the transaction's, and at COMMIT.

The stories have a create, leases, a start, an act whose answer is lost, second looks and a second act; their caller
and their browser try again when they are answered 503, and nothing else.
"""

from collections.abc import Callable, Iterator

import apsw
import pytest

from tests.faults.nth.statements import Saboteur
from tests.faults.nth.story import Telling, Template, template
from tests.harness.folder import quick_folder

ERRORS: dict[str, Callable[[], Exception]] = {
    "ends the desk": lambda: apsw.ConstraintError("ConstraintError: injected"),
    "ends the transaction": lambda: apsw.FullError("FullError: injected"),
    "comes after the commit": lambda: apsw.IOError("IOError: injected"),
}


@pytest.fixture(scope="module")
def base() -> Iterator[Template]:
    with quick_folder() as folder:
        yield template(folder)


def told(base: Template, kind: str, ill: int, *, posted: bool) -> tuple[int, int]:
    """Tell the story; how many statements (or commits) it took, and how many of them before the first act."""
    saboteur = Saboteur(ERRORS[kind], after_commit="commit" in kind)
    with quick_folder() as folder:
        telling = Telling(base, folder / "curtsy.db", posted=posted, saboteur=saboteur)
        saboteur.begin(ill)
        try:
            telling.tell()
        finally:
            telling.close()
    return saboteur.count, telling.before_act


def every(base: Template, kind: str, first: int, *, posted: bool) -> None:
    """Fail this one, the next, ... until a telling has no such statement any more."""
    ill, count = first, first
    while ill <= count:
        try:
            count, _ = told(base, kind, ill, posted=posted)
        except AssertionError as error:
            raise AssertionError(f"statement {ill} failed, an error that {kind}: {error}") from error
        ill += 1
    assert ill > first + 5


@pytest.mark.parametrize("kind", ERRORS)
def test_whatever_statement_fails_while_the_answer_is_lost(base: Template, kind: str) -> None:
    every(base, kind, 1, posted=True)


@pytest.mark.parametrize("kind", ["ends the transaction", "comes after the commit"])
def test_whatever_statement_fails_on_the_way_to_a_second_act(base: Template, kind: str) -> None:
    _, same = told(base, kind, 0, posted=False)  # up to the act the two stories do not differ
    every(base, kind, same, posted=False)
