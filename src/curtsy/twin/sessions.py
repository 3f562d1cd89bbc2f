"""Who is signed in: sessions, what can become of them, and their two cookies (wire reference 1.1 and 9.1)."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

FORGET = "Expires=Thu, 01-Jan-1970 00:00:00 GMT; Max-Age=0; Path=/"


class Mode(StrEnum):
    """What a session has come to."""

    OK = "ok"
    LOGGED_OUT_401 = "logged_out_401"
    LOGGED_OUT_302 = "logged_out_302"
    REVOKED = "revoked"
    CHALLENGE = "challenge"
    BOT_999 = "bot_999"


@dataclass
class Session:
    """One signed-in browser: the account it is signed in to, and how that stands."""

    li_at: str
    jsessionid: str
    viewer_id: str
    mode: Mode = Mode.OK


def csrf_token(rng: Random) -> str:
    """Return `ajax:` and 19 digits."""
    return f"ajax:{rng.randrange(10**18, 10**19)}"


def set_cookies(session: Session, *, secure: bool) -> list[str]:
    """Return the Set-Cookie values of a session; over plain http they lack what only https can carry."""
    rest = "Path=/; Secure; SameSite=None" if secure else "Path=/"
    return [f"li_at={session.li_at}; HttpOnly; {rest}", token_cookie(session.jsessionid, secure=secure)]


def token_cookie(token: str, *, secure: bool) -> str:
    """Return the Set-Cookie value of a CSRF token; LinkedIn stores it with double quotes."""
    return f'JSESSIONID="{token}"; Path=/' + ("; Secure; SameSite=None" if secure else "")


def forget_cookies() -> list[str]:
    """Return the Set-Cookie values that end a revoked session in the browser."""
    return [f"{name}=delete me; {FORGET}" for name in ("li_at", "li_a", "liap")]


class Sessions:
    """All sessions, by their `li_at`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._by_li_at: dict[str, Session] = {}

    def sign_in(self, viewer_id: str) -> Session:
        """Begin a session of its own for one browser."""
        session = Session(f"AQED{self._rng.getrandbits(192):048x}", csrf_token(self._rng), viewer_id)
        self._by_li_at[session.li_at] = session
        return session

    def sign_out(self, session: Session) -> None:
        """End one session for good."""
        self._by_li_at.pop(session.li_at, None)

    def with_cookie(self, li_at: str) -> Session | None:
        """Return the session of this cookie."""
        return self._by_li_at.get(li_at)

    def of_viewer(self, viewer_id: str) -> list[Session]:
        """Return every session of one account."""
        return [session for session in self._by_li_at.values() if session.viewer_id == viewer_id]

    def rotate(self, session: Session) -> None:
        """Give the session a new CSRF token; the old one fails from now on."""
        session.jsessionid = csrf_token(self._rng)
