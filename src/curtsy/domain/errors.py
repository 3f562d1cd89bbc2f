"""Every refusal: a stable code, a sentence that says what to do, and nothing about HTTP.

Refusal
├── of a call      MissingApiKey InvalidApiKey MissingScope MalformedBody InvalidField BodyTooLarge UnsupportedMediaType
│                  MethodNotAllowed NoSuchRoute NotAWebSocket InvalidIdempotencyKey IdempotencyKeyReused TryAgain
│                  MalformedRequest HeadTooLarge TooSlow
├── of an action   InvalidProfileUrn InvalidProfileSlug InvalidNote NoteTooLong InvalidTaskId TaskNotFound NoAdmin
│                  UnknownMember MemberNotActive NoActiveAgent DoNotContact CoolingDown InvitationLimitReached
│                  NoteLimitReached InFlight TaskEnded NotInReview NotSent NotSettled NotWaiting
├── of an agent    in ``domain.agent``: they belong to the agent protocol
└── of management  UnknownTeam UnknownKey UnknownAgent EmailTaken InvalidEmail InvalidName InvalidPace InvalidHours
                   NotListed LastAdmin SignInRequired UnknownEndpoint UnknownDelivery TooManyEndpoints TooManySecrets
                   InvalidAddress NoSecretFile LentSession

Where the seed page gives the text of a refusal, the sentence is that text to the letter.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """We say no, with a stable ``code`` and a ``sentence``; ``retry_at`` is milliseconds since 1970 when known."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "Refused"

    def __init__(self, sentence: str | None = None, *, retry_at: int | None = None, **fields: object) -> None:
        super().__init__(sentence or self.sentence)
        self.retry_at = retry_at
        self.fields = fields


# ------------------------------------------------------------------ of a call


class MissingApiKey(Refusal):
    code, sentence = "missing_api_key", "Missing API Key"


class InvalidApiKey(Refusal):
    code, sentence = "invalid_api_key", "Invalid API Key"


class MissingScope(Refusal):
    code, sentence = "missing_scope", "This API key may not do that: create one with a wider scope"


class MalformedBody(Refusal):
    code, sentence = "malformed_body", "The body is not valid JSON in UTF-8: send one JSON object"


class InvalidField(Refusal):
    code, sentence = "invalid_field", "A field has a value that cannot be used"


class BodyTooLarge(Refusal):
    code, sentence = "body_too_large", "The body is over 64 KiB: send a smaller one"


class UnsupportedMediaType(Refusal):
    code, sentence = "unsupported_media_type", "Send the body as JSON, with Content-Type: application/json"


class MethodNotAllowed(Refusal):
    code, sentence = "method_not_allowed", "Method Not Allowed"


class NoSuchRoute(Refusal):
    code, sentence = "no_such_route", "There is nothing at this address: see /docs"


class MalformedRequest(Refusal):
    code, sentence = "malformed_request", "This is not HTTP/1.1: check what builds the request"


class HeadTooLarge(Refusal):
    code, sentence = "head_too_large", "The address and the headers are over 32 KiB: send less of them"


class TooSlow(Refusal):
    code, sentence = "too_slow", "The request did not arrive in time: send it again, without a pause"


class NotAWebSocket(Refusal):
    code, sentence = "not_a_websocket", "The bell is a WebSocket: connect to it with ws:// or wss://"


class InvalidIdempotencyKey(Refusal):
    code, sentence = "invalid_idempotency_key", "An Idempotency-Key has 1 to 255 printable characters"


class IdempotencyKeyReused(Refusal):
    code = "idempotency_key_reused"
    sentence = "This Idempotency-Key came with another request before: use a new key for a new request"


class TryAgain(Refusal):
    code, sentence = (
        "try_again",
        "The server cannot do this now: send the same request again a little later, it is safe to",
    )


# ------------------------------------------------------------------ of an action


class InvalidProfileUrn(Refusal):
    code, sentence = "invalid_profile_urn", "Missing or invalid 'profile_urn'"


class InvalidProfileSlug(Refusal):
    code, sentence = "invalid_profile_slug", "Missing or invalid 'profile_slug'"


class InvalidNote(Refusal):
    code, sentence = "invalid_note", "Invalid 'note': must be a string"


class NoteTooLong(Refusal):
    code, sentence = "note_too_long", "Invalid 'note': must be 300 characters or fewer"


class InvalidTaskId(Refusal):
    code, sentence = "invalid_api_agent_task_id", "Missing or invalid 'api_agent_task_id'"


class TaskNotFound(Refusal):
    code, sentence = "task_not_found", "Agent task not found"


class NoAdmin(Refusal):
    code, sentence = "no_admin", "No admin user found in the team"


class UnknownMember(Refusal):
    code, sentence = "unknown_member", "No member of the team has this id or email"


class MemberNotActive(Refusal):
    code = "member_not_active"
    sentence = "This member's browser has not been active within the last 48 hours: open it, or pair one"


class NoActiveAgent(Refusal):
    code = "no_active_agent"
    sentence = (
        "Plugin installation required: Please install the Curtsy browser extension on at least one team member's "
        "account to use the API. The plugin must have been active within the last 48 hours."
    )


class DoNotContact(Refusal):
    code = "do_not_contact"
    sentence = "This person is on the team's do-not-contact list: nobody of the team invites them"


class CoolingDown(Refusal):
    code = "cooling_down"
    sentence = "This person is not to be asked again yet: 'retry_at' says until when, where that is known"


class InvitationLimitReached(Refusal):
    code, sentence = "invitation_limit_reached", "LinkedIn invitation limit reached"


class NoteLimitReached(Refusal):
    code, sentence = "note_limit_reached", "LinkedIn invitation limit reached"


class InFlight(Refusal):
    code = "in_flight"
    sentence = "The browser is sending this one now: it can no longer be cancelled, and it will not be tried again"


class NotSent(Refusal):
    code = "not_sent"
    sentence = "No invitation was sent by this task, so there is nothing to withdraw: if it still waits, cancel it"


class NotSettled(Refusal):
    code = "not_settled"
    sentence = "Whether this invitation was sent is not known yet: withdraw it once its task has ended"


class NotWaiting(Refusal):
    code = "not_waiting"
    sentence = "This invitation waits for nobody's yes any more"


class NotInReview(Refusal):
    code = "not_in_review"
    sentence = "Only a task that needs review is settled by a person: this one is looked after, or has ended"


class TaskEnded(Refusal):
    code, sentence = "task_ended", "The task has already ended: there is nothing left to cancel"


# ------------------------------------------------------------------ of management


class UnknownTeam(Refusal):
    code, sentence = "unknown_team", "No team has this name or id: see `curtsy team list`"


class UnknownKey(Refusal):
    code, sentence = "unknown_key", "No key of the team has this id: see `curtsy key list`"


class UnknownAgent(Refusal):
    code, sentence = "unknown_agent", "No browser of the team has this id"


class EmailTaken(Refusal):
    code, sentence = "email_taken", "A member of the team already has this email"


class InvalidEmail(Refusal):
    code, sentence = "invalid_email", "This is not an email address: give one like ada@example.com"


class InvalidName(Refusal):
    code, sentence = "invalid_name", "A name has 1 to 100 characters"


class InvalidPace(Refusal):
    code = "invalid_pace"
    sentence = "A pace has a day of 1 to 50, a week of 1 to 200 and a spacing of 0-0 to 3600-3600 seconds"


class InvalidHours(Refusal):
    code = "invalid_hours"
    sentence = (
        "Hours are days, when to begin, when to end later that day, and a time zone: mon-fri 09:00-17:00, Europe/Berlin"
    )


class NotListed(Refusal):
    code, sentence = "not_listed", "Nothing of this kind keeps this person from being invited"


class LastAdmin(Refusal):
    code, sentence = "last_admin", "This is the team's only admin: make another member admin first"


class LentSession(Refusal):
    code = "lent_session"
    sentence = (
        "Somebody else made the sign-in link of this session, so it can make things stricter and no more: use Curtsy's "
        "popup in the paired browser, or a sign-in link of your own"
    )


class SignInRequired(Refusal):
    code, sentence = "sign_in_required", "Sign in first: ask whoever runs the server for a sign-in link"


# ------------------------------------------------------------------ of webhooks


class UnknownEndpoint(Refusal):
    code, sentence = "unknown_endpoint", "No webhook endpoint of the team has this id"


class UnknownDelivery(Refusal):
    code, sentence = "unknown_delivery", "No delivery of this endpoint has this id"


class TooManyEndpoints(Refusal):
    code, sentence = "too_many_endpoints", "A team has at most 20 webhook endpoints: remove one first"


class TooManySecrets(Refusal):
    code = "too_many_secrets"
    sentence = "This endpoint was given four new secrets within 24 hours: wait until 'retry_at'"


class InvalidAddress(Refusal):
    code = "invalid_address"
    sentence = (
        "Invalid 'url': must be an https address on the internet, on port 80, 443 or above 1023, without a name or "
        "password in it"
    )


class NoSecretFile(Refusal):
    code = "no_secret_file"
    sentence = "Webhooks need CURTSY_SECRET_FILE: a file that every server process can read, with a key to seal secrets"
