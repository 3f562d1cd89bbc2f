"""The document about test mode does what it says, with no browser anywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from curtsy.domain.rehearsal import ACCEPTS, KEPT, SLOW, VANISHES
from curtsy.service import access
from tests.harness.scene import Scene

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "test-mode.md").read_text("utf-8")


def test_its_sample_is_sent(scene: Scene) -> None:
    scene.agent.unpair()
    key = scene.server.run(access.create_key, scene.house.team_id, test=True).secret
    (sample,) = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    told = {"CURTSY_URL": scene.url, "CURTSY_TEST_KEY": key}
    done = subprocess.run(
        ["bash", "-euc", sample], env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=True
    )
    data = json.loads(done.stdout)["data"]
    assert (data["status"], data["task_output"]["sent"], data["mode"]) == ("completed", True, "test")


def test_it_names_everybody_who_does_something_of_their_own() -> None:
    assert [name for name in KEPT | ACCEPTS | VANISHES | SLOW if f"`{name}`" not in TEXT] == []
