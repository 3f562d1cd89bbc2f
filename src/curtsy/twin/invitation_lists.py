"""Lists of invitations and connections, and what can be done to one that exists (wire reference 6)."""

from dataclasses import replace
from typing import Any

from curtsy.twin.answers import Reply, action, collection, generic, refused
from curtsy.twin.entities import dash_invitation, mini_profile, old_invitation, top_card
from curtsy.twin.exchange import Json
from curtsy.twin.ledger import Invitation, State, Withdrawal
from curtsy.twin.people import Person
from curtsy.twin.profiles import mixed
from curtsy.twin.relationship import connection_entity
from curtsy.twin.world import Viewer, World

SENT_QUERY = "relationshipsDashSentInvitationViewsByInvitationType"
VIEW = "com.linkedin.voyager.dash.relationships.invitation.SentInvitationView"


def sent_list(world: World, viewer: Viewer, start: int, count: int) -> Reply:
    """Answer `sentInvitationViewsV2`: newest first, no total, the viewer's MiniProfile among the others."""
    page = world.ledger.sent_by(viewer.id, world.now())[start : start + count]
    views: list[Json] = []
    included = [mini_profile(viewer.person)]
    for found in page:
        view_urn = f"urn:li:fs_relSentInvitationView:urn:li:invitation:{found.number}"
        views.append(
            {
                "$type": "com.linkedin.voyager.relationships.invitation.SentInvitationView",
                "entityUrn": view_urn,
                "*invitation": f"urn:li:fs_relInvitation:{found.number}",
            }
        )
        included += [mini_profile(_known(world, found.invitee)), old_invitation(found, viewer.person)]
    kind = "com.linkedin.voyager.relationships.invitation.SentInvitationsMetadata"
    metadata = {"invitationType": "CONNECTION", "$type": kind}
    urns = [view["entityUrn"] for view in views]
    return collection(
        urns, mixed(world.rng, viewer.person, included + views), start=start, count=count, metadata=metadata
    )


def sent_list_dash(world: World, viewer: Viewer, start: int, count: int) -> Reply:
    """Answer `voyagerRelationshipsDashSentInvitationViews`; `paging.total` is 0 whatever there is."""
    urns, included = _dash_views(world, viewer, start, count)
    reply = collection(urns, included, start=start, count=count)
    return replace(reply, data={**reply.data, "paging": {**reply.data["paging"], "total": 0}})


def sent_list_graphql(world: World, viewer: Viewer, start: int, count: int) -> Reply:
    """Answer the same list over GraphQL."""
    urns, included = _dash_views(world, viewer, start, count)
    page = {"*elements": urns, "paging": {"count": count, "start": start, "total": 0, "links": []}}
    return Reply({"data": {SENT_QUERY: page}}, included=tuple(included))


def received_list(world: World, viewer: Viewer, start: int, count: int) -> Reply:
    """Answer `invitationViews?q=receivedInvitation`."""
    page = world.ledger.received_by(viewer.id)[start : start + count]
    urns, included = [], [mini_profile(viewer.person)]
    for found in page:
        urn = f"urn:li:fs_relInvitationView:{found.number}"
        urns.append(urn)
        view: Json = {
            "$type": "com.linkedin.voyager.relationships.invitation.InvitationView",
            "entityUrn": urn,
            "*invitation": f"urn:li:fs_relInvitation:{found.number}",
            "genericInvitationView": None,
            "insights": [],
        }
        included += [view, old_invitation(found, viewer.person), mini_profile(_known(world, found.inviter))]
    return collection(urns, mixed(world.rng, viewer.person, included), start=start, count=count)


def connections(world: World, viewer: Viewer, start: int, count: int, keyword: str, sort: str) -> Reply:
    """Answer the connections whose names have the keyword in them: newest first, or by name."""
    people = [(_known(world, member_id), at) for member_id, at in world.ledger.connections_of(viewer.id)]
    found = [(one, at) for one, at in people if keyword.lower() in f"{one.first_name} {one.last_name}".lower()]
    if sort == "FIRSTNAME_LASTNAME":
        found.sort(key=lambda entry: (entry[0].first_name, entry[0].last_name))
    elif sort == "LASTNAME_FIRSTNAME":
        found.sort(key=lambda entry: (entry[0].last_name, entry[0].first_name))
    urns, included = [], []
    for person, since in found[start : start + count]:
        entity = connection_entity(person, since)
        urns.append(entity["entityUrn"])
        included += [entity, top_card(person)]
    return collection(urns, mixed(world.rng, viewer.person, included), start=start, count=count)


def summary(world: World, viewer: Viewer) -> Reply:
    """Answer `invitationsSummary`; the counters of sent invitations have been null since 2026."""
    waiting = len(world.ledger.received_by(viewer.id))
    return Reply(
        {
            "numNewInvitations": waiting,
            "numPendingInvitations": waiting,
            "numTotalSentInvitations": None,
            "$type": "com.linkedin.voyager.relationships.invitation.InvitationsSummary",
        }
    )


def facets(world: World, viewer: Viewer) -> Reply:
    """Answer `voyagerRelationshipsDashGenericInvitationFacets?q=sent`, which still counts."""
    sent = len(world.ledger.sent_by(viewer.id, world.now()))
    reply = collection([], (), start=0, count=10)
    facet = {"numTotalSentInvitations": sent, "genericInvitationType": "CONNECTION"}
    return replace(reply, data={**reply.data, "elements": [facet]})


def withdraw(world: World, viewer: Viewer, number: int, *, dash: bool) -> Reply:
    """Take back an invitation of the viewer's own, and write that down; 404 for any other."""
    found = world.ledger.numbered(number)
    mine = found if found is not None and found.inviter == viewer.id else None
    reply = generic(404) if mine is None or mine.state is not State.PENDING else _take_back(world, viewer, mine, dash)
    invitee, urn = mine.invitee if mine else None, f"urn:li:fsd_invitation:{number}"
    world.ledger.withdrawals.append(Withdrawal(world.now(), viewer.id, invitee, urn, reply.status))
    return reply


def _take_back(world: World, viewer: Viewer, found: Invitation, dash: bool) -> Reply:
    person = _known(world, found.invitee)
    if person.withdrawal == "refused":
        return refused("UNKNOWN_TO_US", 409)
    if person.withdrawal == "lost_once" and person.profile_id not in viewer.lost_for:
        viewer.lost_for.add(person.profile_id)
        return generic(500)
    world.ledger.withdraw(found.inviter, found.invitee, world.now())
    return action(None) if dash else Reply({"value": "Invitation withdrawn"})


def answer_received(world: World, viewer: Viewer, number: int, verb: str, body: Any) -> Reply:
    """Accept or ignore an invitation to the viewer; 404 for a wrong id or secret (wire reference 6.3)."""
    found = world.ledger.numbered(number)
    secret = body.get("invitationSharedSecret", body.get("sharedSecret")) if isinstance(body, dict) else None
    if found is None or found.invitee != viewer.id or found.state is not State.PENDING or secret != found.secret:
        return generic(404)
    if verb == "accept":
        world.ledger.connect(found.inviter, found.invitee, world.now())
    else:
        world.ledger.end(found.inviter, found.invitee, State.DECLINED)
    return action(None)


def _dash_views(world: World, viewer: Viewer, start: int, count: int) -> tuple[list[str], list[Json]]:
    page = world.ledger.sent_by(viewer.id, world.now())[start : start + count]
    entities: list[Json] = [top_card(viewer.person)]
    urns = []
    for found in page:
        urn = f"urn:li:fsd_sentInvitationView:{found.urn}"
        urns.append(urn)
        entities += [
            {"$type": VIEW, "entityUrn": urn, "*invitation": found.urn},
            dash_invitation(found, viewer.person, text_in_object=False),
            top_card(_known(world, found.invitee)),
        ]
    return urns, mixed(world.rng, viewer.person, entities)


def _known(world: World, profile_id: str) -> Person:
    person = world.member(profile_id)
    if person is None:
        raise LookupError(profile_id)
    return person
