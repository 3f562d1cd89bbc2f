"""One word, one thing: words that the vocabulary gave up are not used for what they would mean here."""

import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, faults, faults_of

WORDS = {
    r"tenants?": "team",
    r"workspaces?": "team",
    r"prospects?": "profile",
    r"(?:a|the|this|that|each|every|your|per|new|of|these) leads?": "profile",
    r"users?": "member",
    r"end-users?": "member",
    r"robots?": "agent",
    r"bots?": "agent",
    r"plug-?ins?": "agent",
    r"work items?": "task",
    r"jobs?": "task",
    r"event bus": "doorbell",
    r"pub-?sub": "doorbell",
    r"circuit breakers?": "pause",
    r"mock(?:s|ed|ing)?": "twin",
    r"fakes?": "twin",
    r"stubs?": "twin",
}

QUOTES = [
    # LinkedIn's and the browser's own terms.
    r"users?[ -]agents?", r"user agreement", r"user[ -]data(?:[ -]dir)?", r"user gestures?", r"user activation",
    # The seed's own words, which callers compare to the letter.
    r"No admin user found in the team", r"Plugin installation required", r"The plugin must have been active",
    # The operating system's, and the names of tools.
    r"unprivileged user", r"fake-browser", r"import-linter", r"robots\.txt", r"pytest plugins?",
]  # fmt: skip

PLACES = (
    "src/",
    "docs/",
    "extension/src/",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
)
PROSE = {".py", ".ts", ".html", ".md", ".sql"}
GIVEN_UP = re.compile(
    r"(?<![\w./$#-])(?:" + "|".join(f"(?P<w{n}>{word})" for n, word in enumerate(WORDS)) + r")(?![\w/(=:-])", re.I
)
QUOTED = re.compile("|".join(QUOTES), re.IGNORECASE)


def words(source: Source) -> Iterator[str]:
    """Yields every word given up, with the word that took its place; quotations and code spans do not count."""
    if source.suffix not in PROSE or source.vendored:
        return
    for number, line in source.lines():
        said = QUOTED.sub("", line)
        if source.suffix == ".md":
            said = re.sub(r"`[^`]*`", "", said)
        for match in GIVEN_UP.finditer(said):
            taken = list(WORDS.values())[int((match.lastgroup or "w0")[1:])]
            yield f"line {number} says '{match[0]}', our word is '{taken}'"


def test_every_thing_goes_by_its_own_word() -> None:
    assert faults(words, *PLACES) == []


@pytest.mark.parametrize(
    "line",
    [
        "Each tenant has keys.",
        "A lead per line.",
        "Invites a prospect.",
        "The user signs in.",
        "Takes the next job.",
        "The Plugin is paired.",
        "A mock LinkedIn.",
    ],
)
def test_a_word_given_up_is_found(line: str) -> None:
    assert faults_of(words, "docs/api.md", line)
    assert faults_of(words, "src/curtsy/service/intake.py", f'"""{line}"""')


@pytest.mark.parametrize(
    "line",
    [
        "the browser's user agent and LinkedIn's User Agreement",
        "a lost answer leads to a second look",
        "launch(user_data_dir=folder)",
        "No admin user found in the team",
        "uses @webext-core/fake-browser",
        "jobs are what others call them".replace("jobs", "`jobs`"),
    ],
)
def test_other_peoples_words_may_be_quoted(line: str) -> None:
    assert not faults_of(words, "docs/api.md", line)
