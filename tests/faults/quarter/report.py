"""What came of a simulated quarter, as Markdown."""

from __future__ import annotations

from tests.faults.quarter.campaign import Quarter


def markdown(quarter: Quarter) -> str:
    """A table of everything that was counted, and one of the predictions."""
    judge, foresight, plan = quarter.judge, quarter.foresight, quarter.plan
    rows = [
        ("simulated", f"{plan.members} members, {quarter.days} days, seed {plan.seed}, in {quarter.seconds:,.0f} s"),
        ("invitations asked for", f"{quarter.posted:,}"),
        ("answers", _of(quarter, "answer: ")),
        ("POSTs to LinkedIn", _of(quarter, "LinkedIn: ")),
        ("looks at what became of invitations", f"{judge.counts['looks']:,}"),
        ("starts refused", _of(quarter, "start: ")),
        ("pauses", _of(quarter, "pause: ")),
        ("tasks", ", ".join(f"{count:,} {word}" for word, count in quarter.ending.fates.most_common())),
        ("fullest window in LinkedIn's book", f"{quarter.ending.fullest:.0%}"),
        ("blocked_by sampled", ", ".join(f"{word} {count:,}" for word, count in _sorted(foresight.samples))),
        ("predictions judged", f"{sum(foresight.made.values()):,}"),
        ("of them within 10 % or a minute", f"{foresight.share():.1%}"),
        ("predictions that something unforeseen came between", f"{foresight.disturbed:,}"),
        ("of them right all the same", f"{foresight.lucky / max(1, foresight.disturbed):.1%}"),
        ("faults", str(len(judge.faults))),
    ]
    lines = ["| | |", "|---|---|", *(f"| {name} | {what} |" for name, what in rows), ""]
    lines += ["| waited up to | predictions | right |", "|---|--:|--:|"]
    lines += [f"| {band} | {made:,} | {right / made:.1%} |" for band, made, right in foresight.table() if made]
    return "\n".join(lines) + "\n"


def _of(quarter: Quarter, prefix: str) -> str:
    found = {name: count for name, count in quarter.judge.counts.items() if name.startswith(prefix)}
    return ", ".join(f"{name.removeprefix(prefix)} {count:,}" for name, count in _sorted(found))


def _sorted(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])
