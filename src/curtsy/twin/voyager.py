"""Voyager: the gate every call passes, then the route table (wire reference 1, 4 to 6 and 9.2)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

from curtsy.twin import invitation_lists, profiles
from curtsy.twin.answers import Reply, bot_defence, csrf_failed, dropped, generic, gone, redirect, render
from curtsy.twin.exchange import Answer, Request
from curtsy.twin.invite import Proposal, Verdict, decide, read_proposal
from curtsy.twin.ledger import Attempt
from curtsy.twin.sessions import Mode, Session, forget_cookies, token_cookie
from curtsy.twin.world import Viewer, World

PREFIX = "/voyager/api"
ACTIONS = ("verifyQuotaAndCreate", "verifyQuotaAndCreateV2")
RETIRED = ("/growth/normInvitations", "/relationships/normInvitations", "/voyagerGrowthNormInvitations")
CHECKPOINT = "/checkpoint/challenge/SYNTH"
SENT_HASHES = frozenset({"6c862840bc95d23d4c97c3844cde9981"})
PROFILE_HASHES = {
    "vanityName": frozenset(
        {
            "47378d97f886149fd501859465d719df",
            "fce08d3fe4a26af29aa4182c30b326dc",
            "0bc93b66ba223b9d30d1cb5c05ff031a",
            "aeba67850e106299f25de2eb3828c641",
            "a1941bc56db02d2a36a03dd81313f3c7",
            "34ead06db82a2cc9a778fac97f69ad6a",
        }
    ),
    "memberIdentity": frozenset(
        {
            "273a499c117721535e6da078bee17e9c",
            "e9b0809465a07db1f02e70a82d455e10",
            "b5c27c04968c409fc0ed3546575b9b7a",
        }
    ),
    "profileUrn": frozenset({"da93c92bffce3da586a992376e42a305"}),
}


@dataclass(frozen=True)
class Call:
    """A call that passed the gate: who asks, what, and the parts of the path the route named."""

    world: World
    viewer: Viewer
    request: Request
    parts: tuple[str, ...]

    def page(self) -> tuple[int, int]:
        """Return start and count of a list; 0 and 10 unless asked."""
        return _number(self.request.query.get("start"), 0), _number(self.request.query.get("count"), 10)


def voyager(world: World, request: Request) -> Answer:
    """Answer a Voyager call in the form its accept header asks for."""
    session = world.sessions.with_cookie(request.cookies.get("li_at", ""))
    path = request.path.removeprefix(PREFIX)
    invites = request.method == "POST" and (
        path in RETIRED or (path == _MEMBER_RELATIONSHIPS and request.query.get("action", "") in ACTIONS)
    )
    closed = _gate(world, session, request)
    if invites and session is not None:
        return _invite(world, session, request, path, closed)
    if closed is not None:
        return closed
    if session is None:
        return render(generic(401), request.headers.get("accept", ""))
    call = Call(world, world.account(session.viewer_id), request, ())
    return render(_routed(call, path), request.headers.get("accept", ""))


def session_answer(mode: Mode, request: Request) -> Answer:
    """Answer for a session that is not in order (wire reference 9.3)."""
    login = "/uas/login?session_redirect=" + quote(request.target, safe="")
    answers: dict[Mode, Callable[[], Answer]] = {
        Mode.BOT_999: bot_defence,
        Mode.LOGGED_OUT_401: lambda: render(generic(401), request.headers.get("accept", "")),
        Mode.LOGGED_OUT_302: lambda: redirect(login),
        Mode.REVOKED: lambda: redirect(login, *forget_cookies()),
        Mode.CHALLENGE: lambda: redirect(CHECKPOINT),
    }
    return answers[mode]()


def _gate(world: World, session: Session | None, request: Request) -> Answer | None:
    """Check the session, then the token (9.2 steps 1 to 3); no cookie at all is 401, one nobody knows is 302."""
    if session is None:
        unknown = bool(request.cookies.get("li_at"))
        return session_answer(Mode.LOGGED_OUT_302 if unknown else Mode.LOGGED_OUT_401, request)
    if session.mode is not Mode.OK:
        return session_answer(session.mode, request)
    cookie = request.cookies.get("JSESSIONID")
    if cookie != session.jsessionid:
        fresh = token_cookie(session.jsessionid, secure=request.secure)
        return replace(csrf_failed(), headers=(("set-cookie", fresh),))
    return None if request.headers.get("csrf-token") == cookie else csrf_failed()


def _invite(world: World, session: Session, request: Request, path: str, closed: Answer | None) -> Answer:
    """Answer a POST for an invitation and write it down, whatever became of it."""
    action_name, viewer_id = request.query.get("action", ""), session.viewer_id
    proposal = Proposal("G1", None, None, False) if path in RETIRED else read_proposal(action_name, request.json())
    if closed is not None:
        verdict = Verdict(closed)
    elif path in RETIRED:
        verdict = Verdict(generic(400))
    else:
        verdict = decide(world, session, proposal, request.query.get("decorationId"), secure=request.secure)
    code = verdict.reply.code if isinstance(verdict.reply, Reply) else None
    if isinstance(verdict.reply, Mode):
        answer = session_answer(verdict.reply, request)
    else:
        answer = render(verdict.reply, request.headers.get("accept", ""))
    answer = replace(answer, delay_ms=verdict.delay_ms)
    if not verdict.arrived:
        return dropped(answer)
    world.ledger.attempts.append(
        Attempt(
            at=world.now(),
            viewer=viewer_id,
            invitee=proposal.profile_id,
            generation=proposal.generation,
            message=proposal.message,
            has_message_key=proposal.has_message_key,
            status=None if verdict.drops else answer.status,
            code=code,
            invitation_urn=verdict.made.urn if verdict.made else None,
        )
    )
    return dropped(answer) if verdict.drops else answer


def _routed(call: Call, path: str) -> Reply | Answer:
    if any(_unencoded(value) for value in call.request.raw_query.values()):
        return generic(400)
    for method, pattern, handler in ROUTES:
        matched = pattern.fullmatch(path)
        if matched and method == call.request.method:
            return handler(replace(call, parts=matched.groups()))
    return generic(404)


def _unencoded(value: str) -> bool:
    """Return whether a Rest.li value has bare punctuation; lists and `variables` may (wire reference 1.4)."""
    return not value.startswith(("List(", "(")) and any(sign in value for sign in "(),")


def _profiles(call: Call) -> Reply:
    query = call.request.query
    if query.get("q") != "memberIdentity" or not query.get("memberIdentity"):
        return generic(400)
    return profiles.profile_by_identity(call.world, call.viewer, query["memberIdentity"], query.get("decorationId"))


def _graphql(call: Call) -> Reply:
    """Answer the queries whose hashes are on record; a stale hash is 400."""
    name, _, digest = call.request.query.get("queryId", "").partition(".")
    variables = _variables(call.request.raw_query.get("variables", ""))
    if name == "voyagerRelationshipsDashSentInvitationViews" and digest in SENT_HASHES:
        start, count = _number(variables.get("start"), 0), _number(variables.get("count"), 10)
        return invitation_lists.sent_list_graphql(call.world, call.viewer, start, count)
    if name == "voyagerIdentityDashProfiles":
        for variable, hashes in PROFILE_HASHES.items():
            if variable in variables and digest in hashes:
                identity = variables[variable].removeprefix("urn:li:fsd_profile:")
                return profiles.profile_by_graphql(call.world, call.viewer, identity)
    return generic(400)


def _sent(call: Call) -> Reply:
    if call.request.query.get("q") != "invitationType":
        return generic(400)
    return invitation_lists.sent_list(call.world, call.viewer, *call.page())


def _sent_dash(call: Call) -> Reply:
    if call.request.query.get("q") != "invitationType" or "decorationId" in call.request.query:
        return generic(400)
    return invitation_lists.sent_list_dash(call.world, call.viewer, *call.page())


def _received(call: Call) -> Reply:
    if call.request.query.get("q") != "receivedInvitation":
        return generic(400)
    return invitation_lists.received_list(call.world, call.viewer, *call.page())


def _facets(call: Call) -> Reply:
    if call.request.query.get("q") != "sent":
        return generic(400)
    return invitation_lists.facets(call.world, call.viewer)


def _act_on_old(call: Call) -> Reply:
    return _act(call, int(call.parts[0]), dash=False)


def _act_on_dash(call: Call) -> Reply:
    return _act(call, int(call.parts[0]), dash=True)


def _act(call: Call, number: int, *, dash: bool) -> Reply:
    verb, body = call.request.query.get("action", ""), call.request.json()
    if dash and (not isinstance(body, dict) or body.get("invitationType") != "CONNECTION"):
        return generic(400)
    if verb == "withdraw":
        return invitation_lists.withdraw(call.world, call.viewer, number, dash=dash)
    if verb == "accept" or (verb in ("ignore", "reject") and not dash):
        return invitation_lists.answer_received(call.world, call.viewer, number, verb, body)
    return generic(400)


def _follow(call: Call) -> Reply | Answer:
    """Change one's follow edge; 200 with nothing in it (wire reference 6.6)."""
    person, body = call.world.member(call.parts[0]), call.request.json()
    wish: Any = None
    if isinstance(body, dict) and isinstance(body.get("patch"), dict) and isinstance(body["patch"].get("$set"), dict):
        wish = body["patch"]["$set"].get("following")
    if person is None or not isinstance(wish, bool):
        return generic(400)
    (call.viewer.follows.add if wish else call.viewer.follows.discard)(person.profile_id)
    return Answer()


def _variables(raw: str) -> dict[str, str]:
    """Read `(name:value,...)`; a client may have encoded the outer signs as well."""
    text = unquote(raw) if raw.startswith("%28") else raw
    pairs = (pair.partition(":") for pair in text.removeprefix("(").removesuffix(")").split(","))
    return {name: unquote(value) for name, sign, value in pairs if sign}


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 7 else otherwise


_MEMBER_RELATIONSHIPS = "/voyagerRelationshipsDashMemberRelationships"
_ID = r"([A-Za-z0-9_-]+)"

ROUTES: tuple[tuple[str, re.Pattern[str], Callable[[Call], Reply | Answer]], ...] = (
    ("GET", re.compile("/me"), lambda call: profiles.who_is_signed_in(call.viewer)),
    ("GET", re.compile("/identity/dash/profiles"), _profiles),
    ("GET", re.compile("/graphql"), _graphql),
    (
        "GET",
        re.compile(_MEMBER_RELATIONSHIPS + "/urn:li:fsd_memberRelationship:" + _ID),
        lambda call: profiles.relationship_by_id(call.world, call.viewer, call.parts[0]),
    ),
    ("POST", re.compile(_MEMBER_RELATIONSHIPS), lambda call: generic(400)),
    ("GET", re.compile("/identity/profiles/.*"), lambda call: gone()),
    ("GET", re.compile("/relationships/sentInvitationViewsV2"), _sent),
    ("GET", re.compile("/voyagerRelationshipsDashSentInvitationViews"), _sent_dash),
    ("GET", re.compile("/voyagerRelationshipsDashInvitations"), lambda call: generic(400)),
    ("GET", re.compile("/relationships/invitationViews"), _received),
    (
        "GET",
        re.compile("/relationships/dash/connections"),
        lambda call: invitation_lists.connections(
            call.world,
            call.viewer,
            *call.page(),
            call.request.query.get("keyword", ""),
            call.request.query.get("sortType", ""),
        ),
    ),
    (
        "GET",
        re.compile("/relationships/invitationsSummary"),
        lambda call: invitation_lists.summary(call.world, call.viewer),
    ),
    ("GET", re.compile("/voyagerRelationshipsDashGenericInvitationFacets"), _facets),
    ("POST", re.compile("/relationships/invitations/([0-9]{1,19})"), _act_on_old),
    ("POST", re.compile("/voyagerRelationshipsDashInvitations/urn:li:fsd_invitation:([0-9]{1,19})"), _act_on_dash),
    ("POST", re.compile("/voyagerRelationshipsDashInvitations"), lambda call: generic(400)),
    ("POST", re.compile("/feed/dash/followingStates/urn:li:fsd_followingState:urn:li:fsd_profile:" + _ID), _follow),
)
