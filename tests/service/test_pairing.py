"""A code pairs one browser with one member, once; an account belongs to one member of the whole server."""

import re
from importlib import resources

import pytest

from curtsy.service import access, pairing
from curtsy.storage.store import Store
from tests.harness.agent import Agent
from tests.harness.house import found
from tests.harness.scene import Scene
from tests.harness.sky import urn_of
from tests.service.sights import jump, leased, state

MIGRATIONS = resources.files("curtsy.storage") / "migrations"
TABLES = {
    name for file in MIGRATIONS.iterdir() for name in re.findall(r"CREATE TABLE (\w+)", file.read_text("utf-8"))
} - {"known_slugs"}
"""Every table there is; one was replaced by a later migration."""


def fresh(scene: Scene, account: str | None) -> Agent:
    agent = Agent(scene.url, scene.sky, account=account)
    scene.others.append(agent)
    return agent


def test_a_code_is_swapped_for_a_token_once(scene: Scene) -> None:
    agent, code = fresh(scene, scene.agent.account), scene.house.code()
    paired = agent.pair(f" {code.lower()} ")
    assert paired.status == 200
    assert set(paired.body) == {"success", "agent_id", "token", "check", "member", "team", "incarnation"}
    assert len(paired.body["check"]) == 2
    assert paired.body["member"]["id"] == scene.house.admin.id
    assert paired.body["team"]["id"] == scene.house.team_id
    assert agent.ask().status == 200
    again = fresh(scene, scene.agent.account).pair(code)
    assert (again.status, again.code) == (409, "code_used")


def test_a_code_is_good_for_ten_minutes(scene: Scene) -> None:
    code = scene.house.code()
    jump(scene, 600_000)
    late = fresh(scene, scene.agent.account).pair(code)
    assert (late.status, late.code) == (410, "code_expired")


def test_an_unknown_code_pairs_nobody(scene: Scene) -> None:
    unknown = fresh(scene, scene.agent.account).pair("ABCDEFGH")
    assert (unknown.status, unknown.code) == (404, "unknown_code")


def test_after_thirty_wrong_codes_no_code_pairs_for_the_rest_of_the_minute(scene: Scene) -> None:
    jump(scene, 60_000)
    expired = scene.house.code()
    jump(scene, 600_000)
    used, right = scene.house.code(), scene.house.code()
    stranger = fresh(scene, scene.agent.account)
    assert stranger.pair(used).status == 200
    wrong = [used, expired, *(f"WRONGCO{letter}" for letter in "ABCDEFGHJKLMNPQRSTUVWXYZABCD")]
    assert [stranger.pair(code).status for code in wrong] == [409, 410, *[404] * 28]
    jump(scene, 20_000)
    for code in ("ABCDEFGH", right):
        braked = fresh(scene, scene.agent.account).pair(code)
        assert (braked.status, braked.code, braked.headers["retry-after"]) == (503, "try_again", "40")
    jump(scene, 40_000)
    assert fresh(scene, scene.agent.account).pair(right).status == 200


def test_right_codes_are_not_counted_as_wrong_ones(scene: Scene) -> None:
    jump(scene, 60_000)
    for _ in range(pairing.MOST_WRONG_CODES + 1):
        assert fresh(scene, scene.agent.account).pair(scene.house.code()).status == 200


@pytest.mark.parametrize("account", [None, "", "ACoAAB", "urn:li:member:5"])
def test_a_member_signed_out_of_linkedin_is_asked_to_sign_in(scene: Scene, account: str | None) -> None:
    code = scene.house.code()
    out = fresh(scene, account).pair(code)
    assert (out.status, out.code) == (400, "linkedin_required")
    assert fresh(scene, scene.agent.account).pair(code).status == 200


def test_an_account_of_another_member_is_refused_on_the_whole_server(scene: Scene) -> None:
    other = found(scene.server, "Thieves")
    for code in (other.code(), scene.house.code(scene.house.member("ben@example.com"))):
        taken = fresh(scene, scene.agent.account).pair(code)
        assert (taken.status, taken.code) == (409, "linkedin_account_taken")


def test_an_account_given_up_may_be_taken(scene: Scene) -> None:
    scene.agent.unpair()
    other = found(scene.server, "Heirs")
    assert fresh(scene, scene.agent.account).pair(other.code()).status == 200


def test_pairing_an_installation_again_ends_its_old_token(scene: Scene) -> None:
    again = scene.browser(installation_id=scene.agent.installation_id)
    assert again.agent_id != scene.agent.agent_id
    assert scene.agent.ask().code == "agent_revoked"
    assert again.ask().status == 200


def test_a_member_acts_with_one_account(scene: Scene) -> None:
    changed = fresh(scene, urn_of(f"second-{scene.house.team_id}"))
    assert changed.pair(scene.house.code()).status == 200
    assert scene.agent.ask().code == "agent_revoked"


def test_an_old_extension_is_not_paired(scene: Scene) -> None:
    agent = fresh(scene, scene.agent.account)
    agent.version = "0.0.1"
    assert agent.pair(scene.house.code()).status == 426


def test_an_unpaired_browser_loses_what_it_held_in_time(scene: Scene) -> None:
    work = leased(scene, "pair-held")
    scene.agent.unpair()
    jump(scene, 60_000)
    assert state(scene, work.id) == "queued"


def test_no_secret_is_kept_in_clear(scene: Scene) -> None:
    code = scene.house.code()
    link = scene.server.run(access.sign_in_link, scene.house.admin.id)
    session = scene.server.run(access.sign_in, link)
    kept = scene.server.run(everything)
    assert scene.house.admin.email in kept
    for secret in (scene.house.key, scene.agent.token, code, link, session):
        assert secret not in kept


def everything(store: Store, _now: int) -> str:
    """Every row of every table as text."""
    return "\n".join(str(row) for table in TABLES for row in store.rows.all(f"SELECT * FROM {table}", {}))
