"""Every sentence that says how something stands, once, in plain words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from curtsy.domain.consent import AWAITING, DECLINED
from curtsy.domain.cooldown import Why
from curtsy.domain.ending import NEEDS_REVIEW, UNSEEN, ending
from curtsy.domain.member import CLOCK, Cause
from curtsy.domain.outcome import DISPOSITIONS, Outcome
from curtsy.domain.profile import URN_PREFIX
from curtsy.domain.task import ACTS, Kind, Task, TaskState
from curtsy.domain.webhook import Next
from curtsy.service.access import Scope
from curtsy.service.status import Status
from curtsy.storage.store.webhooks import Endpoint
from curtsy.web.pages import kinds
from curtsy.web.pages.webhook_words import ENDPOINTS, OFF, TRIES
from curtsy.web.pages.webhook_words import PAYLOADS as PAYLOADS
from curtsy.web.webhooks import state

S = TaskState
STATES: dict[TaskState, tuple[str, str, str]] = {
    S.QUEUED: ("Waiting", "wait", "It is next: the browser takes it up as soon as it asks for work."),
    S.LEASED: ("In the browser", "busy", "The browser is looking at the profile; nothing has been sent yet."),
    S.STARTED: ("Sending", "busy", "The browser is sending the invitation now."),
    S.UNCONFIRMED: (
        "Checked again",
        "busy",
        "LinkedIn's answer was lost: the browser looks once more and sends nothing.",
    ),
    S.NEEDS_REVIEW: ("Needs you", "bad", UNSEEN[Kind.INVITE].meaning),
    S.COMPLETED: ("Done", "good", "It was carried out."),
    S.FAILED: ("Not sent", "bad", "It could not be carried out."),
    S.CANCELLED: ("Cancelled", "quiet", "It was cancelled before anything was sent."),
    S.EXPIRED: ("Expired", "quiet", "Nobody could carry it out in time; nothing was sent."),
    S.MERGED: ("Same person", "quiet", "Another task already invites this person; this one sent nothing."),
}
"""For each state: its name on a page, its colour, and what it means."""

CAUSES: dict[Cause, tuple[str, str]] = {
    Cause.SIGNED_OUT: (
        "Signed out of LinkedIn",
        "The paired browser is signed out of LinkedIn. Sign in there and it goes on by itself.",
    ),
    Cause.WRONG_MEMBER: (
        "Somebody else is signed in",
        "The paired browser shows another LinkedIn account. Sign in with the right one and it goes on by itself.",
    ),
    Cause.CHALLENGE: (
        "LinkedIn asks for a confirmation",
        "LinkedIn wants the member to confirm something. Open LinkedIn, do what it asks, then press Resume.",
    ),
    Cause.RESTRICTED: (
        "Restricted by LinkedIn",
        "LinkedIn has restricted what this member may do. Open LinkedIn, read what it says, then press Resume.",
    ),
    Cause.INVITATION_LIMIT: (
        "Invitation limit reached",
        "LinkedIn takes no more invitations from this member for now. It goes on at the time named; after a second "
        "refusal within 30 days no time is named, and it goes on when the member presses Resume.",
    ),
    Cause.THROTTLED: ("Slowed down", "LinkedIn asks for fewer requests. It goes on by itself."),
    Cause.NOTE_LIMIT: (
        "No notes left",
        "LinkedIn lets this member add no more notes for now. Invitations without a note still go out.",
    ),
    Cause.PAUSED: (
        "Resting",
        "It goes on at the time named, or when the member presses Resume.",
    ),
    Cause.DOUBT: (
        "In doubt",
        "LinkedIn's answers were lost twice in a row, or it refused three times for the same unknown reason. Look on "
        "LinkedIn whether all is well, then press Resume.",
    ),
}
"""For each cause of a pause: its name, and what it means for the member."""

WAITS: dict[str, str] = {
    "agent_offline": "No browser of the sender is online. It goes on when one is open.",
    "paused": "Paused by the member, or resting until a time named or until the member presses Resume.",
    "update_required": "The extension is too old for what LinkedIn now answers: update it.",
    "outside_hours": "It is outside the sender's working hours. It goes on when they begin.",
    "read_limit": "As much was read today in the sender's name as is allowed. It goes on by itself.",
    "pacing": "Invitations are spaced apart; this one waits for its turn.",
    "day_limit": "The sender's invitations of the day are used up. It goes on by itself.",
    "week_limit": "The sender's invitations of the week are used up. It goes on by itself.",
    AWAITING: "The sender wishes to be asked first, and has not said yes yet. They do so in Curtsy's popup.",
    CLOCK: "The server's clock jumped. It goes on when an admin, or whoever runs the server, has confirmed it.",
    NEEDS_REVIEW: "Whether it was done could not be seen. Look at Sent invitations on LinkedIn, then settle this task.",
}
"""What a task waits for besides a pause, by `blocked_by`."""

OUTCOMES: dict[Outcome, str] = {
    Outcome.SENT: "Invitation sent",
    Outcome.ALREADY_PENDING: "Already invited",
    Outcome.ALREADY_CONNECTED: "Already connected",
    Outcome.INCOMING_PENDING: "They invited first",
    Outcome.OWN_PROFILE: "Own profile",
    Outcome.NOT_FOUND: "No such profile",
    Outcome.CANNOT_RESEND_YET: "Too soon to invite again",
    Outcome.EMAIL_REQUIRED: "Email address needed",
    Outcome.NOTE_UNAVAILABLE: "Note not possible",
    Outcome.INVITATION_LIMIT_REACHED: "Limit reached",
    Outcome.THROTTLED: "Slowed down",
    Outcome.SIGNED_OUT: "Signed out",
    Outcome.CHALLENGE: "Confirmation needed",
    Outcome.RESTRICTED: "Restricted",
    Outcome.WRONG_MEMBER: "Somebody else signed in",
    Outcome.CLIENT_OUTDATED: "Update needed",
    Outcome.NOT_ATTEMPTED: "Not attempted",
    Outcome.UNKNOWN: "Answer lost",
    Outcome.REFUSED: "Refused by LinkedIn",
    Outcome.WITHDRAWN: "Invitation withdrawn",
    Outcome.NOT_PENDING: "Nothing to withdraw",
}
"""A short name for each outcome; the sentence said about it is the disposition's own."""

WHY_ALONE: dict[str, str] = {
    Why.CANNOT_RESEND_YET: "LinkedIn does not let the member ask again yet.",
    Why.WITHDRAWN: "The team's invitation was withdrawn.",
    Why.GONE: "The team's invitation vanished without a connection, which counts as a no.",
    Why.MEMBER_REMOVED: "A member who has left the team invited them, and nobody can see any more what became of it.",
}
"""Why a person is left alone for a time."""

SCOPES: dict[Scope, str] = {
    Scope.READ: "See tasks and what came of them",
    Scope.INVITE: "Also send invitations, read profiles and cancel tasks",
    Scope.MANAGE: "Also settle tasks that need review, set up webhooks, and say whom nobody contacts",
}

WINDOWS: dict[str, str] = {
    "day": "invitations today",
    "week": "this week",
    "withdrawals_day": "withdrawals today",
    "withdrawals_week": "withdrawals this week",
    "notes_month": "notes this month",
    "profile_reads_day": "profiles read today",
    "connection_reads_day": "pages of connections today",
}
"""For each window that bounds a member: what is counted in it."""

SIGHTS: dict[str, str] = {
    "start": "Looked at the profile before sending",
    "act": "Reported what LinkedIn answered",
    "verify": "Looked again, without acting",
    "late": "Reported afterwards what it saw",
    "journal": "Remembered by the browser, after the server was restored",
    "person": "Settled by a person who looked",
}
"""Where evidence comes from."""

DONE: dict[str, str] = {
    "founded": "Your team stands. The list below says what comes next.",
    "added": "The member was added.",
    "removed": "The member was removed, and their browsers with them.",
    "pace": "The new pace holds from now on.",
    "unpaired": "The browser was removed. It gets no more work.",
    "resumed": "Resumed: what waits goes on.",
    "nothing": "There was nothing to resume.",
    "revoked": "The key was revoked. Calls with it are refused from now on.",
    "cancelled": "The task was cancelled. Nothing was sent.",
    "settled": "Settled. Your reason is kept with it.",
    "listed": "Nobody of the team invites this person any more.",
    "lifted": "Lifted. Your reason is kept below.",
    "absence": "The choice holds from now on.",
    "consent": "Kept. It holds from now on, for what waits already too.",
    "clock": "The clock is confirmed: what waits goes on.",
    "endpoint": "What this endpoint is told is kept.",
    "endpoint-removed": "The endpoint was removed.",
    "switched-on": "It is switched on, and told what it missed.",
    "switched-off": "It is switched off, and told nothing until you switch it on.",
    "tested": "A test message is on its way.",
    "replayed": "The message is sent once more.",
}
"""What a page says after a form did its work."""


@dataclass(frozen=True, slots=True)
class Told:
    """A task as a list shows it: its name, its colour, why it is so, and what a person can do."""

    title: str
    tone: str
    why: str
    next_action: str | None


def told(status: Status) -> Told:
    """How a task stands, in plain words."""
    task = status.shown
    title, tone, why = STATES[task.state]
    if task.kind is Kind.WITHDRAW:
        title, tone, why = kinds.WITHDRAWAL.get(task.state, (title, tone, why))
    if task.state is S.COMPLETED:
        title, why = kinds.DONE.get(task.kind, kinds.READ)
    elif task.state is S.NEEDS_REVIEW:
        why = UNSEEN[task.kind].meaning
    elif task.state is S.FAILED and task.code in DISPOSITIONS:
        title = OUTCOMES[Outcome(task.code)]
    elif task.state is S.FAILED and task.code == DECLINED:
        title = "Declined"
    elif task.state is S.FAILED and task.kind not in ACTS:
        title = "Not read"
    if status.wait.blocked_by is not None:
        why = waits(status.wait.blocked_by)
    elif task.error and task.state not in (S.COMPLETED, S.CANCELLED):
        why = task.error
    said = ending(task)
    return Told(title, tone, why.rstrip(".") + ".", said[1].next_action if said else None)


def endpoint(endpoint: Endpoint) -> Told:
    """How a webhook endpoint stands."""
    name, tone, why = ENDPOINTS[state(endpoint)]
    if endpoint.off_because is not None:
        why, tone = OFF[endpoint.off_because], "quiet" if endpoint.off_because == "asked" else tone
    return Told(name, tone, why, None)


def tried(led_to: str) -> Told:
    """What a try to tell it something led to."""
    name, tone = TRIES[Next(led_to)]
    return Told(name, tone, "", None)


def person(task: Task) -> str:
    """Whom a task is about: their public name where it is known, else their id."""
    if task.profile_slug or task.profile_urn:
        return task.profile_slug or task.profile.key
    return "Somebody who was forgotten" if task.kind in (*ACTS, Kind.FETCH_PROFILE) else "Connections"


def what(task: Task) -> str:
    """What was asked about them, in a few words."""
    return kinds.WHAT.get(task.kind) or ("with a note" if task.note else "no note")


def reference(text: str) -> str:
    """A person as somebody named them, without what is the same for everybody."""
    return text.removeprefix(URN_PREFIX).removeprefix("in/")


def waits(blocked_by: str) -> str:
    """Why something waits, for a word of `blocked_by`."""
    return WAITS[blocked_by] if blocked_by in WAITS else CAUSES[Cause(blocked_by)][1]


def browser(told_by_itself: str) -> str:
    """A browser's own description, shortened to its name and system."""
    names = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome"}
    known = ((said, re.search(rf"{mark}/(\d+)", told_by_itself)) for mark, said in names.items())
    name = next((f"{said} {found[1]}" for said, found in known if found), None)
    if name is None:
        return told_by_itself[:60] or "A browser"
    systems = {"Windows": "Windows", "Android": "Android", "CrOS": "ChromeOS", "Mac OS X": "macOS", "Linux": "Linux"}
    system = next((said for mark, said in systems.items() if mark in told_by_itself), None)
    return f"{name} on {system}" if system else name


_SIGHT_NAMES = {
    "before": "Relationship before",
    "after": "Relationship after",
    "invitation_urn": "Invitation",
    "invitation_sent_ms_ago": "Invitation made, ms before",
    "message_equal": "Note is ours",
    "http_status": "LinkedIn's HTTP status",
    "linkedin_code": "LinkedIn's code",
    "retry_after_ms": "LinkedIn asks to wait, ms",
    "acted": "Something was sent",
    "tab_closed": "Tab was closed",
    "profile_urn": "Profile",
    "seen_account": "Signed in as",
    "inferred": "Worked out from the relationship",
}


def seen(body: str) -> dict[str, str]:
    """What a browser saw, from its JSON, under names a person reads."""
    return {
        _SIGHT_NAMES.get(name, name.replace("_", " ").capitalize()): _plain(value)
        for name, value in json.loads(body).items()
        if value is not None
    }


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
