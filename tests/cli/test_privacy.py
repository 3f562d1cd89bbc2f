"""A person is erased everywhere and never invited again; a member gets everything that is held about them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from curtsy.clock import system_clock
from curtsy.domain.profile import URN_PREFIX
from curtsy.service import rehearsal, teams
from curtsy.storage.copying import TABLES
from curtsy.storage.database import open_database
from curtsy.storage.rows import Value
from curtsy.storage.store import Store
from curtsy.storage.store.personal import OF_MEMBER
from tests.cli.command import Curtsy
from tests.harness.folder import quick_folder
from tests.harness.scene import Scene, set_scene
from tests.harness.served import Served, served
from tests.harness.sky import Sky, urn_of

SLUG, NOTE, SAID = "forgetful-fiona", "Dear Fiona, a note for you", "Fiona Of Ours"
KEY = urn_of(SLUG).removeprefix(URN_PREFIX)
HOOKS = "/v1/webhook-endpoints"
SEND = "/linkedin-agent/send-connection-request"
DAY = 86_400_000


def everything(store: Store, _now: int) -> str:
    """Every row of every table, as text."""
    told = []
    for table in TABLES:
        rows = store.rows.all(f"SELECT * FROM {table}", {})
        told += [f"{table} {json.dumps(row, default=str, ensure_ascii=False)}" for row in rows]
    return "\n".join(told)


def lived(scene: Scene) -> tuple[str, str]:
    """A person in every place there is: invited, told of, read, listed, seen by hand; the tasks that sent and read."""
    endpoint = {"url": "https://hooks.example.com/in", "types": [], "payload": "full"}
    assert scene.post(HOOKS, endpoint).status == 200
    read = scene.post("/linkedin-agent/fetch-profile", {"profile_slug": SLUG}).body["api_agent_task_id"]
    work = scene.agent.lease()
    assert work is not None
    scene.agent.finish(work, "completed", {}, {"name": SAID, "profile_urn": urn_of(SLUG), "profile_slug": SLUG})
    task = scene.invite(SLUG, note=NOTE, metadata={"who": "fiona of the crm"})
    assert scene.agent.turn() == "completed"
    page = scene.post("/linkedin-agent/fetch-connections", {}).body["api_agent_task_id"]
    work = scene.agent.lease()
    assert work is not None
    people = [{"name": SAID, "profile_urn": urn_of(SLUG)}, {"name": "Somebody Else", "profile_urn": urn_of("else")}]
    scene.agent.finish(work, "completed", {}, {"connections": people})
    scene.server.run(_beside, scene.house.admin.id, scene.house.team_id, str(scene.agent.account))
    assert scene.status(page)["status"] == "completed"
    return task, read


def _beside(store: Store, now: int, member_id: str, team_id: str, account: str) -> None:
    store.people.cool_down(member_id, KEY, f"in/{SLUG}", team_id, reason="gone", now=now, until=now + DAY)
    store.invitations.keep_hand_made(account, [(KEY, now - 2 * DAY)], now)
    (endpoint,) = store.rows.all("SELECT id FROM webhook_endpoints WHERE team_id = :team", {"team": team_id})
    body = f'{{"profile_urn": "{SLUG}"}}'
    message = {"endpoint": endpoint[0], "type": "task.completed", "event": None, "body": body}
    store.rows.one(
        "INSERT INTO webhook_messages (id, endpoint_id, type, event_id, body, created_at) "
        "VALUES ('m', :endpoint, :type, :event, :body, 0)",
        message,
    )
    store.rows.one(
        "INSERT INTO webhook_deliveries (id, endpoint_id, message_id, try, at, took_ms, request, answer, next) "
        "VALUES ('d', :endpoint, 'm', 1, 0, 1, :body, '', 'never')",
        {"body": body, "endpoint": endpoint[0]},
    )


def test_a_person_is_erased_everywhere_and_never_invited_again() -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        task, read = lived(scene)
        traces = (SLUG, KEY, SAID, "Dear Fiona", "fiona")
        before = server.run(everything)
        assert all(trace in before for trace in traces)
        assert forget(server, folder)["open"] == 0
        after = server.run(everything)
        assert [line for line in after.splitlines() for trace in traces if trace in line] == []
        assert "Somebody Else" in after
        shown = scene.status(task)
        assert (shown["status"], shown["task_output"], shown["task_input"]["profile_urn"]) == (
            *("completed", {"sent": True}, None),
        )
        assert scene.status(read)["task_output"] == {"forgotten": True}
        for name in (SLUG, urn_of(SLUG), f"https://www.linkedin.com/in/{SLUG}/"):
            refused = scene.post(SEND, {"profile_urn": name})
            assert (refused.status, refused.code) == (409, "do_not_contact")
        assert scene.get("/v1/do-not-contact").body["data"][0]["profile_urn"] is None
        assert scene.post("/linkedin-agent/withdraw-connection-request", {"api_agent_task_id": task}).code == "not_sent"
        # By another name LinkedIn says at the start who it is.
        scene.invite("another-name")
        work = scene.agent.lease()
        assert work is not None
        assert scene.agent.start(work, urn=urn_of(SLUG)).code == "do_not_contact"
        assert scene.post(SEND, {"profile_urn": "another-name"}).code == "do_not_contact"
        scene.close()


def forget(server: Served, folder: Path) -> dict[str, object]:
    """The command, beside a server that runs."""
    return Curtsy(folder).json("forget", f"https://www.linkedin.com/in/{SLUG}", "--database", server.address)


def test_what_a_browser_has_in_hand_is_told_of_and_goes_the_next_time() -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        scene.invite(SLUG, note=NOTE)
        work = scene.agent.lease()
        assert work is not None
        scene.agent.start(work)
        assert forget(server, folder) == {"teams": 1, "tasks": 0, "open": 1}
        assert scene.agent.finish(work, "sent", {"invitation_urn": "urn:li:fsd_invitation:1"}).status == 200
        assert forget(server, folder) == {"teams": 1, "tasks": 1, "open": 0}
        assert SLUG not in server.run(everything)
        assert len(scene.get("/v1/do-not-contact").body["data"]) == 1
        scene.post("/v1/do-not-contact", {"profile_urn": SLUG, "reason": "once more"})
        assert SLUG not in server.run(everything)
        lift = ("do-not-contact", "remove", SLUG, "--reason", "asked for it", "--database", server.address)
        assert Curtsy(folder).json(*lift)["lifted"][0]["profile_urn"] is None
        assert scene.post(SEND, {"profile_urn": SLUG}).status == 200
        scene.close()


def test_somebody_is_forgotten_as_often_as_it_takes() -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        account = str(scene.agent.account)
        lift = ("do-not-contact", "remove", SLUG, "--reason", "asked for it", "--database", server.address)

        def by_hand(store: Store, now: int) -> None:
            store.invitations.keep_hand_made(account, [(KEY, now - 2 * DAY)], now)

        for time in range(3):
            if time:
                Curtsy(folder).json(*lift)
            scene.invite(SLUG, note=NOTE)
            assert scene.agent.turn() == "completed"
            scene.sky.vanish(urn_of(SLUG))
            server.run(by_hand)
            assert forget(server, folder) == {"teams": 1, "tasks": 1, "open": 0}
            assert [word for word in (SLUG, KEY, NOTE) if word in server.run(everything)] == []
            assert len(server.run(lambda store, _now: store.invitations.hand_made(account, 0))) == 1
            assert scene.post(SEND, {"profile_urn": SLUG}).code == "do_not_contact"
        scene.close()


def test_a_list_read_later_does_not_bring_the_forgotten_back() -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        scene.invite(SLUG)
        assert scene.agent.turn() == "completed"
        scene.invite("somebody-else")
        assert scene.agent.turn() == "completed"
        forget(server, folder)
        scene.server.run(lambda store, now: store.invitations.look_at(scene.house.admin.id, now))
        scene.agent.ask()
        scene.server.jump(0)
        assert scene.agent.turn() == "completed"
        assert SLUG not in server.run(everything)
        scene.close()


# ------------------------------------------------------------------ what is held about a member


def test_a_member_gets_everything_that_is_held_about_them(tmp_path: Path) -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        task, _ = lived(scene)
        export = ("export", "--member", "ada@example.com", "--database", server.address)
        told = Curtsy(folder).json(*export)
        assert set(OF_MEMBER) <= set(told)
        assert [one["email"] for one in told["members"]] == ["ada@example.com"]
        assert [one["note"] for one in told["tasks"] if one["id"] == task] == [NOTE]
        assert {one["type"] for one in told["events"]} >= {"task.created", "task.completed"}
        for table in ("agents", "attempts", "evidence", "invitations", "invitations_by_hand", "cooldowns"):
            assert told[table], table
        assert "hash" not in json.dumps(told)
        file = tmp_path / "ada.json"
        assert Curtsy(folder).json(*export, "--out", str(file))["file"] == str(file)
        assert json.loads(file.read_text("utf-8"))["tasks"] == told["tasks"]
        assert Curtsy(folder).refused(*export, "--out", str(file))["code"] == "cannot_open"
        scene.close()


OURS = {"named", "of their word", "of another's"}


def test_who_has_left_gets_it_too_by_email_or_by_id() -> None:
    with quick_folder() as folder, served(folder) as server:
        scene = set_scene(server, Sky(server.clock))
        team, bob = scene.house.team_id, scene.house.member("bob_o'b@example.com")
        others = scene.house.member("bobxo'b@example.com")
        scene.post(HOOKS, {"url": "https://hooks.example.com/in", "types": [], "payload": "full"})
        assert scene.browser(scene.house.code(bob), urn_of("bob")).agent_id
        task = scene.invite("of-bob", sender=bob.id)
        server.run(_word_of, team, f"{bob.name} <{bob.email}>", f"{others.name} <{others.email}>", bob.id)
        double = server.run(rehearsal.team_for, team)
        server.run(teams.leave, team, bob.id)
        again = scene.house.member(bob.email)
        by_email, by_id = (
            Curtsy(folder).json("export", "--member", member, "--database", server.address)
            for member in (bob.email.upper(), bob.id)
        )
        (theirs,) = (member.id for member in server.run(teams.members, double) if member.email == bob.email)
        assert {one["id"] for one in by_email["members"]} == {bob.id, again.id, theirs}
        assert {one["id"] for one in by_id["members"]} == {bob.id, theirs}
        for told in (by_email, by_id):
            assert [one["id"] for one in told["tasks"]] == [task]
            assert [one["body"]["reason"] for one in told["evidence"]] == ["Bob says so"]
            assert [one["data"]["reason"] for one in told["events"] if "reason" in one["data"]] == ["Bob says so"]
            assert {one["id"] for one in told["webhook_messages"]} & OURS == {"named", "of their word"}
            assert {one["message_id"] for one in told["webhook_deliveries"]} & OURS == {"named"}
        refused = Curtsy(folder).refused("export", "--member", "nobody@example.com", "--database", server.address)
        assert refused["code"] == "unknown_member"
        scene.close()


def _word_of(store: Store, now: int, team_id: str, name: str, other: str, member_id: str) -> None:
    """What a member and another said of a third one's task, and what was told of that."""
    task = store.new_id()
    row: dict[str, Value] = {
        "id": task, "team_id": team_id, "member_id": "third", "kind": "send_connection_request", "profile_key": "x",
        "profile_urn": None, "profile_slug": None, "note": None, "now": now, "not_before": now, "expires_at": now,
        "metadata": None, "note_wish": "require", "question": None,
    }  # fmt: skip
    store.tasks.add([row])
    for who, why in ((name, "Bob says so"), (other, "Somebody else says so")):
        said = json.dumps({"state": "completed", "by": who, "reason": why})
        store.attempts.witness(task=task, lease="l", now=now, source="person", body=said)
        event: dict[str, Value] = {"id": store.new_id(), "team_id": team_id, "type": "task.completed", "task_id": task}
        store.events.add_many([{**event, "member_id": "third", "at": now, "data": said}])
    (endpoint,) = store.rows.all("SELECT id FROM webhook_endpoints WHERE team_id = :team", {"team": team_id})
    bodies = {
        "named": json.dumps({"data": {"sender": {"id": member_id}}}), "of their word": json.dumps({"by": name}),
        "of another's": json.dumps({"by": other}),
    }  # fmt: skip
    for message, body in bodies.items():
        store.rows.one(
            "INSERT INTO webhook_messages (id, endpoint_id, type, body, created_at) VALUES (:id, :at, 't', :body, 0)",
            {"id": message, "at": endpoint[0], "body": body},
        )
        if message != "of their word":
            store.rows.one(
                "INSERT INTO webhook_deliveries (id, endpoint_id, message_id, try, at, took_ms, request, next) "
                "VALUES (:id, :at, :id, 1, 0, 1, '{}', 'never')",
                {"id": message, "at": endpoint[0]},
            )


def test_every_table_that_names_a_member_is_handed_over(team: Curtsy) -> None:
    with closing(open_database(team.database, clock=system_clock)) as database:
        columns = "SELECT DISTINCT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c"
        rows = database.run_now(
            lambda store, _now: store.rows.all(f"{columns} WHERE m.type = 'table' AND c.name = 'member_id'", {})
        )
    assert {row[0] for row in rows} <= set(OF_MEMBER)
