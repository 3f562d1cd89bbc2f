"""Every command is explained, and every command that the documents show exists."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, Source, faults, faults_of, read, sources

TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)(.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/", "extension/README.md")


def targets() -> dict[str, str]:
    """Returns the targets of the Makefile, each with the rest of its line."""
    return dict(TARGET.findall(read("Makefile")))


def unexplained(source: Source) -> Iterator[str]:
    """Every target of a Makefile has a sentence, which bare `make` prints."""
    for name, rest in TARGET.findall(source.text):
        if "## " not in rest:
            yield f"{name} has no help line"


def shown(text: str) -> Iterator[list[str]]:
    """Yields the words of every command in the ```sh blocks of a document, without prompts and comments."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for command in re.split(r"&&|;|\||\$\(", re.sub(r"(?:^|\s)#.*", "", line)):
                spoken = [
                    word for word in command.strip().removeprefix("$ ").split() if not re.match(r"[A-Z_]+=", word)
                ]
                if spoken:
                    yield spoken


def unmade(source: Source) -> Iterator[str]:
    """A document shows no target that the Makefile does not have."""
    for command in shown(source.text):
        if command[0] == "make":
            yield from (
                f"there is no `make {word}`"
                for word in command[1:]
                if re.match(r"[a-z]", word) and word not in targets()
            )


def spoken_commands(text: str) -> set[tuple[str, ...]]:
    """Returns the curtsy commands a text shows, up to the first word that is an argument."""
    found = set()
    for command in shown(text):
        if Path(command[0]).name == "curtsy":
            words = []
            for word in command[1:]:
                if not re.fullmatch(r"[a-z]+", word):
                    break
                words.append(word)
            found.add(tuple(words[:2]))
    return found


def exists(words: tuple[str, ...]) -> bool:
    """Tells whether the CLI knows a command; the second word may be an argument of the first."""
    for count in range(len(words), 0, -1):
        line = [str(Path(sys.executable).with_name("curtsy")), *words[:count], "--help"]
        if subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
            return True
    return not words


def test_every_target_is_explained() -> None:
    assert faults(unexplained, "Makefile") == []


def test_bare_make_prints_every_target() -> None:
    printed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert [name for name in targets() if f"make {name} " not in printed] == []


def test_every_target_stands_in_a_document() -> None:
    documents = read("README.md") + read("CONTRIBUTING.md")
    assert [name for name in targets() if f"make {name}" not in documents] == []


def test_documents_show_only_targets_that_exist() -> None:
    assert faults(unmade, *DOCUMENTS) == []


def test_documents_show_only_commands_that_exist() -> None:
    spoken = {words for source in sources(*DOCUMENTS) for words in spoken_commands(source.text)}
    assert sorted(words for words in spoken if not exists(words)) == []


def test_ci_runs_what_the_readme_tells_a_person_to_run() -> None:
    ran = [line for line in read(".ci/run").splitlines() if not line.startswith(("#", "set ", "cd "))]
    assert ran == ["make test"]
    assert ["make", "test"] in list(shown(read("README.md")))


def test_an_unexplained_target_is_found() -> None:
    assert faults_of(unexplained, "Makefile", "setup: lock\n\techo\n")
    assert not faults_of(unexplained, "Makefile", "setup: lock ## does it\nX := 1\n")


def test_an_invented_command_is_found() -> None:
    text = "```sh\n$ make tea  # never\ncurtsy teapot --hot\n```\n"
    assert faults_of(unmade, "README.md", text)
    assert spoken_commands(text) == {("teapot",)}
    assert not exists(("teapot",))
