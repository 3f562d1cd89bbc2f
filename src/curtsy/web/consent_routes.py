"""The rows of the route table for what a member has a say in, from their own browser."""

from __future__ import annotations

from curtsy.domain import errors
from curtsy.web import agents, consent
from curtsy.web.route import Entrance, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/agent/approvals",
        consent.list_approvals,
        "What waits for the member's yes",
        agents.Said,
        Entrance.AGENT,
    ),
    Route(
        "POST",
        "/agent/approvals/{id}",
        consent.decide,
        "The member's yes or no to an invitation",
        agents.Said,
        Entrance.AGENT,
        request=consent.Decide,
        refusals=(errors.TaskNotFound, errors.NotWaiting),
    ),
    Route("GET", "/agent/consent", consent.get_consent, "What the member allows", agents.Said, Entrance.AGENT),
    Route(
        "POST",
        "/agent/consent",
        consent.set_consent,
        "Change what the member allows",
        agents.Said,
        Entrance.AGENT,
        request=consent.Allow,
        refusals=(errors.InvalidPace,),
    ),
    Route("GET", "/agent/history", consent.history, "What was done in the member's name", agents.Said, Entrance.AGENT),
)
