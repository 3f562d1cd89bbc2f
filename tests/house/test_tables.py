"""What docs/errors.md says of endings and of waiting is what the code says."""

from curtsy.domain.ending import ENDINGS, WITHOUT_OUTCOME
from curtsy.domain.member import Cause
from tests.house.tables import PAGE, filled, words_of_waiting
from tests.house.tree import read

SCOPES = {"profile", "member", "agent", "request"}


def test_the_tables_are_fresh() -> None:
    text = read("docs/errors.md")
    assert filled(text) == text, f"{PAGE.name} is stale: run `make tables`"


def test_every_ending_says_what_it_lies_with_and_what_to_do_about_it() -> None:
    assert {rule.scope for rule in ENDINGS.values()} <= SCOPES
    silent = [code for code, rule in WITHOUT_OUTCOME.items() if rule.next_action is None]
    assert silent == ["cancelled"]


def test_every_word_of_waiting_has_one_row_and_one_sentence() -> None:
    rows = [line.strip("| ").split(" | ") for line in words_of_waiting().splitlines()[2:]]
    assert len({word for word, _ in rows}) == len({said for _, said in rows}) == len(rows)
    assert {f"`{cause}`" for cause in Cause} - {word for word, _ in rows} == {"`note_limit`"}
