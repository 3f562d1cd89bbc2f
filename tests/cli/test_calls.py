"""invite, profile, task and pair --wait against a real server and a scripted browser."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from curtsy.clock import system_clock
from tests.cli.command import PATIENCE_S, Curtsy, listening
from tests.cli.conftest import ADMIN
from tests.harness.agent import Agent
from tests.harness.sky import Sky, urn_of
from tests.harness.waiting import until


def test_an_invitation_is_asked_for_and_found(served: Curtsy) -> None:
    made = served.json("invite", "https://www.linkedin.com/in/first-person/", "--note", "Hello.")
    assert made["message"] == "Send connection request task created successfully"
    shown = served.json("task", "show", made["api_agent_task_id"])["data"]
    assert shown["id"] == made["api_agent_task_id"]
    assert shown["task_input"]["note"] == "Hello."


def test_wait_ends_when_the_invitation_is_sent(served: Curtsy) -> None:
    body = served.json("invite", "second-person", "--wait")
    assert (body["data"]["status"], body["data"]["task_output"]["sent"]) == ("completed", True)
    again = served.json("invite", "second-person")
    assert (again["api_agent_task_id"], again["deduplicated"]) == (body["data"]["id"], True)
    for_people = served("invite", "second-person", "--note", "Other words", "--wait", "30")
    assert for_people.code == 0
    assert "sent    urn:li:fsd_invitation:" in for_people.out
    assert "another note" in for_people.err


def test_a_profile_is_read(served: Curtsy) -> None:
    body = served.json("profile", "some-person", "--wait", "30")
    assert body["data"]["task_output"]["profile_urn"] == urn_of("some-person")
    assert "Some-Person" in served("profile", "some-person", "--wait", "30").out


def test_the_sender_can_be_named(served: Curtsy) -> None:
    body = served.json("invite", "third-person", "--sender", ADMIN, "--wait", "30")
    assert body["data"]["sender"]["name"] == "ada"
    assert served.refused("invite", "third-person", "--sender", "x@example.com")["code"] == "unknown_member"


def test_a_dry_run_stores_nothing(served: Curtsy) -> None:
    body = served.json("invite", "nobody-yet", "--dry-run")
    assert (body["dry_run"], body["would"]) == (True, "accept")
    assert "accepted" in served("invite", "nobody-yet", "--dry-run").out
    assert "nobody-yet" not in served("task", "list").out
    refused = served("invite", "nobody-yet", "--dry-run", "--sender", "x@example.com", "--json")
    assert (refused.code, refused.body["would"], refused.body["code"]) == (1, "refuse", "unknown_member")


def test_the_servers_refusals_are_handed_on(served: Curtsy) -> None:
    bad = served.refused("invite", "!")
    assert (bad["error"], bad["code"]) == ("Missing or invalid 'profile_urn'", "invalid_profile_urn")
    assert bad["request_id"]
    assert served.refused("profile", "!")["code"] == "invalid_profile_slug"
    assert served.refused("task", "show", "17")["code"] == "invalid_api_agent_task_id"
    assert served.refused("task", "list", "--key", "ck_live_wrong")["code"] == "invalid_api_key"
    for_people = served("task", "list", CURTSY_API_KEY="")
    assert (for_people.code, for_people.out) == (1, "")
    assert "Missing API Key" in for_people.err
    assert "curtsy key create" in for_people.err


def test_tasks_are_listed_in_pages(served: Curtsy) -> None:
    for name in ("page-one", "page-two"):
        served.json("invite", name, "--wait")
    first = served.json("task", "list", "--limit", "1", "--status", "completed")
    assert (len(first["data"]), first["has_more"]) == (1, True)
    second = served.json("task", "list", "--limit", "1", "--cursor", first["next_cursor"])
    assert second["data"][0]["id"] != first["data"][0]["id"]
    assert "completed" in served("task", "list").out


def test_a_task_that_ended_cannot_be_cancelled(served: Curtsy) -> None:
    ended = served.json("invite", "late-person", "--wait")["data"]["id"]
    assert served.refused("task", "cancel", ended)["code"] == "task_ended"


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the server whose browser does nothing of its own accord."""
    return tmp_path_factory.mktemp("waiting")


def test_pairing_and_waiting_in_vain(waiting: Path) -> None:
    curtsy = Curtsy(waiting)
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment = {"CURTSY_URL": said["listening"], "CURTSY_API_KEY": curtsy.json("key", "create")["key"]}
        assert curtsy.refused("invite", "a-person")["code"] == "no_active_agent"
        assert curtsy("pair", "--member", ADMIN, "--wait", "0", "--json").code == 4
        for_people = curtsy("pair", "--member", ADMIN, "--wait", "0")
        assert (for_people.code, "ask for a new code" in for_people.out) == (4, True)

        agent = Agent(said["listening"], Sky(system_clock))
        pairing = curtsy.start("pair", "--member", ADMIN, "--url", said["listening"], "--wait", "--json")
        assert pairing.stderr is not None
        address = pairing.stderr.readline().split()[-1]
        paired = agent.pair(address.partition("#")[2])
        out, _ = pairing.communicate(timeout=PATIENCE_S)
        body = json.loads(out)
        assert (pairing.returncode, paired.status) == (0, 200)
        assert set(body) == {"code", "url", "expires_at", "agent_id", "check"}
        assert (body["agent_id"], body["check"]) == (paired.body["agent_id"], paired.body["check"])
        assert body["url"] == address == f"{said['listening']}#{body['code']}"

        open_still = curtsy("invite", "a-person", "--wait", "0", "--json")
        assert (open_still.code, open_still.body["data"]["status"]) == (4, "pending")
        task = open_still.body["data"]["id"]
        assert curtsy.json("task", "cancel", task)["data"]["status"] == "cancelled"
        shown = curtsy("task", "show", task)
        assert (shown.code, "cancelled" in shown.out) == (0, True)
        agent.close()


def test_a_failed_invitation_ends_with_1(tmp_path: Path) -> None:
    curtsy = Curtsy(tmp_path)
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        curtsy.environment = {"CURTSY_URL": said["listening"], "CURTSY_API_KEY": curtsy.json("key", "create")["key"]}
        sky = Sky(system_clock, relations={urn_of("old-friend"): "connected"})
        agent = Agent(said["listening"], sky)
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        with agent.at_work():
            ran = curtsy("invite", "old-friend", "--wait", "30", "--json")
        agent.close()
    assert (ran.code, ran.body["data"]["status"]) == (1, "failed")
    assert ran.body["data"]["task_output"]["code"] == "already_connected"


def test_a_server_that_starts_again_is_waited_for(tmp_path: Path) -> None:
    curtsy = Curtsy(tmp_path)
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        url = said["listening"]
        curtsy.environment = {"CURTSY_URL": url, "CURTSY_API_KEY": curtsy.json("key", "create")["key"]}
        agent = Agent(url, Sky(system_clock))
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        asked = curtsy.start("invite", "a-person", "--wait", "--json")
        until(lambda: curtsy.json("task", "list")["data"], "the task")
    lost = curtsy("task", "list", "--json")
    agent.close()
    with listening(curtsy, "serve", "--port", url.rpartition(":")[2]):
        assert agent.turn() == "completed"
        out, _ = asked.communicate(timeout=PATIENCE_S)
        agent.close()
    assert (lost.code, lost.body["code"]) == (3, "not_reachable")
    assert (asked.returncode, json.loads(out)["data"]["status"]) == (0, "completed")


def test_what_happened_is_told_page_by_page(served: Curtsy) -> None:
    made = served.json("invite", "fed-person", "--wait")["data"]["id"]
    told: list[tuple[str, str]] = []
    cursor: list[str] = []

    def all_of_it() -> bool:
        body = served.json("events", *cursor, "--limit", "3")
        told.extend((one["type"], one["data"].get("task", {}).get("id")) for one in body["data"])
        cursor[:] = ["--cursor", body["next_cursor"]]
        return ("task.completed", made) in told

    until(all_of_it, "the end of the task")
    assert [kind for kind, task in told if task == made] == [
        "task.created", "task.leased", "task.started", "task.completed",
    ]  # fmt: skip
    assert "task.created" in served("events").out
    assert served.refused("events", "--cursor", "junk")["code"] == "invalid_field"


def test_events_of_some_types_are_told(served: Curtsy) -> None:
    made = served.json("profile", "typed-person", "--wait")["data"]["id"]
    types = ("events", "--types", "task.completed,task.failed")
    told = until(lambda: [one for one in served.json(*types)["data"] if _task(one) == made], "the end of the task")
    assert [one["type"] for one in told] == ["task.completed"]
    assert "task.created" not in served(*types).out
    assert served.refused("events", "--types", "task.done")["code"] == "invalid_field"


@pytest.mark.parametrize("manner", [(), ("--json",)])
def test_what_happens_is_followed_into_a_pipe_that_ends(served: Curtsy, manner: tuple[str, ...]) -> None:
    process = served.start("events", "--follow", "--cursor", "0-0", *manner)
    assert process.stdout is not None
    assert process.stderr is not None
    assert "agent.online" in process.stdout.readline()
    process.stdout.close()  # as `head -1` does
    served.json("profile", f"piped-person-{len(manner)}", "--wait")
    try:
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.stderr.close()


def test_a_follower_outlives_its_server_and_misses_nothing(tmp_path: Path) -> None:
    curtsy = Curtsy(tmp_path)
    curtsy.json("team", "create", "Acme", "--admin", ADMIN)
    key = curtsy.json("key", "create")["key"]
    with listening(curtsy, "serve", "--port", "0") as (_, said):
        port = said["listening"].rpartition(":")[2]
        curtsy.environment = {"CURTSY_URL": said["listening"], "CURTSY_API_KEY": key}
        agent = Agent(said["listening"], Sky(system_clock))
        assert agent.pair(curtsy.json("pair", "--member", ADMIN)["code"]).status == 200
        follower = curtsy.start("events", "--follow", "--json", "--cursor", "0-0", "--types", TYPES)
        assert follower.stdout is not None
        first = curtsy.json("invite", "before-the-end")["api_agent_task_id"]
        told = [json.loads(follower.stdout.readline())]
    with listening(curtsy, "serve", "--port", port):
        second = curtsy.json("invite", "after-the-end")["api_agent_task_id"]
        told += [json.loads(follower.stdout.readline())]
        curtsy.json("task", "cancel", first)
        told += [json.loads(follower.stdout.readline())]
        follower.send_signal(signal.SIGINT)
        assert follower.wait(PATIENCE_S) == 0
    follower.communicate()
    agent.close()
    assert [(one["type"], _task(one)) for one in told] == [
        ("task.created", first), ("task.created", second), ("task.cancelled", first),
    ]  # fmt: skip


def test_a_follower_nobody_knows_is_told_so(served: Curtsy) -> None:
    ran = served("events", "--follow", "--json", CURTSY_API_KEY="ck_live_nobody")
    assert (ran.code, ran.body["code"]) == (1, "invalid_api_key")


TYPES = "task.created,task.cancelled"


def _task(event: dict[str, Any]) -> object:
    return event["data"].get("task", {}).get("id")


def test_what_happens_is_followed(served: Curtsy) -> None:
    process = served.start("events", "--follow", "--json", "--cursor", "0-0")
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["type"], set(first)) == ("agent.online", {"id", "type", "timestamp", "data", "cursor"})
        task = served.json("invite", "followed-person", "--wait")["data"]["id"]
        types: list[str] = []
        while not types or types[-1] != "task.completed":
            told = json.loads(process.stdout.readline())
            if told["data"].get("task", {}).get("id") == task:
                types.append(told["type"])
        assert types == ["task.created", "task.leased", "task.started", "task.completed"]
    finally:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        process.communicate()
