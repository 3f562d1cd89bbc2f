"""Secrets of their own form, and a checksum that tells a typo from a stranger."""

import string

from hypothesis import given
from hypothesis import strategies as st

from curtsy.service.access import Scope
from curtsy.service.credentials import hashed, is_key, new_check, new_code, new_key, new_token

LETTERS = string.ascii_letters + string.digits


@given(place=st.integers(8, 45), letter=st.sampled_from(LETTERS))
def test_a_key_with_one_wrong_letter_is_no_key(place: int, letter: str) -> None:
    key = new_key()
    typo = key[:place] + letter + key[place + 1 :]
    assert is_key(typo) == (typo == key)


@given(st.text(max_size=60))
def test_any_other_text_is_no_key(text: str) -> None:
    assert not is_key(text)
    assert not is_key(f"ck_live_{text}")
    assert len(hashed(text)) == 64


def test_secrets_differ_and_have_their_form() -> None:
    for make, starts, length in ((new_key, "ck_live_", 46), (new_token, "ca_", 46), (new_code, "", 8)):
        made = {make() for _ in range(50)}
        assert len(made) == 50
        assert all(one.startswith(starts) and len(one) == length for one in made)
    assert all(10 <= int(new_check()) <= 99 for _ in range(50))


def test_a_wider_scope_covers_a_narrower_one() -> None:
    order = [Scope.READ, Scope.INVITE, Scope.MANAGE]
    assert all(wide.covers(narrow) == (order.index(wide) >= order.index(narrow)) for wide in order for narrow in order)
