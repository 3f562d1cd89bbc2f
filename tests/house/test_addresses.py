"""Nothing names a registry, a folder of one machine, or a header that claims what did not happen."""

import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, faults, faults_of, read

REGISTRIES = re.compile("|".join(["npm" + "js", "python" + "hosted", r"py" + r"pi\.(org|com)", r"deb\." + "debian"]))
# Spelled so that this file does not match itself.
MACHINE = re.compile(
    r"(?<![\w.<*)\]}-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", r"home/\w+", r"Users/\w+"]) + r")(?![\w-])"
)
PLANS = re.compile(r"(?<![\w/.@-])" + "sha" + "red/")
CLAIMS = re.compile("x-li-" + "(track|page-instance|pem-metadata)", re.IGNORECASE)


def found(pattern: re.Pattern[str], source: Source) -> Iterator[str]:
    """Yields every line that a pattern matches."""
    for number, line in source.lines():
        if match := pattern.search(line):
            yield f"line {number} says '{match[0]}'"


def registries(source: Source) -> Iterator[str]:
    """Where packages come from is the machine's business."""
    return found(REGISTRIES, source)


def machine_paths(source: Source) -> Iterator[str]:
    """No file depends on where one machine keeps things."""
    return found(MACHINE, source)


def plans(source: Source) -> Iterator[str]:
    """What a reader needs is in this repository; only tests may look for the plans beside it."""
    return iter(()) if source.path.startswith("tests/") else found(PLANS, source)


def claims(source: Source) -> Iterator[str]:
    """The extension sends no header that tells LinkedIn of clicks that did not happen (linkedin-wire 1.2)."""
    return found(CLAIMS, source)


def unhashed(source: Source) -> Iterator[str]:
    """Every locked Python package carries hashes, and the lock names no address."""
    packages = re.split(r"\n(?=\S)", source.text)
    yield from (f"{package.split()[0]} has no hash" for package in packages if "--hash=sha256:" not in package)
    if "://" in source.text or "--index-url" in source.text or "--find-links" in source.text:
        yield "names an address"


def resolved(source: Source) -> Iterator[str]:
    """The npm lock carries hashes and no download address."""
    if '"resolved"' in source.text:
        yield "names where packages were downloaded from"
    if '"integrity"' not in source.text:
        yield "carries no hashes"


def test_no_file_names_a_registry() -> None:
    assert faults(registries) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert faults(machine_paths) == []


def test_only_tests_look_beside_the_repository() -> None:
    assert faults(plans) == []


def test_the_extension_claims_nothing_that_did_not_happen() -> None:
    assert faults(claims, "extension/src/") == []


def test_python_locks_carry_hashes_and_no_address() -> None:
    ours = tuple(f"requirements/{name}.txt" for name in ("server", "dev", "node"))
    locks = (*ours, "bench/peers/requirements.txt")
    assert faults(unhashed, *locks) == []
    assert all("==" in read(lock) for lock in locks)


def test_the_npm_lock_carries_hashes_and_no_address() -> None:
    assert faults(resolved, "extension/package-lock.json", "bench/peers/package-lock.json") == []


@pytest.mark.parametrize(
    "line", ["https://registry.npm" + "js.org/x", "https://py" + "pi.org/simple", "deb." + "debian.org"]
)
def test_a_registry_is_found(line: str) -> None:
    assert faults_of(registries, "docs/operations.md", line)


@pytest.mark.parametrize("line", ["cd /wo" + "rk/main", "'/ro" + "ot/.cache'", "/home/" + "someone/curtsy"])
def test_a_machine_path_is_found(line: str) -> None:
    assert faults_of(machine_paths, "docs/operations.md", line)


def test_a_glance_beside_the_repository_is_found() -> None:
    line = "see sha" + "red/design.md"
    assert faults_of(plans, "src/curtsy/web/app.py", line)
    assert not faults_of(plans, "tests/contract/test_seed.py", line)


def test_a_claim_is_found() -> None:
    assert faults_of(claims, "extension/src/linkedin/api.ts", "'X-LI-" + "Track': '{}'")


def test_a_loose_lock_is_found() -> None:
    assert faults_of(unhashed, "requirements/dev.txt", "six==1.17.0\n")
    assert faults_of(unhashed, "requirements/dev.txt", "--index-url x\nsix==1 --hash=sha256:00\n")
    assert faults_of(resolved, "extension/package-lock.json", '{"integrity": "", "resolved": ""}')
    assert faults_of(resolved, "extension/package-lock.json", "{}")
