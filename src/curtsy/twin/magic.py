"""The magic people: one for each thing that can happen to an invitation because of whom it is for.

`docs/magic-people.md` prints this table; a test keeps the two equal.
"""

from dataclasses import dataclass
from typing import Any

from curtsy.twin.biography import ADA, WILLIAM
from curtsy.twin.clock import SECOND_MS
from curtsy.twin.faults import RULES
from curtsy.twin.people import Person, magic_id


@dataclass(frozen=True)
class Magic:
    """A magic person, the outcome an agent should report for them (contract.md 3), and what they do in words."""

    person: Person
    outcome: str
    does: str

    @property
    def withdrawal(self) -> str:
        """The outcome that an agent should report for a withdrawal from this person, at the start of a story.

        Of one whose `person.withdrawal` says so, once they were invited; everybody else who was is `withdrawn`.
        """
        if self.person.inaccessible or self.person.unreadable or self.outcome == "own_profile":
            return self.outcome
        if self.person.withdrawal is not None:
            return {"refused": "refused", "lost_once": "unknown"}[self.person.withdrawal]
        return {"pending_out": "withdrawn", "connected": "already_connected"}.get(self.person.start, "not_pending")


def _magic(slug: str, outcome: str, does: str, **traits: Any) -> Magic:
    first, _, last = slug.partition("-")
    person = Person(slug, magic_id(slug), first.capitalize(), last.replace("-", " ").title() or "Example", **traits)
    return Magic(person, outcome, does)


def _faulty(slug: str, outcome: str, fault: str, **traits: Any) -> Magic:
    rule = RULES[fault]
    does = rule.says.replace("`ms`", f"{rule.default_ms // SECOND_MS} s")
    return _magic(slug, outcome, f"POST: {does}", fault=fault, **traits)


SAM = Person("sam-viewer", magic_id("sam-viewer"), "Sam", "Viewer", "Founder at Example")

MAGIC: tuple[Magic, ...] = (
    Magic(
        Person("ada-example", magic_id("ada-example"), "Ada", "Example", "Analyst at Example Co", biography=ADA),
        "sent",
        "an ordinary member with a full profile",
    ),
    Magic(
        Person(
            "williamhgates",
            magic_id("williamhgates"),
            "William",
            "Example",
            "Chair of Example Foundation",
            "Seattle, Washington, United States",
            distance="DISTANCE_3",
            biography=WILLIAM,
        ),
        "sent",
        "the seed's person by slug, with a full profile",
    ),
    Magic(
        Person("casey-example", "ACoAABCDEF123", "Casey", "Example", "Example person of a page of documentation"),
        "sent",
        "the seed's person by id",
    ),
    Magic(SAM, "own_profile", "the default viewer: themselves to Sam, an ordinary member to other viewers"),
    _magic("missing-distance", "sent", "the relationship has no memberDistance", distance=None),
    _magic("out-of-network", "sent", "memberDistance is OUT_OF_NETWORK", distance="OUT_OF_NETWORK"),
    _magic("email-hint", "sent", "emailRequired is true and yet the POST works", email_required=True),
    _magic("renamed-before", "sent", "resolves to the public identifier `renamed-after`", renamed_to="renamed-after"),
    _magic("read-lag", "sent", "what was sent is read back as noInvitation for 1.5 s", read_lag_ms=1_500),
    _faulty("slow", "sent", "slow"),
    _faulty("silent-success", "sent", "silent_success"),
    _faulty("csrf-once", "sent", "403_rotated"),
    _magic("already-pending", "already_pending", "invited three days ago", start="pending_out"),
    _faulty("resend-pending", "already_pending", "400_stale_pending"),
    _magic("already-connected", "already_connected", "connected; the union has `*connection`", start="connected"),
    _magic(
        "connected-inline",
        "already_connected",
        "connected; the union has `connection` inline",
        start="connected",
        connection_inline=True,
    ),
    _magic("incoming-pending", "incoming_pending", "has invited the viewer", start="pending_in"),
    _magic("not-found", "not_found", "403 VoyagerUserVisibleException on every read and POST", inaccessible=True),
    _magic("private-profile", "not_found", "403 VoyagerUserVisibleException on every read and POST", inaccessible=True),
    _magic(
        "cannot-resend",
        "cannot_resend_yet",
        "reads noInvitation; POST: 400 CANT_RESEND_YET, withdrawn two days ago",
        start="withdrawn",
    ),
    _faulty("email-required", "email_required", "400_generic", email_required=True),
    _faulty("note-limit", "note_unavailable", "429_note"),
    _faulty("note-quota", "note_unavailable", "400_note_quota"),
    _faulty("weekly-limit", "invitation_limit_reached", "429_fuse"),
    _faulty("connection-limit", "invitation_limit_reached", "400_connection_limit"),
    _faulty("throttled", "throttled", "429_generic"),
    _faulty("throttled-bare", "throttled", "429_bare"),
    _faulty("signed-out", "signed_out", "401"),
    _faulty("login-redirect", "signed_out", "302_login"),
    _faulty("revoked", "signed_out", "302_revoked"),
    _faulty("wrong-member", "wrong_member", "403_switched"),
    _faulty("challenge", "challenge", "302_challenge"),
    _faulty("challenge-body", "challenge", "403_challenge"),
    _faulty("bot-999", "challenge", "999"),
    _faulty("status-451", "challenge", "451"),
    _faulty("restricted", "restricted", "403_generic"),
    _faulty("account-restricted", "restricted", "403_account_restricted"),
    _faulty("max-pending", "restricted", "400_max_pending"),
    _faulty("email-unconfirmed", "restricted", "400_email_unconfirmed"),
    _faulty("gone-410", "client_outdated", "410_gone"),
    _faulty("moved-301", "client_outdated", "301_moved"),
    _faulty("unprocessable-422", "client_outdated", "422_generic"),
    _faulty("bad-request-400", "client_outdated", "400_generic"),
    _magic(
        "unreadable-relationship",
        "client_outdated",
        "the relationship's union says nothing that can be read",
        unreadable=True,
    ),
    _faulty("csrf-stale", "not_attempted", "403_csrf"),
    _faulty("server-error-before", "unknown", "500_before_commit"),
    _faulty("server-error-after", "unknown", "500_after_commit"),
    _faulty("drop-before", "unknown", "drop_before"),
    _faulty("drop-after", "unknown", "drop_after"),
    _faulty("reset-after", "already_pending", "reset_after"),
    _faulty("late-commit", "unknown", "late_commit"),
    _faulty("empty-200", "unknown", "200_empty"),
    _faulty("no-urn-200", "unknown", "200_no_urn"),
    _faulty("html-200", "unknown", "200_html"),
    _faulty("error-in-200", "cannot_resend_yet", "200_with_error"),
    _faulty("other-refusal", "refused", "409_other"),
    _faulty("other-refusal-403", "refused", "403_other"),
    _magic("withdrawal-refused", "sent", "an ordinary member; a withdrawal: 409 UNKNOWN_TO_US", withdrawal="refused"),
    _magic(
        "withdrawal-lost", "sent", "an ordinary member; the first withdrawal: 500, nothing done", withdrawal="lost_once"
    ),
)


def withdrawals() -> str:
    """Return the table of withdrawals of docs/magic-people.md."""
    told: dict[tuple[str, str], list[str]] = {}
    for magic in MAGIC:
        if magic.withdrawal != "not_pending":
            when = "once invited" if magic.person.withdrawal else "at once"
            told.setdefault((magic.withdrawal, when), []).append(f"`{magic.person.slug}`")
    told["withdrawn", "once invited"] = ["anybody else"]
    told["not_pending", "at once"] = ["anybody else"]
    rows = [f"| {', '.join(who)} | {when} | `{outcome}` |" for (outcome, when), who in told.items()]
    return "\n".join(["| withdrawal from | when | outcome |", "|---|---|---|", *rows])


def table() -> str:
    """Return the table of docs/magic-people.md."""
    rows = [
        f"| `{magic.person.slug}` | `{magic.person.profile_id}` | `{magic.outcome}` | {magic.does} |" for magic in MAGIC
    ]
    return "\n".join(["| slug | id | outcome | what happens |", "|---|---|---|---|", *rows])
