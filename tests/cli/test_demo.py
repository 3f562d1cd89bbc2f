"""The demo where it cannot go on; that it goes through is told by the browser stories."""

from __future__ import annotations

import json
from pathlib import Path

from curtsy.cli.stage import extension_id
from tests.cli.command import Curtsy
from tests.house.tree import ROOT

MANIFEST = ROOT / "extension" / "manifest.json"


def test_the_id_of_an_extension_follows_from_its_key(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"key": "Y3VydHN5"}))
    assert extension_id(tmp_path) == "lncbhiegipmmgflbchfaflnfgdbnfeoi"


def test_without_a_built_extension_the_demo_says_what_to_do(curtsy: Curtsy, tmp_path: Path) -> None:
    ran = curtsy.process("demo", "--json", CURTSY_EXTENSION_DIR=str(tmp_path))
    assert (ran.code, ran.body["code"]) == (1, "demo_failed")
    assert "make extension" in ran.body["error"]


def test_a_chromium_that_will_not_start_is_quoted_and_nothing_is_left(curtsy: Curtsy, tmp_path: Path) -> None:
    built, programs, temporary = tmp_path / "dist" / "chrome", tmp_path / "bin", tmp_path / "temporary"
    for folder in (built, programs, temporary):
        folder.mkdir(parents=True)
    (built / "manifest.json").write_text(MANIFEST.read_text())
    chromium = programs / "chromium"
    chromium.write_text("#!/bin/sh\necho 'no display to speak of' >&2\nexit 127\n")
    chromium.chmod(0o755)
    ran = curtsy.process(
        "demo",
        "--json",
        CURTSY_EXTENSION_DIR=str(built.parent),
        PATH=f"{programs}:/usr/bin:/bin",
        TMPDIR=str(temporary),
    )
    assert (ran.code, ran.body["code"]) == (1, "demo_failed")
    assert "no display to speak of" in ran.body["error"]
    assert list(temporary.glob("curtsy-demo-*")) == []
