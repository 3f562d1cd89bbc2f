"""Profiles by vanity name or id, over REST and GraphQL, and who is signed in (wire reference 4 and 5)."""

import re
from random import Random

from curtsy.twin.answers import Reply, collection, denied_by_graphql, generic, inaccessible
from curtsy.twin.entities import full_profile, geo, mini_profile, mini_urn, top_card
from curtsy.twin.exchange import Json
from curtsy.twin.people import Person
from curtsy.twin.relationship import read_relationship, relationship_urn
from curtsy.twin.world import Viewer, World

QUERY = "identityDashProfilesByMemberIdentity"
LAST_FULL_WITH_RELATIONSHIP = 91

_DECORATION = re.compile(
    r"com\.linkedin\.voyager\.dash\.deco\.identity\.profile\."
    r"(WebTopCardCore|FullProfileWithEntities|FullProfile|TopCardSupplementary)-([0-9]+)"
)


def who_is_signed_in(viewer: Viewer) -> Reply:
    """Answer `/me`."""
    return Reply(
        {
            "plainId": viewer.person.member_number,
            "publicContactInfo": {"$type": "com.linkedin.voyager.identity.shared.PublicContactInfo"},
            "premiumSubscriber": viewer.premium,
            "*miniProfile": mini_urn(viewer.person),
            "$type": "com.linkedin.voyager.common.Me",
        },
        included=(mini_profile(viewer.person),),
    )


def profile_by_identity(world: World, viewer: Viewer, identity: str, decoration: str | None) -> Reply:
    """Answer `identity/dash/profiles?q=memberIdentity`; what is shown depends on the decoration's name."""
    matched = None if decoration is None else _DECORATION.fullmatch(decoration)
    if decoration is not None and matched is None:
        return generic(400)
    person = world.member(identity)
    if person is None or person.inaccessible:
        return inaccessible()
    name, version = (matched[1], int(matched[2])) if matched else ("", 0)
    profile = top_card(person)
    beside: list[Json] = [geo(person)]
    if name == "WebTopCardCore":
        profile |= _top_card_extras(world, person)
    if name == "FullProfileWithEntities":
        profile |= full_profile(person.biography)
    if name == "FullProfile" and person.biography is not None:
        profile |= {"summary": person.biography.summary, "industry": {"name": person.biography.industry}}
    related = name == "WebTopCardCore" or (name == "FullProfileWithEntities" and version <= LAST_FULL_WITH_RELATIONSHIP)
    if related:
        relationship = read_relationship(world, viewer, person, text_in_object=True)
        profile["*memberRelationship"] = relationship_urn(person)
        beside += [relationship.entity, *relationship.beside]
    return collection([person.profile_urn], mixed(world.rng, viewer.person, [profile, *beside]), start=0, count=10)


def profile_by_graphql(world: World, viewer: Viewer, identity: str) -> Reply:
    """Answer `voyagerIdentityDashProfiles` by vanity name or id; a refusal is a 200."""
    person = world.member(identity)
    if person is None or person.inaccessible:
        return denied_by_graphql(QUERY)
    relationship = read_relationship(world, viewer, person, graphql=True, text_in_object=True)
    profile = top_card(person) | _top_card_extras(world, person)
    profile["*memberRelationship"] = relationship_urn(person)
    entities = [profile, geo(person), relationship.entity, *relationship.beside]
    answer = {QUERY: {"*elements": [person.profile_urn], "$type": "com.linkedin.restli.common.CollectionResponse"}}
    return Reply({"data": answer}, included=tuple(mixed(world.rng, viewer.person, entities)))


def relationship_by_id(world: World, viewer: Viewer, identity: str) -> Reply:
    """Answer one MemberRelationship, read directly."""
    person = world.member(identity)
    if person is None or person.inaccessible:
        return inaccessible()
    relationship = read_relationship(world, viewer, person)
    return Reply(relationship.entity, included=tuple(mixed(world.rng, viewer.person, relationship.beside)))


def mixed(rng: Random, viewer: Person, entities: list[Json]) -> list[Json]:
    """Return each entity once in no order, except that the viewer's own Profile comes first when it is there."""
    once = {entity["entityUrn"]: entity for entity in reversed(entities)}
    own = once.pop(viewer.profile_urn, None)
    rest = list(once.values())
    rng.shuffle(rest)
    return rest if own is None else [own, *rest]


def _top_card_extras(world: World, person: Person) -> Json:
    account = world.signs_in(person)
    return {
        "$recipeTypes": [
            "com.linkedin.voyager.dash.deco.relationships.ProfileWithEmailRequired",
            "com.linkedin.voyager.dash.deco.identity.profile.WebTopCardCore",
        ],
        "emailRequired": person.email_required,
        "premium": account is not None and account.premium,
    }
