"""The things Voyager's answers are made of, shaped as in the captures (wire reference 4, 5 and 6)."""

import base64
import hashlib

from curtsy.twin.biography import Biography, Month
from curtsy.twin.exchange import Json
from curtsy.twin.ledger import Invitation
from curtsy.twin.people import Person

PROFILE = "com.linkedin.voyager.dash.identity.profile.Profile"
DECO = "com.linkedin.voyager.dash.deco"


def tracking_id(person: Person) -> str:
    """Return 16 bytes in base64, always the same for the same person."""
    return base64.b64encode(hashlib.md5(person.slug.encode(), usedforsecurity=False).digest()).decode()


def geo_urn(person: Person) -> str:
    """Return the URN of the person's place."""
    return f"urn:li:fsd_geo:{int.from_bytes(hashlib.sha256(person.place.encode()).digest()[:3], 'big')}"


def top_card(person: Person) -> Json:
    """Return a Profile as a read without decoration has it."""
    return {
        "$type": PROFILE,
        "$recipeTypes": [f"{DECO}.identity.profile.WebTopCardCore"],
        "entityUrn": person.profile_urn,
        "objectUrn": f"urn:li:member:{person.member_number}",
        "publicIdentifier": person.public_identifier,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "headline": person.headline,
        "multiLocaleHeadline": {"en_US": person.headline},
        "showPremiumSubscriberBadge": None,
        "influencer": False,
        "creator": False,
        "memorialized": False,
        "trackingId": tracking_id(person),
        "versionTag": "1",
        "primaryLocale": {"country": "US", "language": "en", "$type": "com.linkedin.common.Locale"},
        "location": {"countryCode": "us" if "United States" in person.place else "gb"},
        "geoLocation": {
            "*geo": geo_urn(person),
            "geoUrn": geo_urn(person),
            "$type": "com.linkedin.voyager.dash.identity.profile.ProfileGeoLocation",
        },
        "profilePicture": None,
    }


def geo(person: Person) -> Json:
    """Return the Geo entity, the only readable place of a profile."""
    return {
        "$type": "com.linkedin.voyager.dash.common.Geo",
        "entityUrn": geo_urn(person),
        "defaultLocalizedName": person.place,
        "defaultLocalizedNameWithoutCountryName": person.place.partition(",")[0],
    }


def viewer_profile(person: Person) -> Json:
    """Return the viewer's own Profile, which comes along with relationships and is not the one asked for."""
    return {
        "$type": PROFILE,
        "$recipeTypes": [f"{DECO}.relationships.ProfileWithIweWarned"],
        "entityUrn": person.profile_urn,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "iweWarned": False,
    }


def mini_profile(person: Person) -> Json:
    """Return a MiniProfile of the older lists and of `/me`."""
    return {
        "$type": "com.linkedin.voyager.identity.shared.MiniProfile",
        "entityUrn": mini_urn(person),
        "dashEntityUrn": person.profile_urn,
        "objectUrn": f"urn:li:member:{person.member_number}",
        "publicIdentifier": person.public_identifier,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "occupation": person.headline,
        "trackingId": tracking_id(person),
        "picture": None,
    }


def mini_urn(person: Person) -> str:
    """Return the older URN of the same id."""
    return f"urn:li:fs_miniProfile:{person.profile_id}"


def dash_invitation(found: Invitation, viewer: Person, *, text_in_object: bool) -> Json:
    """Return an Invitation of the dash family; its message is a string here and an object there, its state now and
    then null, its `invitationId` too big for a JavaScript number (wire reference 4.3 and 9.4)."""
    invitee_urn = f"urn:li:fsd_profile:{found.invitee}"
    wrapped = {"text": found.message} if found.message is not None and text_in_object else found.message
    return {
        "$type": "com.linkedin.voyager.dash.relationships.invitation.Invitation",
        "entityUrn": found.urn,
        "invitationId": int(float(found.number)),
        "invitationType": "SENT" if found.inviter == viewer.profile_id else "RECEIVED",
        "invitationState": "PENDING" if found.number % 2 else None,
        "genericInvitationType": "CONNECTION",
        "inviteeMember": invitee_urn,
        "*inviteeMemberResolutionResult": invitee_urn,
        "genericInviter": {"*memberProfileUrn": f"urn:li:fsd_profile:{found.inviter}"},
        "message": wrapped,
        "sentTime": found.sent_at,
        "sharedSecret": found.secret,
    }


def old_invitation(found: Invitation, viewer: Person) -> Json:
    """Return an Invitation of the older lists: `customMessage` is a boolean, the text is `message` (6.1, 6.3)."""
    sent = found.inviter == viewer.profile_id
    return {
        "$type": "com.linkedin.voyager.relationships.invitation.Invitation",
        "entityUrn": f"urn:li:fs_relInvitation:{found.number}",
        "mailboxItemId": f"urn:li:invitation:{found.number}",
        "invitationType": "SENT" if sent else "PENDING",
        "sentTime": found.sent_at,
        "customMessage": found.message is not None,
        "message": found.message,
        "sharedSecret": found.secret,
        "*fromMember": f"urn:li:fs_miniProfile:{found.inviter}",
        "fromMemberId": found.inviter,
        "*toMember": f"urn:li:fs_miniProfile:{found.invitee}",
        "toMemberId": found.invitee,
        "invitee": {
            "*miniProfile": f"urn:li:fs_miniProfile:{found.invitee}",
            "$type": "com.linkedin.voyager.relationships.invitation.ProfileInvitee",
        },
    }


def full_profile(biography: Biography | None) -> Json:
    """Return what FullProfileWithEntities adds: inlined lists, positions grouped per employer (wire reference 4.1)."""
    if biography is None:
        return {
            "summary": None,
            "industry": None,
            "profilePositionGroups": _list([]),
            "profileEducations": _list([]),
            "profileSkills": _list([]),
        }
    groups: dict[str, list[Json]] = {}
    for held in biography.positions:
        groups.setdefault(held.company, []).append(
            {
                "title": held.title,
                "companyName": held.company,
                "companyUrn": None,
                "locationName": held.place,
                "description": held.description or None,
                "dateRange": {"start": _month(held.since), "end": _month(held.until)},
            }
        )
    educations: list[Json] = [
        {
            **({"schoolName": been.school, "school": {"name": been.school}} if been.school else {}),
            "degreeName": been.degree or None,
            "fieldOfStudy": been.field or None,
            "dateRange": {"start": {"year": been.since_year}, "end": {"year": been.until_year}},
        }
        for been in biography.educations
    ]
    return {
        "summary": biography.summary,
        "industry": {"name": biography.industry},
        "profilePositionGroups": _list(
            [{"name": company, "profilePositionInPositionGroup": _list(held)} for company, held in groups.items()]
        ),
        "profileEducations": _list(educations),
        "profileSkills": _list([{"name": skill} for skill in biography.skills]),
    }


def _list(elements: list[Json]) -> Json:
    return {"elements": elements, "paging": {"start": 0, "count": 20, "total": len(elements), "links": []}}


def _month(month: Month | None) -> Json | None:
    return None if month is None else {"year": month[0], "month": month[1]}
