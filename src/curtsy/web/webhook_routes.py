"""The rows of the route table about webhooks."""

from __future__ import annotations

from curtsy.domain import errors
from curtsy.service.access import Scope
from curtsy.web import webhooks
from curtsy.web.route import Route

_HOME = "/v1/webhook-endpoints"
_ONE = _HOME + "/{id}"
_UNKNOWN = (errors.UnknownEndpoint, errors.TryAgain)
_ONCE = (errors.InvalidIdempotencyKey, errors.IdempotencyKeyReused)

ROUTES: tuple[Route, ...] = (
    Route(
        "POST", _HOME, webhooks.make_endpoint, "Tell an address what happens", webhooks.EndpointTold,
        scope=Scope.MANAGE, request=webhooks.MakeEndpoint,
        refusals=(errors.InvalidAddress, *_ONCE, errors.TooManyEndpoints, errors.NoSecretFile, errors.TryAgain),
    ),
    Route(
        "GET", _HOME, webhooks.list_endpoints, "The team's webhook endpoints", webhooks.EndpointList,
        scope=Scope.MANAGE,
    ),
    Route(
        "GET", _ONE, webhooks.get_endpoint, "One webhook endpoint", webhooks.EndpointTold,
        scope=Scope.MANAGE, refusals=(errors.UnknownEndpoint,),
    ),
    Route(
        "PATCH", _ONE, webhooks.change_endpoint, "Change a webhook endpoint, or switch it off and on",
        webhooks.EndpointTold, scope=Scope.MANAGE, request=webhooks.ChangeEndpoint,
        refusals=(errors.InvalidAddress, *_UNKNOWN),
    ),
    Route(
        "DELETE", _ONE, webhooks.remove_endpoint, "Remove a webhook endpoint", webhooks.InLine,
        scope=Scope.MANAGE, refusals=_UNKNOWN,
    ),
    Route(
        "POST", _ONE + "/rotate-secret", webhooks.rotate_secret, "Give a webhook endpoint another secret",
        webhooks.EndpointTold, scope=Scope.MANAGE,
        refusals=(errors.NoSecretFile, errors.TooManySecrets, *_ONCE, *_UNKNOWN),
    ),
    Route(
        "POST", _ONE + "/test", webhooks.test_endpoint, "Send a test message", webhooks.InLine,
        scope=Scope.MANAGE, refusals=(*_ONCE, *_UNKNOWN),
    ),
    Route(
        "GET", _ONE + "/deliveries", webhooks.list_deliveries, "What came of telling an endpoint",
        webhooks.DeliveryList, scope=Scope.MANAGE,
        query={"limit": "1 to 100, 100 if left out", "cursor": "the next_cursor of the page before"},
        refusals=(errors.UnknownEndpoint,),
    ),
    Route(
        "POST", _ONE + "/deliveries/{delivery}/replay", webhooks.replay_delivery, "Send a message once more",
        webhooks.InLine, scope=Scope.MANAGE, refusals=(errors.UnknownDelivery, *_ONCE, *_UNKNOWN),
    ),
    Route(
        "POST", _ONE + "/replay", webhooks.replay_range, "Send everything of a time once more", webhooks.InLine,
        scope=Scope.MANAGE, request=webhooks.ReplayRange, refusals=_UNKNOWN,
    ),
)  # fmt: skip
