"""The pages a person can look at: login, feed, profile, the dialog, sent invitations, checkpoint."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from curtsy.twin.answers import bot_defence, redirect
from curtsy.twin.exchange import Answer, Request
from curtsy.twin.magic import MAGIC, SAM
from curtsy.twin.sessions import FORGET, Mode, Session, csrf_token, set_cookies, token_cookie
from curtsy.twin.voyager import CHECKPOINT, session_answer
from curtsy.twin.world import Viewer, World

HTML = "text/html; charset=utf-8"
LOGIN_PATHS = frozenset({"/login", "/uas/login", "/authwall"})
STATIC = {"/twin/site.css": "text/css; charset=utf-8", "/twin/site.js": "text/javascript; charset=utf-8"}
POLICY = (
    "content-security-policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
)
DAY_MS = 86_400_000

_ROOM = Environment(loader=PackageLoader("curtsy.twin"), autoescape=True, undefined=StrictUndefined)
_FILES = files("curtsy.twin") / "static"


def page(world: World, request: Request) -> Answer:
    """Answer a request for a page; whoever is not signed in is sent to the login page."""
    path = request.path.rstrip("/") or "/"
    if path in STATIC and request.method == "GET":
        return Answer(body=(_FILES / path.removeprefix("/twin/")).read_bytes(), content_type=STATIC[path])
    if path == "/favicon.ico":
        return Answer(204)
    session = world.sessions.with_cookie(request.cookies.get("li_at", ""))
    if session is not None and session.mode is Mode.BOT_999:
        return bot_defence()
    if path in LOGIN_PATHS and request.method == "GET":
        return _login(world, request, "")
    if path == "/checkpoint/lg/login-submit" and request.method == "POST":
        return _signed_in(world, request)
    if session is None:
        return redirect("/uas/login?session_redirect=" + quote(request.target, safe=""))
    if path.startswith("/checkpoint"):
        return _checkpoint(session, request)
    if session.mode is not Mode.OK:
        page_mode = Mode.LOGGED_OUT_302 if session.mode is Mode.LOGGED_OUT_401 else session.mode
        return session_answer(page_mode, request)
    return _inside(world, session, request, path)


def _inside(world: World, session: Session, request: Request, path: str) -> Answer:
    viewer = world.account(session.viewer_id)
    for method, pattern, handler in PAGES:
        matched = pattern.fullmatch(path)
        if matched and method == request.method:
            return handler(world, viewer, session, *matched.groups())
    if path == "/preload/custom-invite" and request.method == "GET":
        return _dialog(world, viewer, request.query.get("vanityName", ""))
    return _shown("absent.html", 404, viewer=viewer)


def _login(world: World, request: Request, wrong: str) -> Answer:
    """Show who can sign in; like LinkedIn's, the page gives even a stranger a JSESSIONID."""
    cookies = (
        ()
        if "JSESSIONID" in request.cookies
        else (("set-cookie", token_cookie(csrf_token(world.rng), secure=request.secure)),)
    )
    accounts = [viewer.person for viewer in world.viewers()]
    return _shown(
        "login.html",
        200,
        cookies,
        viewer=None,
        accounts=accounts,
        wrong=wrong,
        after=request.query.get("session_redirect", "/feed/"),
    )


def _signed_in(world: World, request: Request) -> Answer:
    """Take the form of the login page: any known account, no password; go on where the person was going."""
    fields = parse_qs(request.body.decode(errors="replace"))
    asked = fields.get("session_key", [SAM.slug])[0].strip()
    viewer = world.viewer(asked)
    if viewer is None:
        return _login(world, request, f"Nobody signs in here as {asked}.")
    after = fields.get("session_redirect", ["/feed/"])[0]
    inside = after.startswith("/") and not after.startswith(("//", "/\\", "/voyager/"))
    session = world.sessions.sign_in(viewer.id)
    return redirect(after if inside else "/feed/", *set_cookies(session, secure=request.secure))


def _signed_out(world: World, viewer: Viewer, session: Session) -> Answer:
    world.sessions.sign_out(session)
    return redirect("/login", f"li_at=; {FORGET}", f"JSESSIONID=; {FORGET}")


def _checkpoint(session: Session, request: Request) -> Answer:
    """Show the checkpoint; its button is the person's yes, and only that lets the session go on."""
    if request.method == "POST":
        if session.mode is Mode.CHALLENGE:
            session.mode = Mode.OK
        return redirect("/feed/")
    return _shown("checkpoint.html", 200, viewer=None, action=CHECKPOINT)


def _feed(world: World, viewer: Viewer, session: Session) -> Answer:
    return _shown("feed.html", 200, viewer=viewer, people=MAGIC)


def _profile(world: World, viewer: Viewer, session: Session, slug: str) -> Answer:
    person = world.member(slug)
    if person is None or person.inaccessible:
        return _shown("absent.html", 404, viewer=viewer)
    since = world.ledger.connected_since(viewer.id, person.profile_id)
    if person.profile_id == viewer.id:
        standing = "self"
    elif since is not None:
        standing = "connected"
    elif world.readable_pending(viewer, person):
        standing = "pending"
    elif world.ledger.pending(person.profile_id, viewer.id):
        standing = "incoming"
    else:
        standing = "none"
    return _shown("profile.html", 200, viewer=viewer, person=person, standing=standing)


def _dialog(world: World, viewer: Viewer, slug: str) -> Answer:
    person = world.member(slug)
    if person is None or person.inaccessible:
        return _shown("absent.html", 404, viewer=viewer)
    return _shown("dialog.html", 200, viewer=viewer, person=person)


def _sent(world: World, viewer: Viewer, session: Session) -> Answer:
    now = world.now()
    lines = [
        (found, world.member(found.invitee), (now - found.sent_at) // DAY_MS)
        for found in world.ledger.sent_by(viewer.id, now)
    ]
    return _shown("sent.html", 200, viewer=viewer, lines=lines)


def _shown(template: str, status: int, headers: tuple[tuple[str, str], ...] = (), **told: Any) -> Answer:
    text = _ROOM.get_template(template).render(**told)
    return Answer(status, text.encode(), HTML, (POLICY, *headers))


PAGES: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = (
    ("GET", re.compile("/"), lambda world, viewer, session: redirect("/feed/")),
    ("GET", re.compile("/feed"), _feed),
    ("GET", re.compile("/in/([^/]+)"), _profile),
    ("GET", re.compile("/mynetwork/invitation-manager/sent"), _sent),
    ("POST", re.compile("/m/logout"), _signed_out),
)
