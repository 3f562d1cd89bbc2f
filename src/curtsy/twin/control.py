"""The control API: what tests, the demo and people tell the twin, and what it tells them. Described in docs/twin.md."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from curtsy.twin.exchange import Answer, Json, Request, as_json
from curtsy.twin.faults import RULES, fault
from curtsy.twin.ledger import Attempt, Invitation, State, Withdrawal
from curtsy.twin.magic import MAGIC
from curtsy.twin.people import Person, magic_id
from curtsy.twin.request_log import RequestLog
from curtsy.twin.sessions import Mode, Session
from curtsy.twin.world import Viewer, World

LIMITS = ("premium", "email_confirmed", "restricted", "weekly_max", "notes_max", "pending_max", "read_lag_ms")
TRAITS = (
    "first_name",
    "last_name",
    "headline",
    "place",
    "start",
    "fault",
    "distance",
    "email_required",
    "inaccessible",
    "renamed_to",
    "connection_inline",
    "unreadable",
    "read_lag_ms",
    "withdrawal",
)


class Misunderstood(Exception):
    """The caller of the control API asked for something that does not exist."""


@dataclass(frozen=True)
class Control:
    """The twin as its operator sees it; `moves_clock` is what `--clock-control` gives."""

    world: World
    log: RequestLog
    moves_clock: bool

    def answer(self, request: Request) -> Answer:
        """Answer one control call."""
        handler = self._routes().get((request.method, request.path.removeprefix("/control/")))
        if handler is None:
            return replace(as_json({"error": f"no such control call: {request.method} {request.path}"}), status=404)
        body = request.json() if request.body else {}
        if not isinstance(body, dict):
            return replace(as_json({"error": "the body is not a JSON object"}), status=400)
        try:
            return as_json(handler({**request.query, **body}))
        except (Misunderstood, KeyError, TypeError, ValueError) as wrong:
            return replace(as_json({"error": f"{type(wrong).__name__}: {wrong}"}), status=400)

    def _routes(self) -> dict[tuple[str, str], Callable[[Json], Json]]:
        routes: dict[tuple[str, str], Callable[[Json], Json]] = {
            ("GET", "book"): self._book,
            ("GET", "requests"): lambda asked: {"requests": self.log.since(int(asked.get("since", 0)))},
            ("GET", "people"): lambda asked: {
                "people": [
                    {
                        "slug": magic.person.slug,
                        "id": magic.person.profile_id,
                        "outcome": magic.outcome,
                        "does": magic.does,
                    }
                    for magic in MAGIC
                ]
            },
            ("POST", "people"): self._people,
            ("GET", "viewers"): lambda asked: {"viewers": [_shown(viewer) for viewer in self.world.viewers()]},
            ("POST", "viewers"): self._viewers,
            ("POST", "sign-in"): self._sign_in,
            ("POST", "sign-out"): self._sign_out,
            ("POST", "modes"): self._modes,
            ("POST", "rotate"): self._rotate,
            ("GET", "faults"): lambda asked: {
                "faults": {name: rule.says for name, rule in RULES.items()},
                "waiting": self.world.faults.names(),
            },
            ("POST", "faults"): self._faults,
            ("DELETE", "faults"): self._no_faults,
            ("POST", "duplicates"): self._duplicates,
            ("POST", "happenings"): self._happening,
            ("GET", "clock"): lambda asked: {"now_ms": self.world.now()},
            ("POST", "reset"): self._reset,
        }
        return {**routes, ("POST", "clock"): self._clock} if self.moves_clock else routes

    def _viewer(self, asked: Json) -> Viewer:
        identity = str(asked.get("viewer", "sam-viewer"))
        viewer = self.world.viewer(identity)
        if viewer is None:
            raise Misunderstood(f"nobody signs in as {identity!r}")
        return viewer

    def _person(self, asked: Json) -> Person:
        person = self.world.member(str(asked["person"]))
        if person is None:
            raise Misunderstood(f"nobody is called {asked['person']!r}")
        return person

    def _book(self, asked: Json) -> Json:
        """Show what was made and what was asked for; without `viewer` of everybody."""
        self.world.now()
        only = self._viewer(asked).id if "viewer" in asked else None
        made = [
            found
            for found in self.world.ledger.invitations
            if found.origin != "start" and only in (None, found.inviter)
        ]
        attempts = [self._tried(one) for one in self.world.ledger.attempts if only in (None, one.viewer)]
        withdrawals = [self._tried(one) for one in self.world.ledger.withdrawals if only in (None, one.viewer)]
        return {
            "invitations": [self._line(found) for found in made],
            "posts": len(attempts),
            "attempts": attempts,
            "withdrawals": withdrawals,
        }

    def _tried(self, tried: Attempt | Withdrawal) -> Json:
        slug = self._slug(tried.invitee) if tried.invitee else None
        return {**tried.shown(), "viewer": self._slug(tried.viewer), "slug": slug}

    def _line(self, found: Invitation) -> Json:
        return {
            "viewer": self._slug(found.inviter),
            "invitee": found.invitee,
            "slug": self._slug(found.invitee),
            "message": found.message,
            "invitation_urn": found.urn,
            "sent_at": found.sent_at,
            "state": found.state,
            "origin": found.origin,
            "delivered": found.delivered,
        }

    def _slug(self, profile_id: str) -> str | None:
        person = self.world.member(profile_id)
        return person.slug if person else None

    def _people(self, asked: Json) -> Json:
        slug = str(asked["slug"]).lower()
        known = self.world.member(slug) or Person(slug, str(asked.get("id", magic_id(slug))), "Guest", slug.title())
        traits: dict[str, Any] = {name: asked[name] for name in TRAITS if name in asked}
        if traits.get("fault") is not None:
            fault(traits["fault"])
        person = replace(known, **traits)
        self.world.settle_in(person)
        return {"slug": person.slug, "id": person.profile_id}

    def _viewers(self, asked: Json) -> Json:
        slug = str(asked.get("viewer", "sam-viewer"))
        viewer = self.world.viewer(slug)
        if viewer is None:
            person = self.world.member(slug) or Person(slug, magic_id(slug), "Guest", slug.title())
            viewer = self.world.admit(person)
        for name in LIMITS:
            if name in asked:
                setattr(viewer, name, type(getattr(viewer, name))(asked[name]))
        return _shown(viewer)

    def _sign_in(self, asked: Json) -> Json:
        return _cookies(self.world.sessions.sign_in(self._viewer(asked).id))

    def _sign_out(self, asked: Json) -> Json:
        ended = self.world.sessions.of_viewer(self._viewer(asked).id)
        for session in ended:
            self.world.sessions.sign_out(session)
        return {"sessions": len(ended)}

    def _modes(self, asked: Json) -> Json:
        mode, found = Mode(asked["mode"]), self._sessions(asked)
        for session in found:
            session.mode = mode
        return {"sessions": len(found)}

    def _rotate(self, asked: Json) -> Json:
        found = self._sessions(asked)
        for session in found:
            self.world.sessions.rotate(session)
        return {"sessions": len(found)}

    def _sessions(self, asked: Json) -> list[Session]:
        if "li_at" not in asked:
            return self.world.sessions.of_viewer(self._viewer(asked).id)
        one = self.world.sessions.with_cookie(str(asked["li_at"]))
        return [one] if one else []

    def _faults(self, asked: Json) -> Json:
        whom = self._viewer(asked).id if "viewer" in asked else None
        what = fault(asked["fault"], asked.get("ms"), hang=bool(asked.get("hang", False)))
        self.world.faults.add(whom, what, int(asked.get("times", 1)))
        return {"waiting": self.world.faults.names()}

    def _no_faults(self, asked: Json) -> Json:
        self.world.faults.clear()
        return {"waiting": []}

    def _duplicates(self, asked: Json) -> Json:
        self.world.refuse_duplicates = bool(asked.get("refused", True))
        self.world.connected_answer = int(asked.get("connected_answer", self.world.connected_answer))
        return {"refused": self.world.refuse_duplicates, "connected_answer": self.world.connected_answer}

    def _happening(self, asked: Json) -> Json:
        """Let something happen between a viewer and a person that no request of ours caused."""
        viewer, person, what, now = self._viewer(asked), self._person(asked), asked["what"], self.world.now()
        me, them, book = viewer.id, person.profile_id, self.world.ledger
        message, at = asked.get("message"), now - int(asked.get("ago_ms", 0))
        happenings: dict[str, Callable[[], object]] = {
            "invited_by_hand": lambda: self.world.invite_by_hand(me, them, message, at),
            "invites_viewer": lambda: self.world.invite_by_hand(them, me, message, at),
            "accepts": lambda: book.connect(me, them, at),
            "declines": lambda: book.end(me, them, State.DECLINED),
            "vanishes": lambda: book.end(me, them, State.VANISHED),
            "withdrawn_by_hand": lambda: book.withdraw(me, them, at),
            "disconnects": lambda: book.disconnect(me, them),
        }
        happenings[what]()
        return {"viewer": viewer.person.slug, "person": person.slug, "what": what}

    def _clock(self, asked: Json) -> Json:
        if "set_ms" in asked:
            self.world.clock.set(int(asked["set_ms"]))
        self.world.clock.advance(int(asked.get("advance_ms", 0)))
        return {"now_ms": self.world.now()}

    def _reset(self, asked: Json) -> Json:
        self.world.begin_again()
        self.log.clear()
        return {"now_ms": self.world.now()}


def _shown(viewer: Viewer) -> Json:
    return {
        "viewer": viewer.person.slug,
        "id": viewer.id,
        "member_number": viewer.person.member_number,
        **{name: getattr(viewer, name) for name in LIMITS},
    }


def _cookies(session: Session) -> Json:
    """Return a session's cookies, also in the form a Playwright context takes them."""
    place = {"url": "https://www.linkedin.com", "secure": True, "sameSite": "None"}
    return {
        "li_at": session.li_at,
        "jsessionid": f'"{session.jsessionid}"',
        "csrf_token": session.jsessionid,
        "cookies": [
            {"name": "li_at", "value": session.li_at, "httpOnly": True, **place},
            {"name": "JSESSIONID", "value": f'"{session.jsessionid}"', "httpOnly": False, **place},
        ],
    }
