"""Every desk that changes something, told to do it to the world of this suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from curtsy.domain.invitation import ask
from curtsy.domain.member import Cause, Role
from curtsy.domain.outcome import Relation
from curtsy.service import access, do_not_contact, pairing, pauses, restoring, review, teams
from curtsy.service.dispatch import lease, release
from curtsy.service.idempotency import Once
from curtsy.service.intake import accept_many, cancel
from curtsy.service.reports import finish
from curtsy.service.restoring import Entry
from curtsy.service.settle import Evidence, Report
from curtsy.service.start import start
from curtsy.service.upkeep import tidy, upkeep
from curtsy.storage.store import Store
from tests.harness.sky import urn_of
from tests.replicas.world import BOOT, LINK, PERSON, WAITING, Subject, World, asked, beat, intent, pair

Go = Callable[[Store, int, World], object]
S = Subject


@dataclass(frozen=True, slots=True)
class Setting:
    """The world that a desk is most itself in."""

    subject: Subject = Subject.QUEUED
    paused: Cause | None = None
    jumped: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A desk with what it is told."""

    name: str
    go: Go
    setting: Setting = field(default_factory=Setting)


def _accept(person: str, once: Once | None = None) -> Go:
    return lambda store, now, world: accept_many(store, now, [asked(world.team, person, once)])[0]


def _finish(outcome: str, **seen: Any) -> Go:
    evidence = Evidence(profile_urn=urn_of(PERSON), **seen)

    def go(store: Store, now: int, world: World) -> object:
        return finish(store, now, world.first, world.subject, Report(world.lease, BOOT, outcome, None, evidence))

    return go


def _many(store: Store, now: int, world: World) -> object:
    people = ["ACoAAnew1", PERSON, "ACoAAnew2", WAITING, f"ACoAA{PERSON}"]
    return list(accept_many(store, now, [asked(world.team, person) for person in people]))


def _many_turned(store: Store, now: int, world: World) -> object:
    people = [WAITING, "ACoAAnew2", f"ACoAA{PERSON}", PERSON, "ACoAAnew1"]
    return list(accept_many(store, now, [asked(world.team, person) for person in people]))


def _journal(store: Store, now: int, world: World) -> object:
    seen = Evidence(acted=True, invitation_urn="urn:li:fsd_invitation:7001", http_status=201)
    return restoring.upload(store, now, world.first, [Entry(world.subject, world.lease, "answered", seen)])


def _start(who: str) -> Go:
    return lambda store, now, world: start(store, now, getattr(world, who), world.subject, intent(world.lease))


def _revoke(store: Store, now: int, world: World) -> object:
    access.revoke_key(store, now, world.team, world.key)
    return access.keys(store, now, world.team)


def _lift(store: Store, now: int, world: World) -> object:
    do_not_contact.add(store, now, world.team, ask(WAITING).profile, "asked us to stop", "Ada")
    return do_not_contact.lift(store, now, world.team, ask(WAITING).profile, "wrote to us", "Ada")


ONCE = Once("order-1", "POST /a 1")
SENT: dict[str, Any] = {"invitation_urn": "urn:li:fsd_invitation:7001", "http_status": 201, "acted": True}
PENDING: dict[str, Any] = {"invitation_sent_ms_ago": 395_000, "message_equal": True}
LEASED, STARTED, LOOKED = Setting(S.LEASED), Setting(S.STARTED), Setting(S.LOOKED_AT)
IN_DOUBT, IN_REVIEW = Setting(S.IN_DOUBT), Setting(S.IN_REVIEW)

MOVES = (
    Move("accept", _accept("ACoAAnew1")),
    Move("accept the same person", _accept(PERSON)),
    Move("accept the same person by id", _accept(f"ACoAA{PERSON}"), LEASED),
    Move("accept with a key", _accept("ACoAAnew1", ONCE)),
    Move("accept another with that key", _accept("ACoAAnew2", Once("order-1", "POST /a 2"))),
    Move("accept many", _many),
    Move("accept many, turned", _many_turned),
    Move("cancel", lambda store, now, world: cancel(store, now, world.team, world.subject)),
    Move("cancel with a key", lambda store, now, world: cancel(store, now, world.team, world.subject, ONCE)),
    Move("lease", lambda store, now, world: lease(store, now, world.first.id, beat())),
    Move("lease elsewhere", lambda store, now, world: lease(store, now, world.second.id, beat(boot="boot-2"))),
    Move("lease after a return", lambda store, now, world: lease(store, now, world.first.id, beat()),
         Setting(paused=Cause.SIGNED_OUT)),
    Move("lease to look", lambda store, now, world: lease(store, now, world.first.id, beat()), IN_DOUBT),
    Move("start", _start("first"), LEASED),
    Move("start elsewhere", _start("second"), LEASED),
    Move("finish: already connected", _finish("already_connected", before=Relation.CONNECTED), LEASED),
    Move("finish: somebody else", _finish("wrong_member", seen_account=urn_of("eve")), LEASED),
    Move("finish: sent", _finish("sent", after=Relation.PENDING_OUT, **SENT), STARTED),
    Move("finish: not attempted", _finish("not_attempted", acted=False), STARTED),
    Move("finish: unknown", _finish("unknown", acted=True), STARTED),
    Move("finish: cannot resend yet", _finish("cannot_resend_yet", acted=True), STARTED),
    Move("finish: limit reached", _finish("invitation_limit_reached", acted=True), STARTED),
    Move("finish: limit reached again", _finish("invitation_limit_reached", acted=True),
         Setting(S.STARTED, paused=Cause.INVITATION_LIMIT)),
    Move("finish: signed out", _finish("signed_out"), STARTED),
    Move("finish: outdated", _finish("client_outdated"), STARTED),
    Move("finish: refused", _finish("refused", linkedin_code="ODD", http_status=400, acted=True), STARTED),
    Move("finish late: sent", _finish("sent", after=Relation.PENDING_OUT, **SENT), IN_DOUBT),
    Move("finish a look: pending", _finish("pending", after=Relation.PENDING_OUT, tab_closed=True, **PENDING), LOOKED),
    Move("finish a look: absent", _finish("absent", after=Relation.NONE, tab_closed=True), LOOKED),
    Move("release", lambda store, now, world: release(store, now, world.first, world.subject, world.lease), LEASED),
    Move("upkeep: a lease ran out", lambda store, now, _world: upkeep(store, now), Setting(S.LEASE_RAN_OUT)),
    Move("upkeep: a start ran out", lambda store, now, _world: upkeep(store, now), Setting(S.START_RAN_OUT)),
    Move("upkeep: past its time", lambda store, now, _world: upkeep(store, now), Setting(S.PAST_ITS_TIME)),
    Move("upkeep: browser gone", lambda store, now, _world: upkeep(store, now), Setting(S.ABANDONED)),
    Move("upkeep: pause over", lambda store, now, _world: upkeep(store, now),
         Setting(S.STARTED, paused=Cause.INVITATION_LIMIT)),
    Move("tidy", lambda store, now, _world: tidy(store, now)),
    Move("settle: sent", lambda store, now, world: review.settle(
        store, now, world.team, world.subject, True, "seen", "Ada"), IN_REVIEW),
    Move("settle: not sent", lambda store, now, world: review.settle(
        store, now, world.team, world.subject, False, "seen", "Ada"), IN_REVIEW),
    Move("resume", lambda store, now, world: pauses.resume(store, now, world.team, world.ada),
         Setting(paused=Cause.CHALLENGE)),
    Move("set pace: day", lambda store, now, world: teams.set_pace(store, now, world.team, world.ada, day=1)),
    Move("set pace: week", lambda store, now, world: teams.set_pace(store, now, world.team, world.ada, week=7)),
    Move("leave: the sender", lambda store, now, world: teams.leave(store, now, world.team, world.ada)),
    Move("leave: the other", lambda store, now, world: teams.leave(store, now, world.team, world.bob)),
    Move("set role: the sender", lambda store, now, world: teams.set_role(
        store, now, world.team, world.ada, Role.MEMBER)),
    Move("set role: the other", lambda store, now, world: teams.set_role(
        store, now, world.team, world.bob, Role.MEMBER)),
    Move("join", lambda store, now, world: teams.join(store, now, world.team, "eve@example.com", Role.MEMBER)),
    Move("pair one more", lambda store, now, world: pair(store, now, world.code, "third", "ada")),
    Move("pair the same browser", lambda store, now, world: pair(store, now, world.other_code, "first", "ada")),
    Move("pair with another account", lambda store, now, world: pair(store, now, world.code, "third", "eve")),
    Move("pair another's browser", lambda store, now, world: pair(store, now, world.bobs_code, "first", "eve")),
    Move("unpair", lambda store, now, world: pairing.unpair(store, now, world.team, world.first.id)),
    Move("make a code", lambda store, now, world: pairing.make_code(store, now, world.team, world.ada)),
    Move("revoke a key", _revoke),
    Move("make a key", lambda store, now, world: access.create_key(store, now, world.team)),
    Move("sign in", lambda store, now, _world: access.sign_in(store, now, LINK)),
    Move("sign out", lambda store, now, world: access.sign_out(store, now, world.session)),
    Move("journal", _journal, IN_DOUBT),
    Move("confirm the clock", lambda store, now, _world: review.confirm_clock(store, now),
         Setting(S.LOOKED_AT, jumped=True)),
    Move("begin again", lambda store, now, _world: restoring.begin_again(store, now), STARTED),
    Move("do not contact", lambda store, now, world: do_not_contact.add(
        store, now, world.team, ask(PERSON).profile, "asked us to stop", "Ada")),
    Move("do not contact, held", lambda store, now, world: do_not_contact.add(
        store, now, world.team, ask(PERSON).profile, "asked us to stop", "Ada"), LEASED),
    Move("lift: do not contact", _lift),
    Move("allow absences", lambda store, now, world: teams.set_absence_requeues(store, now, world.team, True)),
)  # fmt: skip
BY_NAME = {move.name: move for move in MOVES}
