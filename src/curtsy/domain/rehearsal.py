"""The test world: what becomes of a task for each magic person, without a browser and without LinkedIn.

The people are those of the twin, by the same names and ids (docs/magic-people.md); everybody else is an ordinary
person. What an outcome leads to is told by ``domain.outcome``, here as there.
"""

from __future__ import annotations

from dataclasses import dataclass

from curtsy.domain.outcome import Outcome

STAND_IN = "rehearsal"
"""The browser, and its version, that stands in for the members' own."""
DONE_MS = 1_000
"""From the start of a task to its outcome."""
SLOW_MS = 10_000
"""The same for ``slow``."""
LOOK_MS = 5_000
"""From an answer that was lost to what was seen instead."""
PAUSE_MS = 60_000
"""The longest that a pause lasts in the test world, where nobody can lift one."""
ACCEPTED_MS = 10_000
"""From the invitation to its acceptance, or to its being gone."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A magic person: by name, by id, and what happens when they are invited."""

    slug: str
    id: str
    outcome: Outcome


SCENES: tuple[Scene, ...] = (
    Scene("ada-example", "ACoAAA5LDBjCBGZS_kQbjoPyB1-7OiTJoKbRbfI", Outcome.SENT),
    Scene("williamhgates", "ACoAAA5yf0oUY2Ug7qvLR-a-DU-YFtdWH8YqdNs", Outcome.SENT),
    Scene("casey-example", "ACoAABCDEF123", Outcome.SENT),
    Scene("sam-viewer", "ACoAAArbWhhYSMH6ajuZLKG4TagXJ7XcnKEzns1", Outcome.OWN_PROFILE),
    Scene("missing-distance", "ACoAAAP4Eq4O0-wmaa9qzLxNaHSdiWXdTYYtCL2", Outcome.SENT),
    Scene("out-of-network", "ACoAAA9o3Bw_vknpVQICTHWSpirQznr5VC0vSiM", Outcome.SENT),
    Scene("email-hint", "ACoAAA0Krm-vmHMCG5EH1ZyLwfbQQiFFF7VT45W", Outcome.SENT),
    Scene("renamed-before", "ACoAAAuFm1s4DFL1BYybwlnzvKo5qlGkQ2_bTpo", Outcome.SENT),
    Scene("read-lag", "ACoAAAKeSB92H70BIZ4Tq2ITwNpEzXCgfO7aWt0", Outcome.SENT),
    Scene("slow", "ACoAAAXgz3vR36ODF4iwz23tzdIo-6bzTcI403H", Outcome.SENT),
    Scene("silent-success", "ACoAAAlFtvqvRsXmTNFaA0Hcc1iVoIBV_8jA08d", Outcome.SENT),
    Scene("csrf-once", "ACoAAAsRrngzL5mBf8ZeAtgMRfyn2nGuSurD9hL", Outcome.SENT),
    Scene("already-pending", "ACoAAAzEXdNVlCp7oL5D9zZZlCBjebma0qA6s8V", Outcome.ALREADY_PENDING),
    Scene("resend-pending", "ACoAAAhk2m3Fw8Sn3gplbg13l89Wv7T4P82NZcj", Outcome.ALREADY_PENDING),
    Scene("already-connected", "ACoAAAyQffXwwbFeeoXCQLyTWpS3TP7MnzdvQPg", Outcome.ALREADY_CONNECTED),
    Scene("connected-inline", "ACoAAAkhWJOzAn5ixrUCLD5qZNNLmTXga_sluoB", Outcome.ALREADY_CONNECTED),
    Scene("incoming-pending", "ACoAAA9Nth2jXZNXGc0oOuPUB4EsR3jym7On5k_", Outcome.INCOMING_PENDING),
    Scene("not-found", "ACoAAA9QelCI2TL7Cwek63Va49MPu4uAgexFdQw", Outcome.NOT_FOUND),
    Scene("private-profile", "ACoAAA-fO8Xjr7QdV6I1t27CjGyNNBGTLj8Aib4", Outcome.NOT_FOUND),
    Scene("cannot-resend", "ACoAAAtmS0OO6dEeVwaIXvBdUHhdJntuiCYKaDK", Outcome.CANNOT_RESEND_YET),
    Scene("email-required", "ACoAAAS11U9qnqOwfCfHiioGhuHxELvUVkfo8Ir", Outcome.EMAIL_REQUIRED),
    Scene("note-limit", "ACoAAA7XRIphgF7p0brLLU44w0jCs2TYv-wlX2W", Outcome.NOTE_UNAVAILABLE),
    Scene("note-quota", "ACoAAA-1Epg6PeSJqzUyejWnZ2KyWuVjvc7uOV1", Outcome.NOTE_UNAVAILABLE),
    Scene("weekly-limit", "ACoAAA4BF_vasYrq865iBq43UJnsAWFOu9SzwRp", Outcome.INVITATION_LIMIT_REACHED),
    Scene("connection-limit", "ACoAAAtVK5IxE34kKn-C1pdfYorFLk4263RIjVv", Outcome.INVITATION_LIMIT_REACHED),
    Scene("throttled", "ACoAAAuXYwqGeS8qw2KF47ElzxYkgTchr74QSMY", Outcome.THROTTLED),
    Scene("throttled-bare", "ACoAAALOcAl-8TkMtRl3EIvd7XZPkPCeVeYZ873", Outcome.THROTTLED),
    Scene("signed-out", "ACoAAAmiwI0OjO5YTTAev-hB8PJnc_-kA_NbvHe", Outcome.SIGNED_OUT),
    Scene("login-redirect", "ACoAAAFd5gkYNPfMP_MNmP2cHj1WyZQtwbV1v81", Outcome.SIGNED_OUT),
    Scene("revoked", "ACoAAAS7R_GG3yM-SLCdJB7k3vuCGt0MNayDEUa", Outcome.SIGNED_OUT),
    Scene("wrong-member", "ACoAAAAQuHbRoRwNud-oFesGmvjssRocX-7vW51", Outcome.WRONG_MEMBER),
    Scene("challenge", "ACoAAALdAL134CIs7YgmZUganB2fkHMJ0W4F7QB", Outcome.CHALLENGE),
    Scene("challenge-body", "ACoAAA0FcC6jG2IP_3Ps8MSkx-VVtKK0FShmw-9", Outcome.CHALLENGE),
    Scene("bot-999", "ACoAAAWM7o1ufUchdM9cd-kA-fSPCySAqESkJm0", Outcome.CHALLENGE),
    Scene("status-451", "ACoAAAZFAvVzn3Haajmht0yXN5v9DtsURgsnbXS", Outcome.CHALLENGE),
    Scene("restricted", "ACoAAAeg2RWT35KTqJQvdDjLiPerGo41TaSR9Wf", Outcome.RESTRICTED),
    Scene("account-restricted", "ACoAAAmIaOzo4AGQX5qBiMgZjlvHFBnvrQfBMK3", Outcome.RESTRICTED),
    Scene("max-pending", "ACoAAAZAuij0cXiie6m16RLePeOVoUmkIWkDI8V", Outcome.RESTRICTED),
    Scene("email-unconfirmed", "ACoAAAn2cLiHtQho1Mo8yMoDpLul-dsSCzDqDUs", Outcome.RESTRICTED),
    Scene("gone-410", "ACoAAALcqou-U9m15wrGkd1w6xelr-3RHELF9xS", Outcome.CLIENT_OUTDATED),
    Scene("moved-301", "ACoAAAfQQ5ublJpp5eh3xD32ipTJnn81aDysz9_", Outcome.CLIENT_OUTDATED),
    Scene("unprocessable-422", "ACoAAAhCgFM-ClCLFiQhZN_AqXo5fh0keOWP7S4", Outcome.CLIENT_OUTDATED),
    Scene("bad-request-400", "ACoAAAMZO-Mefs-SsN2_PL7cGv10-gCJAXpV4o8", Outcome.CLIENT_OUTDATED),
    Scene("unreadable-relationship", "ACoAAAk2TZbDdtIvfmYrZhs0bJPxGYUSQ6rngJu", Outcome.CLIENT_OUTDATED),
    Scene("csrf-stale", "ACoAAAyTNDGUSoLO6-afBZrDXE_pDhKHwIp6bce", Outcome.NOT_ATTEMPTED),
    Scene("server-error-before", "ACoAAABeBvpBDvenJAks8RbzhJIJdnmNQVn4gLc", Outcome.UNKNOWN),
    Scene("server-error-after", "ACoAAAsVGTn86LuH0BA_QCWXDmjQeluaKTBXt74", Outcome.UNKNOWN),
    Scene("drop-before", "ACoAAAVt_pQxUkAjH_8-s9O4rys5ni0IKEbD0lj", Outcome.UNKNOWN),
    Scene("drop-after", "ACoAAAauhy5yhAqmYJvBHSDtNtWllcbvDNWhEKZ", Outcome.UNKNOWN),
    Scene("reset-after", "ACoAAAzQk1YQe2TZPrQyvJg04v3cTV-9emcPA_2", Outcome.ALREADY_PENDING),
    Scene("late-commit", "ACoAAA0fpyyY3Qy-8XQYg_V7Cbqs5aEVJJVMvxq", Outcome.UNKNOWN),
    Scene("empty-200", "ACoAAAWi07Z5CxMY4Ssngcx3l1AfKTKXgKhA83k", Outcome.UNKNOWN),
    Scene("no-urn-200", "ACoAAA_2rmiIJPkDleyqV3h1Q3CzngtJShgNl44", Outcome.UNKNOWN),
    Scene("html-200", "ACoAAAKjEYPL47KwwzJYM77uxSkucauahX14in4", Outcome.UNKNOWN),
    Scene("error-in-200", "ACoAAAtP2ITgWa2AUpTje_J4G3VSaVaGDt0Re8U", Outcome.CANNOT_RESEND_YET),
    Scene("other-refusal", "ACoAAAXk1sjm_yTFHhAfL_8eXFa7Of_3tlxVrRD", Outcome.REFUSED),
    Scene("other-refusal-403", "ACoAAA2goOJYbtoCF68_wDkuYy1ehPyzsRLPjZ8", Outcome.REFUSED),
    Scene("withdrawal-refused", "ACoAAAE_sgWAkOOCuW4bHzZJ4SQkpvT9fheEeO5", Outcome.SENT),
    Scene("withdrawal-lost", "ACoAAArSjAiVkTcWKfqzDvK9q2-jnJxlBXFAOei", Outcome.SENT),
)

KEPT = frozenset({"server-error-after", "drop-after", "late-commit", "empty-200"})
"""Of those whose answer is lost: whose invitation is found afterwards. The others need a person."""
ACCEPTS = frozenset({"ada-example"})
"""Who accepts."""
VANISHES = frozenset({"silent-success"})
"""Whose invitation is gone after a while."""
SLOW = frozenset({"slow"})

WITHDRAWALS: dict[str, Outcome] = {
    "sam-viewer": Outcome.OWN_PROFILE,
    "already-pending": Outcome.WITHDRAWN,
    "already-connected": Outcome.ALREADY_CONNECTED,
    "connected-inline": Outcome.ALREADY_CONNECTED,
    "not-found": Outcome.NOT_FOUND,
    "private-profile": Outcome.NOT_FOUND,
    "unreadable-relationship": Outcome.CLIENT_OUTDATED,
    "withdrawal-refused": Outcome.REFUSED,
    "withdrawal-lost": Outcome.UNKNOWN,
}
"""What the taking back of an invitation comes to, where it is not told by whether one was sent before."""

_KNOWN = {name: scene for scene in SCENES for name in (scene.slug, scene.id)}


def scene_of(slug: str | None, profile_id: str | None) -> Scene | None:
    """The magic person of this name or id; None for an ordinary one."""
    return _KNOWN.get(profile_id or "") or _KNOWN.get(slug or "")


def withdrawal(scene: Scene | None, *, pending: bool, tried: bool) -> Outcome:
    """What taking an invitation back comes to: ``pending`` when one was sent before, ``tried`` at another try."""
    special = WITHDRAWALS.get(scene.slug) if scene is not None else None
    if special in (None, Outcome.REFUSED, Outcome.UNKNOWN):
        if not pending:
            return Outcome.NOT_PENDING
        return Outcome.WITHDRAWN if special is None or tried else special
    return Outcome.NOT_PENDING if special is Outcome.CLIENT_OUTDATED and tried else special


def id_of(slug: str | None, profile_id: str | None) -> str:
    """The id that a person of the test world resolves to; always the same for the same name."""
    scene = scene_of(slug, profile_id)
    if scene is not None:
        return scene.id
    return profile_id or "ACoAATest" + (slug or "").encode("utf-8").hex()[:100]
