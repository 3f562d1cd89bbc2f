"""Stories of webhooks: what is put in line, taken, kept and given up, who is called, and what lies sealed."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

from curtsy.domain.errors import InvalidField, UnknownEndpoint
from curtsy.domain.webhook import SCHEDULE_MS, Address
from curtsy.service import events, teams, telling, webhooks
from curtsy.service.idempotency import Once
from curtsy.service.restoring import begin_again
from curtsy.service.sealing import Seal
from curtsy.service.telling import TAKEN_MS, Line, News, Try
from curtsy.service.webhooks import Changes, Made, Wish
from curtsy.storage.store import Store
from curtsy.storage.store.messages import Message
from curtsy.web.dial import Careful, Forbidden
from curtsy.web.postman import Room
from tests.faults.machine.town import Town
from tests.faults.teeth.words import ask

SEAL = Seal(bytes(32))
MANY = 10
DAY = 86_400_000


def team(t: Town) -> str:
    return t.members[0].team_id


def endpoint(t: Town, once: Once | None = None) -> Made:
    return t.run(webhooks.create, SEAL, team(t), Wish("https://example.com/", ["task.created"]), once)


def news(t: Town, made: Made) -> News | None:
    return t.run(telling.news, made.endpoint.id)


def take(t: Town, told: News | None) -> list[Message]:
    if told is None:
        return []
    taken = t.run(telling.take, told, [Line(event, "{}") for event in telling.wanted(told)], MANY)
    return taken[1] if taken else []


def taken(t: Town, made: Made) -> list[Message]:
    """What somebody has in hand who has just looked."""
    return take(t, news(t, made))


def keep(t: Town, message: Message, status: int | None, retry_after_ms: int | None = None) -> None:
    tried = Try(t.clock(), 1, {}, status=status, retry_after_ms=retry_after_ms)
    t.run(telling.keep, [(message, tried)])


def one(t: Town) -> tuple[Made, Message]:
    """An endpoint, and the only message for it, in somebody's hand."""
    made = endpoint(t)
    ask(t)
    [message] = taken(t, made)
    return made, message


def what_is_taken_is_nobody_elses(t: Town) -> None:
    made, _ = one(t)
    assert taken(t, made) == []


def who_died_has_it_no_longer(t: Town) -> None:
    made, message = one(t)
    t.clock.jump(TAKEN_MS)
    assert [again.id for again in taken(t, made)] == [message.id]


def an_event_is_put_in_line_by_one(t: Town) -> None:
    made = endpoint(t)
    ask(t)
    both = [news(t, made), news(t, made)]
    assert sorted(len(take(t, told)) for told in both) == [0, 1]


def who_lost_hold_says_nothing(t: Town) -> None:
    made, message = one(t)
    t.clock.jump(TAKEN_MS)
    assert len(taken(t, made)) == 1
    keep(t, message, 500)
    t.clock.jump(SCHEDULE_MS[1] * 2)
    assert taken(t, made) == []


def an_event_has_one_name_for_an_endpoint(t: Town) -> None:
    made, message = one(t)
    keep(t, message, 200)
    t.run(webhooks.replay_since, team(t), made.endpoint.id, "0-0")
    assert [again.id for again in taken(t, made)] == [message.id]


def a_redirect_is_no_yes(t: Town) -> None:
    made, message = one(t)
    keep(t, message, 302)
    t.clock.jump(SCHEDULE_MS[1] * 2)
    assert len(taken(t, made)) == 1


def who_asks_for_quiet_has_it(t: Town) -> None:
    made, message = one(t)
    keep(t, message, 429, 60_000)
    ask(t, 2)
    assert taken(t, made) == []


def who_wants_no_more_is_told_no_more(t: Town) -> None:
    made, message = one(t)
    keep(t, message, 410)
    ask(t, 2)
    assert taken(t, made) == []


def one_message_that_fails_switches_nothing_off(t: Town) -> None:
    made, message = one(t)
    ask(t, 2)
    [other] = taken(t, made)
    for wait in SCHEDULE_MS:
        keep(t, message, 500)
        t.clock.jump(wait + DAY)
        keep(t, other, 200)
        found = taken(t, made)
        message = found[0] if found else message
    assert t.run(webhooks.find, team(t), made.endpoint.id).off_at is None


def what_ended_an_endpoint_is_told_once_it_is_on_again(t: Town) -> None:
    made, message = one(t)
    for wait in SCHEDULE_MS[1:]:
        keep(t, message, 500)
        t.clock.jump(wait + DAY)
        [message] = taken(t, made)
    keep(t, message, 500)
    assert t.run(webhooks.find, team(t), made.endpoint.id).off_because == "failing"
    t.run(webhooks.change, team(t), made.endpoint.id, Changes(enabled=True))
    assert [(again.id, again.tries) for again in taken(t, made)] == [(message.id, 0)]


def strangers_find_no_endpoint(t: Town) -> None:
    made = endpoint(t)
    other, _ = t.run(teams.found, "Other", "eve@example.com")
    try:
        t.run(webhooks.find, other, made.endpoint.id)
    except UnknownEndpoint:
        return
    raise AssertionError("a stranger found it")


def secrets_lie_sealed(t: Town) -> None:
    made = endpoint(t, Once("key", "request"))
    assert made.secret not in t.run(everything)


def each_secret_has_its_day(t: Town) -> None:
    made = endpoint(t)
    for _ in range(2):
        t.run(webhooks.rotate, SEAL, team(t), made.endpoint.id)
    old = t.run(webhooks.find, team(t), made.endpoint.id).replaced(t.clock())
    assert made.secret in [SEAL.open(secret, made.endpoint.id) for secret, _ in old]


def everything(store: Store, _now: int) -> str:
    return str(store.rows.all("SELECT secret, answer FROM webhook_endpoints, answers", {}))


def an_endpoint_begins_now(t: Town) -> None:
    ask(t)
    made = endpoint(t)
    assert taken(t, made) == []
    assert t.run(events.end, team(t)) == f"{made.endpoint.txid}-{made.endpoint.n}"


def after_a_restore_events_have_numbers_nobody_was_given(t: Town) -> None:
    ask(t)
    t.run(begin_again)
    ask(t, 2)
    assert int(t.run(events.end, team(t)).partition("-")[2]) > t.clock()


def a_place_that_was_never_given_is_refused(t: Town) -> None:
    ask(t)
    txid, _, n = t.run(events.end, team(t)).partition("-")
    try:
        t.run(events.read, team(t), f"{txid}-{int(n) + 1}", 10)
    except InvalidField:
        return
    raise AssertionError("somebody waits there for ever")


def a_team_has_its_share_of_the_way_out(_t: Town) -> None:
    room = Room(8)
    assert (room.take("a", 15), room.take("b", 1)) == (2, 1)


def an_address_within_is_not_called(_t: Town) -> None:
    async def within(_host: str, _port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    async def call(port: int) -> None:
        await (await Careful((), within).connect_tcp("rebound.example", port)).aclose()

    with socket.create_server(("127.0.0.1", 0)) as canary:
        try:
            asyncio.run(call(canary.getsockname()[1]))
        except Forbidden:
            return
    raise AssertionError("the canary was called")
