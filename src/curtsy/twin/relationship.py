"""How the viewer stands to a person, in the REST and the GraphQL spelling (wire reference 4.3)."""

from dataclasses import dataclass

from curtsy.twin.entities import dash_invitation, top_card, viewer_profile
from curtsy.twin.exchange import Json
from curtsy.twin.ledger import Invitation
from curtsy.twin.people import Person
from curtsy.twin.world import Viewer, World

UNION_KEYS = ("self", "connection", "noConnection")


@dataclass(frozen=True)
class Relationship:
    """The MemberRelationship entity and the entities that come along, the viewer's own Profile among them."""

    entity: Json
    beside: list[Json]


def relationship_urn(person: Person) -> str:
    """Return the URN; it has the same id as the profile."""
    return f"urn:li:fsd_memberRelationship:{person.profile_id}"


def read_relationship(
    world: World, viewer: Viewer, person: Person, *, graphql: bool = False, text_in_object: bool = False
) -> Relationship:
    """Read how the two stand now; reads may lag behind the book."""
    outgoing = world.readable_pending(viewer, person)
    incoming = next(
        (found for found in world.ledger.received_by(viewer.id) if found.inviter == person.profile_id), None
    )
    invitation = outgoing or incoming
    union = _union(world, viewer, person, invitation)
    beside = [viewer_profile(viewer.person)]
    if invitation is not None and "noConnection" in union:
        beside.append(dash_invitation(invitation, viewer.person, text_in_object=text_in_object))
        if invitation is outgoing:
            beside.append(top_card(person))
    since = world.ledger.connected_since(viewer.id, person.profile_id)
    if "*connection" in union and since is not None:
        beside.append(connection_entity(person, since))
    data = union
    if graphql:
        data, union = _with_nulls(union), _with_nulls(union)
    entity = {
        "$type": "com.linkedin.voyager.dash.relationships.MemberRelationship",
        "entityUrn": relationship_urn(person),
        ("memberRelationship" if graphql else "memberRelationshipUnion"): union,
        ("memberRelationshipDataResolutionResult" if graphql else "memberRelationshipData"): data,
    }
    return Relationship(entity, beside)


def connection_entity(person: Person, since: int) -> Json:
    """Return a Connection as the connections list and the union refer to it (wire reference 6.4)."""
    return {
        "$type": "com.linkedin.voyager.dash.relationships.Connection",
        "entityUrn": f"urn:li:fsd_connection:{person.profile_id}",
        "createdAt": since,
        "connectedMember": person.profile_urn,
        "*connectedMemberResolutionResult": person.profile_urn,
    }


def _union(world: World, viewer: Viewer, person: Person, invitation: Invitation | None) -> Json:
    if person.profile_id == viewer.id:
        return {"self": {}}
    since = world.ledger.connected_since(viewer.id, person.profile_id)
    if since is not None and person.connection_inline:
        kind = "com.linkedin.voyager.dash.relationships.Connection"
        return {"connection": {"createdAt": since, "$type": kind}}
    if since is not None:
        return {"*connection": f"urn:li:fsd_connection:{person.profile_id}"}
    if person.unreadable:
        return {"noConnection": {"invitationUnion": {}}}
    distance: Json = {} if person.distance is None else {"memberDistance": person.distance}
    if invitation is not None:
        return {"noConnection": {**distance, "invitationUnion": {"*invitation": invitation.urn}}}
    nobody = {
        "inviter": viewer.person.profile_urn,
        "targetInvitee": person.profile_urn,
        "*inviterResolutionResult": viewer.person.profile_urn,
        "*targetInviteeResolutionResult": person.profile_urn,
    }
    return {"noConnection": {**distance, "invitationUnion": {"noInvitation": nobody}}}


def _with_nulls(union: Json) -> Json:
    """Spell a union as GraphQL does: what is not so is null, and `invitationUnion` is called `invitation`."""
    spelled: Json = {key: union.get(key) for key in UNION_KEYS}
    if "*connection" in union:
        spelled["*connection"] = union["*connection"]
    known = union.get("noConnection")
    if known is not None:
        told = known["invitationUnion"]
        spelled["noConnection"] = {
            "memberDistance": known.get("memberDistance"),
            "invitation": {"noInvitation": told.get("noInvitation"), "*invitation": told.get("*invitation")},
        }
    return spelled
