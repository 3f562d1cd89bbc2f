"""One person, one key: every way of writing a LinkedIn profile, and what is none."""

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtsy.domain.profile import URN_PREFIX, ProfileRef, by_id, parse_profile, profile_id

TAIL = string.ascii_letters + string.digits + "_-"
IDS = st.builds(
    lambda small, tail: f"AC{small}AA{tail}",
    st.sampled_from(string.ascii_lowercase),
    st.text(TAIL, min_size=1, max_size=60),
)
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,60}[a-z0-9]", fullmatch=True)
BLANKS = st.sampled_from(["", " ", "\n", "\t ", "  "])

PEOPLE_FROM_ID = (
    "{}", "urn:li:fsd_profile:{}", "urn:li:fs_profile:{}", "urn:li:fs_miniProfile:{}", "urn:li:person:{}",
    "https://www.linkedin.com/in/{}", "https://linkedin.com/in/{}/?trk=x",
)  # fmt: skip
PEOPLE_FROM_SLUG = (
    "{}", "https://www.linkedin.com/in/{}", "https://linkedin.com/in/{}/", "https://uk.linkedin.com/in/{}?a=b#c",
    "\u00a0{}\ufeff", "https://linkedin.com/in/{}/details/skills/", "HTTPS://WWW.LinkedIn.com/in/{}",
)  # fmt: skip


@given(person=IDS, before=BLANKS, after=BLANKS)
def test_every_form_of_an_id_is_the_same_person(person: str, before: str, after: str) -> None:
    refs = {parse_profile(before + form.format(person) + after) for form in PEOPLE_FROM_ID}
    assert refs == {by_id(person)}
    assert {ref.key for ref in refs if ref} == {person}


@given(slug=SLUGS, before=BLANKS, after=BLANKS)
def test_every_form_of_a_name_is_the_same_person(slug: str, before: str, after: str) -> None:
    forms = [*PEOPLE_FROM_SLUG, *(form.format(slug.upper()) for form in PEOPLE_FROM_SLUG)]
    refs = {parse_profile(before + form.format(slug) + after) for form in forms}
    assert refs == {ProfileRef(None, slug)}


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=3, max_size=30))
def test_a_name_in_any_script_may_be_percent_encoded(name: str) -> None:
    plain = parse_profile(name)
    assert parse_profile(quote(name)) == plain
    assert parse_profile(f"https://www.linkedin.com/in/{quote(name)}/") == plain


@given(st.text(max_size=200))
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    ref = parse_profile(text)
    if ref is not None:
        assert parse_profile(ref.text) == ref
        assert (ref.urn is None) != (ref.slug is None)


@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.binary(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
    )
)
def test_what_is_no_text_is_no_person(value: object) -> None:
    assert parse_profile(value) is None


@pytest.mark.parametrize(
    "junk",
    [
        "", "  ", "ab", "a" * 101, "a b c", "a.b.c", "a_b_c", "urn:li:fsd_profile:", "urn:li:fsd_profile:a b",
        f"urn:li:fsd_profile:{'a' * 129}", "urn:li:fsd_company:ACoAAB", "urn:li:person:yrZCpj2Z12", "urn:li:member:123",
        "http://www.linkedin.com/in/ada", "linkedin.com/in/ada",
        "https://example.com/in/ada", "https://www.linkedin.com/company/acme", "https://linkedin.com.evil.com/in/ada",
        "https://evil.com/linkedin.com/in/ada", "https://www.linkedin.com/in/", "https://www.linkedin.com/in/../x",
        "%00abc", "abc\x00", "a%2Fb", "%ff%fe%fd", "\ud800abc", "%2541da", "URN:LI:FSD_PROFILE:ACoAAB", "a" * 3000,
    ],
)  # fmt: skip
def test_junk_is_no_person(junk: str) -> None:
    assert parse_profile(junk) is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("williamhgates", "williamhgates"),
        ("Ada-Lovelace", "ada-lovelace"),
        ("acoaabcdef", "acoaabcdef"),
        ("ACoaabcdef", "acoaabcdef"),
        ("ACoAA", "acoaa"),
        ("%C3%A9lodie", "\u00e9lodie"),
        ("e\u0301lodie", "\u00e9lodie"),
        ("\u0130stanbul", "i\u0307stanbul"),
    ],
)
def test_what_is_not_shaped_like_an_id_is_a_name(text: str, slug: str) -> None:
    assert parse_profile(text) == ProfileRef(None, slug)


def test_the_case_of_an_id_matters() -> None:
    assert parse_profile("ACoAABCDEF123") == ProfileRef(URN_PREFIX + "ACoAABCDEF123", None)
    assert parse_profile("ACoAABCDEF123") != parse_profile("ACoAAbcdef123")


def test_an_id_of_any_shape_is_taken_from_a_profile_urn() -> None:
    assert parse_profile("urn:li:fsd_profile:x") == by_id("x")
    assert profile_id("urn:li:fs_miniProfile:ACoAAB") == "ACoAAB"
    assert profile_id("ACoAAB") is None
    assert profile_id(None) is None


@pytest.mark.parametrize("same", ["urn:li:fsd_profile:abc", "urn:li:fs_profile:abc"])
def test_a_name_and_an_id_that_read_alike_are_two_people(same: str) -> None:
    of_id, of_name = parse_profile(same), parse_profile("abc")
    assert of_id is not None
    assert of_name is not None
    assert of_id.key != of_name.key
