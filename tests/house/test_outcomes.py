"""Every outcome is told everywhere it must be: what follows from it, who in the twin shows it, what people read."""

import re

from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.rehearsal import SCENES, WITHDRAWALS
from curtsy.twin.magic import MAGIC
from tests.house.tree import read, table_rows


def untold(codes: list[str], text: str) -> list[str]:
    """Returns the codes that no table row of a document has in a code span."""
    rows = "\n".join(table_rows(text))
    return [code for code in codes if not re.search(rf"`{re.escape(code)}[`:]", rows)]


def test_every_outcome_has_a_disposition() -> None:
    assert list(DISPOSITIONS) == list(Outcome)


def test_every_outcome_has_a_sentence_of_its_own() -> None:
    meanings = [disposition.meaning for disposition in DISPOSITIONS.values()]
    assert all(meanings)
    assert len(set(meanings)) == len(meanings)


def test_every_outcome_has_a_magic_person() -> None:
    assert untold([outcome.value for outcome in Outcome], read("docs/magic-people.md")) == []


def test_every_outcome_is_documented() -> None:
    assert untold([outcome.value for outcome in Outcome], read("docs/errors.md")) == []


def test_an_untold_outcome_is_found() -> None:
    assert untold(["sent", "throttled"], "| `sent` | done |\n\nand `throttled` only in passing") == ["throttled"]


def test_the_people_of_the_test_world_are_those_of_the_twin() -> None:
    played = [(scene.slug, scene.id, scene.outcome) for scene in SCENES]
    assert played == [(magic.person.slug, magic.person.profile_id, magic.outcome) for magic in MAGIC]
    told = {magic.person.slug: magic.withdrawal for magic in MAGIC if magic.withdrawal != Outcome.NOT_PENDING}
    assert told == WITHDRAWALS
