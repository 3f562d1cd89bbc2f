"""The programs that set up a machine and run the stages: a step is done once, and a failure is never lost."""

import sys
from pathlib import Path

import pytest

from setup import stage, step
from setup.stage import Command, Stage, carry_out, read_report
from setup.stages import RUNS, table
from setup.step import Step, Stuck, digest, run

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>"""


def python(program: str, report: Path | None = None) -> Command:
    """Names a small program to run as a command of a stage."""
    return Command((sys.executable, "-c", program), report=report)


def test_a_step_is_taken_once_until_what_it_is_made_from_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, made = tmp_path / "source", tmp_path / "made"
    name = f"sample-{tmp_path.name}"
    sample = Step(name, lambda: digest([source]), made.exists, lambda: f"wrote {made.write_text('x')}")
    source.write_text("first")
    try:
        sample.take()
        sample.take()
        assert capsys.readouterr().out.splitlines()[-1].endswith("ready")
        source.write_text("second")
        sample.take()
        assert "wrote 1" in capsys.readouterr().out
        made.unlink()
        sample.take()
        assert "wrote 1" in capsys.readouterr().out
    finally:
        (step.STAMPS / name).unlink(missing_ok=True)


def test_a_step_that_fails_says_what_a_person_should_do() -> None:
    with pytest.raises(Stuck, match=r"(?s)no room left.*Free some space"):
        run([sys.executable, "-c", "raise SystemExit('no room left')"], "Free some space")
    with pytest.raises(Stuck, match="Install it"):
        run(["no-such-program-here"], "Install it")


def test_skipped_and_failed_tests_are_both_counted_as_failed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert read_report(report) == (1, 2)


def test_a_stage_goes_on_after_a_failure_and_counts_it(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    write = f"open({str(report)!r}, 'w').write({REPORT!r})"
    tally = carry_out(Stage("sample", 60, (python("raise SystemExit(3)"), python(write, report))))
    assert (tally.passed, tally.failed) == (1, 3)
    assert ["exit 3" in wrong for wrong in tally.wrong] == [True]


def test_a_run_without_tests_or_without_a_report_fails(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    tally = carry_out(Stage("sample", 60, (python("", report),)))
    assert (tally.passed, tally.failed) == (0, 1)
    write = f"open({str(report)!r}, 'w').write('<testsuites/>')"
    assert carry_out(Stage("sample", 60, (python(write, report),))).failed == 1
    absent = Command((sys.executable, "-c", ""), report=report, folders=("tests/nowhere",))
    assert carry_out(Stage("sample", 60, (absent,))).wrong == ["no tests in tests/nowhere"]


def test_a_command_that_does_not_end_is_ended() -> None:
    assert stage.ended(python("import time; time.sleep(600)"), limit_s=0.2) is None


def test_the_table_names_every_stage() -> None:
    done = [(entry, carry_out(Stage(entry.name, 60, (python(""),)))) for entry in RUNS["check"]]
    assert all(entry.name in table(done, 1.0) for entry in RUNS["check"])
