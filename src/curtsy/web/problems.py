"""How a refusal is phrased over HTTP: one table of statuses, one shape of body."""

from __future__ import annotations

from curtsy.domain import agent, errors
from curtsy.domain.errors import Refusal
from curtsy.web.wire import Answer, answer, rfc3339

STATUS: dict[type[Refusal], int] = {
    errors.MissingApiKey: 401,
    errors.InvalidApiKey: 401,
    errors.MissingScope: 403,
    errors.MalformedBody: 400,
    errors.InvalidField: 400,
    errors.BodyTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.MethodNotAllowed: 405,
    errors.NoSuchRoute: 404,
    errors.NotAWebSocket: 426,
    errors.MalformedRequest: 400,
    errors.HeadTooLarge: 431,
    errors.TooSlow: 408,
    errors.InvalidIdempotencyKey: 400,
    errors.IdempotencyKeyReused: 422,
    errors.TryAgain: 503,
    errors.InvalidProfileUrn: 400,
    errors.InvalidProfileSlug: 400,
    errors.InvalidNote: 400,
    errors.NoteTooLong: 400,
    errors.InvalidTaskId: 400,
    errors.TaskNotFound: 404,
    errors.NoAdmin: 404,
    errors.UnknownMember: 404,
    errors.MemberNotActive: 403,
    errors.NoActiveAgent: 403,
    errors.DoNotContact: 409,
    errors.CoolingDown: 409,
    errors.InvitationLimitReached: 429,
    errors.NoteLimitReached: 429,
    errors.InFlight: 409,
    errors.TaskEnded: 409,
    errors.NotInReview: 409,
    errors.NotWaiting: 409,
    errors.NotSent: 409,
    errors.NotSettled: 409,
    errors.UnknownTeam: 404,
    errors.UnknownKey: 404,
    errors.UnknownAgent: 404,
    errors.EmailTaken: 409,
    errors.InvalidEmail: 400,
    errors.InvalidName: 400,
    errors.InvalidPace: 400,
    errors.InvalidHours: 400,
    errors.NotListed: 404,
    errors.LastAdmin: 409,
    errors.LentSession: 403,
    errors.SignInRequired: 401,
    errors.UnknownEndpoint: 404,
    errors.UnknownDelivery: 404,
    errors.TooManyEndpoints: 409,
    errors.TooManySecrets: 409,
    errors.InvalidAddress: 400,
    errors.NoSecretFile: 409,
    agent.AgentRevoked: 401,
    agent.VersionTooOld: 426,
    agent.UnknownCode: 404,
    agent.CodeUsed: 409,
    agent.CodeExpired: 410,
    agent.LinkedinAccountTaken: 409,
    agent.LinkedinRequired: 400,
    agent.LeaseLost: 409,
    agent.Cancelled: 409,
    agent.WrongMember: 409,
    agent.NotConnectable: 409,
    agent.Merged: 409,
    agent.NotNow: 409,
    agent.Started: 409,
    agent.JournalRequired: 409,
    agent.NotStarted: 409,
}


def phrase(refusal: Refusal, request_id: str, now: int) -> Answer:
    """The HTTP answer that says no: ``{"success": false, "error", "code", "request_id"}`` and what else helps."""
    fields = dict(refusal.fields)
    headers: list[tuple[bytes, bytes]] = []
    retry_after_ms = fields.pop("retry_after_ms", None)
    if refusal.retry_at is not None:
        fields["retry_at"] = rfc3339(refusal.retry_at)
        retry_after_ms = refusal.retry_at - now
    if isinstance(retry_after_ms, int):
        headers.append((b"retry-after", str(max(1, -(-retry_after_ms // 1000))).encode()))
    for name in ("allow", "upgrade"):
        if (value := fields.pop(name, None)) is not None:
            headers.append((name.encode(), str(value).encode()))
    body = {"success": False, "error": str(refusal), "code": refusal.code, "request_id": request_id, **fields}
    return answer(STATUS[type(refusal)], body, headers)
