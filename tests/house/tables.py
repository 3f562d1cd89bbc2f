"""The tables of docs/errors.md that the code gives: `python -m tests.house.tables` writes them, a test compares."""

import re
from collections.abc import Iterable

from curtsy.domain.ending import ENDINGS, NEEDS_REVIEW, UNSEEN, WITHOUT_OUTCOME
from curtsy.domain.member import PAUSES, Cause
from curtsy.domain.outcome import DISPOSITIONS, Disposition
from curtsy.domain.task import Kind, TaskState
from curtsy.web.pages.words import WAITS, waits
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "errors.md"
BECOMES: dict[TaskState, str] = {
    TaskState.COMPLETED: "completed",
    TaskState.FAILED: "failed",
    TaskState.EXPIRED: "failed",
    TaskState.CANCELLED: "cancelled",
    TaskState.QUEUED: "waits, then goes on",
    TaskState.UNCONFIRMED: "looked at, never repeated blindly",
    TaskState.NEEDS_REVIEW: "stays open",
}


def row(code: str, rule: Disposition) -> str:
    """One code, with its fields of `error` where it can stand there."""
    scope, retryable = (rule.scope, "yes" if rule.retryable else "no") if code.split("`")[0] in ENDINGS else ("", "")
    return f"| `{code}` | {BECOMES[rule.state]} | {scope} | {retryable} | {rule.meaning} | {rule.next_action or ''} |"


def table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *rows])


def outcomes() -> str:
    """What a browser saw."""
    head = ("outcome", "the task", "`scope`", "`retryable`", "meaning", "`next_action`")
    return table(head, (row(outcome, rule) for outcome, rule in DISPOSITIONS.items()))


def others() -> str:
    """What else a task ends with, or waits for a person with."""
    head = ("code", "the task", "`scope`", "`retryable`", "`message`", "`next_action`")
    rows = [row(code, rule) for code, rule in WITHOUT_OUTCOME.items() if code != NEEDS_REVIEW]
    kinds = {Kind.INVITE: "an invitation", Kind.WITHDRAW: "a withdrawal"}
    rows += [row(NEEDS_REVIEW, rule).replace("` |", f"`: {kinds[kind]} |", 1) for kind, rule in UNSEEN.items()]
    return table(head, rows)


def words_of_waiting() -> str:
    """Every word of `blocked_by`."""
    stopping: list[Cause] = [cause for cause, rule in PAUSES.items() if rule.acts or rule.reads]
    words = dict.fromkeys([*WAITS, *stopping])
    return table(("`blocked_by`", "what is the matter"), (f"| `{word}` | {waits(word)} |" for word in words))


TABLES = {"outcomes": outcomes, "endings": others, "waits": words_of_waiting}


def filled(text: str) -> str:
    """A page with each of its tables as the code gives it, below the mark that names it."""
    for name, made in TABLES.items():
        mark = f"<!-- {name}: make tables -->\n\n"
        (stale,) = re.findall(re.escape(mark) + r"(?:\|.*\n)*", text)
        text = text.replace(stale, f"{mark}{made()}\n")
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
