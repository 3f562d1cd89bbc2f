"""What webhook endpoints were told, or are to be told, of somebody who is forgotten.

What was told goes. What is not delivered yet is told all the same, at least once as ever, without the person.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from curtsy.service.forgetting import SLICE, Forgotten, without_connection, without_person
from curtsy.storage.store import Store

_GOES_ON = r"(?![\w%\u0300-\u036f-]|\\+u[0-9a-f])"
"""Behind a name: no letter that would make it a longer one, however that is written."""


def words_of(done: Forgotten) -> re.Pattern[str]:
    """What a text about the person has in it as whole words: ids, names in an address or alone, tasks.

    JSON, JSON within JSON, and addresses write some letters in other ways.
    """
    ids = [re.escape(key) + r"(?![A-Za-z0-9_-])" for key in done.ids]
    names = ["".join(map(_written, slug)) for slug in done.slugs]
    found = [*ids, *(f"(?i:in/{name}{_GOES_ON})" for name in names), *(rf'(?i:"{name}\\*")' for name in names)]
    return re.compile("|".join([*found, *map(re.escape, sorted(done.tasks))]))


def _written(letter: str) -> str:
    """A letter of a name as a pattern of every way to write it."""
    if letter.isascii():
        return re.escape(letter)
    escaped = "".join(rf"\\+u{unit}" for unit in json.dumps(letter)[1:-1].split("\\u")[1:])
    return f"(?:{letter}|{escaped}|{quote(letter)})"


def erase_messages(store: Store, _now: int, done: Forgotten, after: str) -> str | None:
    """Drop a slice of what told endpoints of the person, and empty what is on its way; where to go on, or None."""
    words, rows = words_of(done), store.personal.messages(done.team_id, after, SLICE)
    about = [row for row in rows if words.search(row[1])]
    store.personal.drop_told("webhook_messages", [message_id for message_id, _, due in about if not due])
    for message_id, body, due in about:
        if due:
            store.personal.keep_message(message_id, json.dumps(_emptied(json.loads(body), done), ensure_ascii=False))
    return rows[-1][0] if len(rows) == SLICE else None


def erase_tries(store: Store, _now: int, done: Forgotten, after: str) -> str | None:
    """Drop a slice of the tries that say something of the person; where to go on, or None at the end."""
    words, rows = words_of(done), store.personal.tries(done.team_id, after, SLICE)
    told = [row[0] for row in rows if any(words.search(text or "") for text in row[1:])]
    store.personal.drop_told("webhook_deliveries", told)
    return rows[-1][0] if len(rows) == SLICE else None


def _emptied(said: dict[str, Any], done: Forgotten) -> dict[str, Any]:
    """A message without the person; what another task says of them in its own words is that task's, and stays."""
    task = said.get("data", {}).get("task")
    if task is None:
        return said
    output = None if task.get("task_output") is None else json.dumps(task["task_output"])
    if task["id"] not in done.tasks:
        left = None if output is None else without_connection(output, done)
        if left is None:
            return said
        return _with(said, {"task_output": json.loads(left), "task_input": _asked(task["task_input"])})
    emptied: dict[str, Any] = {name: nothing for name, nothing in (("metadata", {}), ("evidence", [])) if name in task}
    if "task_input" in task:
        asked = task["task_input"]
        left = without_person(str(asked.get("task_type")).removeprefix("agent_"), output)
        emptied["task_input"] = _asked(asked)
        emptied["task_output"] = None if left is None else json.loads(left)
    return _with(said, emptied)


def _asked(said: dict[str, Any]) -> dict[str, Any]:
    """What a task was asked, without anything that may be of a person."""
    return {name: value if name == "task_type" else None for name, value in said.items()}


def _with(said: dict[str, Any], instead: dict[str, Any]) -> dict[str, Any]:
    return said | {"data": said["data"] | {"task": said["data"]["task"] | instead}}
