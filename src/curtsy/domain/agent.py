"""One paired browser extension, and the refusals of the agent protocol (version 1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from curtsy.domain.errors import Refusal
from curtsy.domain.task import UNTOLD

OLDEST_VERSION = (0, 1)
"""Extensions of an older minor version get no work; two minor versions back are served."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An installation of the extension, acting for one member and one LinkedIn account.

    ``outdated`` is the version that met an answer it does not know, and gets no work; ``blind`` the one that met it in
    what we read for ourselves, and gets nothing more of that.
    """

    id: str
    team_id: str
    member_id: str
    installation_id: str
    browser: str
    version: str
    account: str
    account_name: str
    boot_id: str | None
    seen_account: str | None
    paused: int
    outdated: str | None
    created_at: int
    last_seen_at: int
    revoked_at: int | None
    told_offline: int = 0
    premium: int | None = None
    blind: str | None = None

    @property
    def reads_for_us(self) -> bool:
        """Whether this version can read what nobody asked for."""
        return self.blind != self.version

    def able(self, kinds: Collection[str], version: str) -> Collection[str]:
        """What this version is asked for, of the kinds that it says it can do."""
        return kinds if self.blind != version else [kind for kind in kinds if kind not in UNTOLD]


def is_served(version: str) -> bool:
    """Whether an extension of this version still gets work; an unreadable version does not."""
    try:
        major, minor = (int(part) for part in version.split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= OLDEST_VERSION


class AgentRevoked(Refusal):
    code, sentence = "agent_revoked", "This browser is no longer paired: pair it again"


class VersionTooOld(Refusal):
    code = "version_too_old"
    sentence = "This version of the extension is too old: get the current one from the server's Connect page"


class UnknownCode(Refusal):
    code, sentence = "unknown_code", "This code is not known: get a new one from the server's Connect page"


class CodeUsed(Refusal):
    code, sentence = "code_used", "This code has been used: get a new one from the server's Connect page"


class CodeExpired(Refusal):
    code, sentence = "code_expired", "This code is older than ten minutes: get a new one from the server's Connect page"


class LinkedinAccountTaken(Refusal):
    code = "linkedin_account_taken"
    sentence = "Another member already acts with this LinkedIn account: sign in to LinkedIn with your own"


class LinkedinRequired(Refusal):
    code, sentence = "linkedin_required", "Sign in to LinkedIn in this browser first, then pair"


class LeaseLost(Refusal):
    code, sentence = "lease_lost", "This lease no longer holds the task"


class Cancelled(Refusal):
    code, sentence = "cancelled", "The caller cancelled this task"


class WrongMember(Refusal):
    code, sentence = "wrong_member", "Somebody else is signed in to LinkedIn in this browser"


class NotConnectable(Refusal):
    code, sentence = "not_connectable", "The relationship read before the act does not allow an invitation"


class Merged(Refusal):
    code, sentence = "merged", "Another task already invites this person"


class NotNow(Refusal):
    code, sentence = "not_now", "The member may not act now"


class JournalRequired(Refusal):
    code = "journal_required"
    sentence = "The server was restored from a backup: send your journal to /agent/journal first"


class Started(Refusal):
    code, sentence = "started", "The task has been started: finish it"


class NotStarted(Refusal):
    code, sentence = "not_started", "This outcome follows an act, and the act was never started"
