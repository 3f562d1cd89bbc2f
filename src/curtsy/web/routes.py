"""The route table: every call of the API, once. The doors and protocol/openapi.json are both made from it."""

from __future__ import annotations

from curtsy.domain import agent as protocol
from curtsy.domain import errors
from curtsy.service.access import Scope
from curtsy.web import actions, agents, batch, resources, webhook_routes
from curtsy.web.openapi import document
from curtsy.web.route import Call, Entrance, Route
from curtsy.web.wire import Answer, answer

_SENDER = (errors.UnknownMember, errors.MemberNotActive)
_ONCE = (errors.InvalidIdempotencyKey, errors.IdempotencyKeyReused)
_GATES = (*_ONCE, errors.NoAdmin, *_SENDER, errors.NoActiveAgent, errors.TryAgain)
_LEASE = (protocol.LeaseLost,)


async def openapi_json(_call: Call) -> Answer:
    """This very table as a document."""
    return answer(200, document(ROUTES))


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/linkedin-agent/send-connection-request",
        actions.send_connection_request,
        "Invite one person",
        actions.TaskMade,
        scope=Scope.INVITE,
        request=actions.SendConnectionRequest,
        refusals=(
            errors.InvalidProfileUrn,
            errors.InvalidNote,
            errors.NoteTooLong,
            *_GATES,
            errors.CoolingDown,
            errors.InvitationLimitReached,
            errors.NoteLimitReached,
        ),
        waits=True,
    ),
    Route(
        "POST",
        "/linkedin-agent/send-connection-requests",
        batch.send_connection_requests,
        "Invite up to a thousand people",
        batch.BatchDone,
        scope=Scope.INVITE,
        request=batch.SendConnectionRequests,
        refusals=(*_ONCE, errors.TryAgain),
        body_limit=batch.BODY_LIMIT,
    ),
    Route(
        "POST",
        "/linkedin-agent/fetch-profile",
        actions.fetch_profile,
        "Read one profile",
        actions.TaskMade,
        scope=Scope.INVITE,
        request=actions.FetchProfile,
        refusals=(errors.InvalidProfileSlug, *_GATES),
        waits=True,
    ),
    Route(
        "POST",
        "/linkedin-agent/withdraw-connection-request",
        actions.withdraw_connection_request,
        "Take one invitation back",
        actions.TaskMade,
        scope=Scope.INVITE,
        request=actions.WithdrawConnectionRequest,
        refusals=(
            errors.InvalidTaskId,
            errors.TaskNotFound,
            errors.InvalidProfileUrn,
            errors.NotSent,
            errors.NotSettled,
            *_GATES,
        ),
        waits=True,
    ),
    Route(
        "POST",
        "/linkedin-agent/fetch-connections",
        actions.fetch_connections,
        "Read a page of the sender's connections",
        actions.TaskMade,
        scope=Scope.INVITE,
        request=actions.FetchConnections,
        refusals=_GATES,
        waits=True,
    ),
    Route(
        "GET",
        "/linkedin-agent/get-task-status",
        actions.get_task_status,
        "Where a task stands, and what came of it",
        actions.TaskStatus,
        query={
            "api_agent_task_id": "the id that making the task answered",
            "wait": "seconds to wait for its end, up to 55; the same as Prefer: wait=N",
        },
        refusals=(errors.InvalidTaskId, errors.TaskNotFound),
        waits=True,
    ),
    Route(
        "POST",
        "/linkedin-agent/cancel-task",
        actions.cancel_task,
        "Cancel a task that has not been started",
        actions.TaskStatus,
        scope=Scope.INVITE,
        request=actions.CancelTask,
        refusals=(
            errors.InvalidTaskId,
            errors.TaskNotFound,
            *_ONCE,
            errors.InFlight,
            errors.TaskEnded,
            errors.TryAgain,
        ),
        waits=True,
    ),
    Route(
        "GET",
        "/v1/tasks",
        resources.list_tasks,
        "The team's tasks, newest first",
        resources.TaskList,
        query={
            "limit": "1 to 100, 100 if left out",
            "cursor": "the next_cursor of the page before",
            "status": "pending, processing, completed, failed or cancelled",
            "metadata.key": "tasks whose metadata has this value under that key",
        },
    ),
    Route(
        "GET",
        "/v1/tasks/{id}",
        resources.get_task,
        "One task",
        actions.TaskStatus,
        refusals=(errors.InvalidTaskId, errors.TaskNotFound),
        waits=True,
    ),
    Route(
        "POST",
        "/v1/tasks/{id}/settle",
        resources.settle_task,
        "Say what became of a task that needs review",
        actions.TaskStatus,
        scope=Scope.MANAGE,
        request=resources.SettleTask,
        refusals=(errors.InvalidTaskId, errors.TaskNotFound, errors.NotInReview, errors.TryAgain),
    ),
    Route(
        "GET",
        "/v1/events",
        resources.list_events,
        "What happened in the team, oldest first",
        resources.EventList,
        query={
            "limit": "1 to 100, 100 if left out",
            "cursor": "the next_cursor of the page before, however long ago; 0-0 is the very beginning",
            "types": "the types of events to tell, with commas between; all if left out",
        },
        refusals=(errors.TryAgain,),
        streams=True,
    ),
    *webhook_routes.ROUTES,
    Route("GET", "/healthz", resources.healthz, "The process answers", resources.Health, Entrance.ANYONE),
    Route("GET", "/readyz", resources.readyz, "The process and its database answer", resources.Health, Entrance.ANYONE),
    Route("GET", "/openapi.json", openapi_json, "This API as an OpenAPI document", resources.Document, Entrance.ANYONE),
    Route(
        "POST",
        "/agent/pair",
        agents.pair,
        "Swap a pairing code for a token",
        agents.Said,
        Entrance.ANYONE,
        request=agents.Pair,
        refusals=(
            protocol.UnknownCode,
            protocol.CodeUsed,
            protocol.CodeExpired,
            protocol.LinkedinAccountTaken,
            protocol.LinkedinRequired,
            protocol.VersionTooOld,
        ),
    ),
    Route(
        "POST",
        "/agent/lease",
        agents.lease,
        "Ask for work",
        agents.Said,
        Entrance.AGENT,
        request=agents.Lease,
        refusals=(protocol.VersionTooOld, protocol.JournalRequired),
    ),
    Route(
        "POST",
        "/agent/tasks/{id}/start",
        agents.start,
        "Announce the act",
        agents.Said,
        Entrance.AGENT,
        request=agents.Start,
        refusals=(
            *_LEASE,
            protocol.Cancelled,
            protocol.WrongMember,
            protocol.NotConnectable,
            protocol.Merged,
            protocol.NotNow,
        ),
    ),
    Route(
        "POST",
        "/agent/tasks/{id}/finish",
        agents.finish,
        "Report what came of a lease",
        agents.Said,
        Entrance.AGENT,
        request=agents.Finish,
        refusals=(*_LEASE, protocol.NotStarted),
    ),
    Route(
        "POST",
        "/agent/tasks/{id}/release",
        agents.release,
        "Give a task back before its start",
        agents.Said,
        Entrance.AGENT,
        request=agents.Release,
        refusals=(*_LEASE, protocol.Started),
    ),
    Route(
        "POST",
        "/agent/journal",
        agents.journal,
        "Send what the agent remembers, after a restore",
        agents.Said,
        Entrance.AGENT,
        request=agents.Journal,
    ),
    Route(
        "POST",
        "/agent/resume",
        agents.resume,
        "The member has looked at LinkedIn: go on",
        agents.Said,
        Entrance.AGENT,
        request=agents.Resume,
    ),
    Route("POST", "/agent/unpair", agents.unpair, "End this pairing", agents.Said, Entrance.AGENT),
)
