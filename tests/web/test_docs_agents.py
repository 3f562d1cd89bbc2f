"""The examples in the agent protocol's document have the shape of what is really said."""

import json
import re
from pathlib import Path
from typing import Any

from curtsy.domain.agent import NotStarted
from curtsy.domain.outcome import Relation, Seen
from curtsy.web.problems import STATUS
from curtsy.web.route import Entrance
from curtsy.web.routes import ROUTES
from tests.harness.scene import Scene
from tests.web.agent_calls import exchanges

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "agent-protocol.md").read_text("utf-8")
SHOWN = re.findall(r"<!-- (.*?) -->\n```json\n(.*?)```\n\n```json\n(.*?)```", TEXT, re.DOTALL)


def shape(value: Any) -> Any:
    """A value with its contents replaced by their types."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_every_example_has_the_shape_of_a_real_exchange(scene: Scene) -> None:
    shown = {title: (shape(json.loads(said)), shape(json.loads(answered))) for title, said, answered in SHOWN}
    real = {title: (shape(said), shape(answered)) for title, (said, answered) in exchanges(scene).items()}
    assert shown == real


def test_every_call_has_its_row_with_its_refusals() -> None:
    for route in ROUTES:
        if not route.path.startswith("/agent/"):
            continue
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{route.method} {route.path}`"))
        assert route.door is Entrance.AGENT or route.path == "/agent/pair"
        for refusal in route.refusals:
            assert f"`{refusal.code}`" in (TEXT if STATUS[refusal] == 426 else row), refusal.code


def test_every_word_an_agent_may_say_or_hear_is_written_down() -> None:
    for word in (*Relation, *Seen, NotStarted.code, "4400", "4401", "4403"):
        assert word in TEXT
