"""What can be read: who is signed in, profiles, relationships, lists, in both forms (wire reference 4 to 6)."""

from typing import Any

import pytest

from curtsy.twin.people import magic_id
from curtsy.twin.remote import Twin
from tests.twin.caller import DECO, Caller

SAM, ADA = magic_id("sam-viewer"), magic_id("ada-example")
WILLIAM = magic_id("williamhgates")
VANITY_HASH = "34ead06db82a2cc9a778fac97f69ad6a"


def pick(answer: Any, urn: str) -> dict[str, Any]:
    """Return the one entity of this URN."""
    [found] = [entity for entity in answer["included"] if entity["entityUrn"] == urn]
    assert isinstance(found, dict)
    return found


def graphql(sam: Caller, variables: str, query: str) -> Any:
    return sam.get(f"/graphql?includeWebMetadata=true&variables={variables}&queryId={query}")


def test_me_names_the_viewer_in_both_forms(sam: Caller, twin: Twin) -> None:
    twin.tell("viewers", premium=True)
    told = sam.get("/me").json()
    mini = pick(told, told["data"]["*miniProfile"])
    assert (mini["dashEntityUrn"], mini["publicIdentifier"]) == (f"urn:li:fsd_profile:{SAM}", "sam-viewer")
    assert told["data"]["premiumSubscriber"] is True
    plain = Caller(twin, accept="*/*").get("/me").json()
    assert plain.keys() == {"plainId", "publicContactInfo", "premiumSubscriber", "miniProfile"}
    assert plain["miniProfile"]["firstName"] == "Sam"
    assert mini["objectUrn"] == f"urn:li:member:{plain['plainId']}"


def test_the_top_card_comes_with_the_relationship_and_the_viewer_in_front(sam: Caller) -> None:
    told = sam.profile("ada-example").json()
    assert told["data"]["*elements"] == [f"urn:li:fsd_profile:{ADA}"]
    assert told["included"][0]["entityUrn"] == f"urn:li:fsd_profile:{SAM}"
    profile = pick(told, f"urn:li:fsd_profile:{ADA}")
    assert (profile["publicIdentifier"], profile["headline"]) == ("ada-example", "Analyst at Example Co")
    assert (profile["emailRequired"], profile["premium"]) == (False, False)
    assert pick(told, profile["geoLocation"]["*geo"])["defaultLocalizedName"] == "London, United Kingdom"
    relationship = pick(told, profile["*memberRelationship"])
    nobody = relationship["memberRelationshipUnion"]["noConnection"]["invitationUnion"]["noInvitation"]
    assert nobody["targetInvitee"] == f"urn:li:fsd_profile:{ADA}"
    assert "total" not in told["data"]["paging"]


def test_included_comes_in_no_order(sam: Caller) -> None:
    orders = {tuple(entity["entityUrn"] for entity in sam.profile(WILLIAM).json()["included"]) for _ in range(20)}
    assert len(orders) > 1


def test_each_decoration_gives_its_own_fields(sam: Caller) -> None:
    def fields(decoration: str | None) -> set[str]:
        return set(pick(sam.profile("ada-example", decoration).json(), f"urn:li:fsd_profile:{ADA}"))

    rich = {"profilePositionGroups", "profileEducations", "profileSkills", "summary", "industry"}
    assert not fields(None) & {*rich, "*memberRelationship", "emailRequired"}
    assert fields("FullProfileWithEntities-91") >= {*rich, "*memberRelationship"}
    assert rich <= fields("FullProfileWithEntities-101")
    assert "*memberRelationship" not in fields("FullProfileWithEntities-101")
    assert {"summary", "industry"} <= fields("FullProfile-76")
    assert "profileSkills" not in fields("FullProfile-76")
    assert sam.profile("ada-example", "NoSuchThing-1").status_code == 400


def test_a_full_profile_groups_positions_by_employer_in_the_plain_form(twin: Twin) -> None:
    plain = Caller(twin, accept="application/json")
    [profile] = plain.profile("ada-example", "FullProfileWithEntities-93").json()["elements"]
    [example, sample] = profile["profilePositionGroups"]["elements"]
    titles = [held["title"] for held in example["profilePositionInPositionGroup"]["elements"]]
    assert titles == ["Analyst", "Junior Analyst"]
    [intern] = sample["profilePositionInPositionGroup"]["elements"]
    assert intern["dateRange"] == {"start": {"year": 2019, "month": 6}, "end": {"year": 2019, "month": 9}}
    assert [skill["name"] for skill in profile["profileSkills"]["elements"]] == ["Statistics", "SQL", "Plain writing"]
    [william] = plain.profile("WilliamHGates", "FullProfileWithEntities-93").json()["elements"]
    assert "schoolName" not in william["profileEducations"]["elements"][1]


def test_a_relationship_names_the_invitation_and_its_direction(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA, "Hello Ada")
    read = sam.get(f"/voyagerRelationshipsDashMemberRelationships/urn%3Ali%3Afsd_memberRelationship%3A{ADA}").json()
    urn = read["data"]["memberRelationshipUnion"]["noConnection"]["invitationUnion"]["*invitation"]
    invitation = pick(read, urn)
    assert (invitation["invitationType"], invitation["message"]) == ("SENT", "Hello Ada")
    assert invitation["inviteeMember"] == f"urn:li:fsd_profile:{ADA}"
    assert invitation["invitationId"] != int(urn.rpartition(":")[2]), "the number is rounded, the URN is not"
    beside = pick(sam.profile("ada-example").json(), urn)
    assert beside["message"] == {"text": "Hello Ada"}
    incoming = sam.profile("incoming-pending").json()
    [theirs] = [entity for entity in incoming["included"] if entity["$type"].endswith(".Invitation")]
    assert (theirs["invitationType"], theirs["inviteeMember"]) == ("RECEIVED", f"urn:li:fsd_profile:{SAM}")


def test_the_distance_may_be_missing_or_out_of_network(sam: Caller) -> None:
    assert "memberDistance" not in sam.relationship(magic_id("missing-distance"))["noConnection"]
    assert sam.relationship(magic_id("out-of-network"))["noConnection"]["memberDistance"] == "OUT_OF_NETWORK"


def test_graphql_spells_what_is_not_so_as_null(sam: Caller) -> None:
    def read(vanity: str) -> Any:
        told = graphql(sam, f"(vanityName:{vanity})", f"voyagerIdentityDashProfiles.{VANITY_HASH}").json()
        [urn] = told["data"]["data"]["identityDashProfilesByMemberIdentity"]["*elements"]
        return pick(told, pick(told, urn)["*memberRelationship"])["memberRelationship"]

    before = read("ada-example")
    assert (before["self"], before["connection"]) == (None, None)
    assert before["noConnection"]["invitation"]["noInvitation"] is not None
    sam.invite(ADA)
    after = read("ada-example")["noConnection"]["invitation"]
    assert after["noInvitation"] is None
    assert after["*invitation"].startswith("urn:li:fsd_invitation:")
    assert read("already-connected")["noConnection"] is None


def test_graphql_says_no_inside_a_200_and_400_to_a_stale_hash(sam: Caller) -> None:
    denied = graphql(sam, "(vanityName:not-found)", f"voyagerIdentityDashProfiles.{VANITY_HASH}")
    assert denied.status_code == 200
    told = denied.json()["data"]
    assert told["data"] == {"identityDashProfilesByMemberIdentity": None}
    assert told["errors"][0]["extensions"]["status"] == 403
    assert graphql(sam, "(vanityName:ada-example)", "voyagerIdentityDashProfiles." + "0" * 32).status_code == 400
    urn = f"urn%3Ali%3Afsd_profile%3A{ADA}"
    by_urn = graphql(sam, f"(profileUrn:{urn})", "voyagerIdentityDashProfiles.da93c92bffce3da586a992376e42a305")
    assert by_urn.json()["data"]["data"]["identityDashProfilesByMemberIdentity"]["*elements"] == [
        f"urn:li:fsd_profile:{ADA}"
    ]


def test_bare_punctuation_in_a_value_is_400(sam: Caller) -> None:
    assert sam.get("/identity/dash/profiles?q=memberIdentity&memberIdentity=a(b)").status_code == 400
    assert sam.get("/identity/dash/profiles?q=memberIdentity&memberIdentity=a%28b%29").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/identity/profiles/ada-example/profileView", 410),
        ("/identity/profiles/ada-example/networkinfo", 410),
        ("/relationships/sentInvitationViews?count=10", 404),
        ("/relationships/invitationViews?q=sentInvitation", 400),
        ("/voyagerRelationshipsDashInvitations?q=sent", 400),
        ("/voyagerRelationshipsDashSentInvitationViews?q=sent", 400),
        (f"/voyagerRelationshipsDashSentInvitationViews?q=invitationType&decorationId={DECO}.x-1", 400),
        ("/identity/dash/profiles?q=vanityName&vanityName=ada-example", 400),
        ("/no/such/thing", 404),
    ],
)
def test_what_is_dead_stays_dead(sam: Caller, path: str, status: int) -> None:
    answer = sam.get(path)
    assert (answer.status_code, answer.json()["data"]["status"]) == (status, status)


def test_the_sent_list_has_the_note_as_text_and_a_boolean_beside_it(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA, "Hello Ada")
    path = "/relationships/sentInvitationViewsV2?count=100&invitationType=CONNECTION&q=invitationType&start=0"
    told = sam.get(path).json()
    number = twin.invitations()[0]["invitation_urn"].rpartition(":")[2]
    assert told["data"]["*elements"][0] == f"urn:li:fs_relSentInvitationView:urn:li:invitation:{number}"
    assert len(told["data"]["*elements"]) == 2, "the one just sent, and already-pending"
    invitation = pick(told, f"urn:li:fs_relInvitation:{number}")
    assert (invitation["message"], invitation["customMessage"]) == ("Hello Ada", True)
    assert (invitation["toMemberId"], invitation["invitationType"]) == (ADA, "SENT")
    assert invitation["sentTime"] == twin.invitations()[0]["sent_at"]
    assert pick(told, f"urn:li:fs_miniProfile:{SAM}")["publicIdentifier"] == "sam-viewer"


def test_the_newer_sent_lists_agree(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA)
    urn = twin.invitations()[0]["invitation_urn"]
    dash = sam.get(
        "/voyagerRelationshipsDashSentInvitationViews?count=1&q=invitationType&invitationType=CONNECTION&start=0"
    ).json()
    assert dash["data"]["paging"]["total"] == 0
    assert pick(dash, dash["data"]["*elements"][0])["*invitation"] == urn
    query = "voyagerRelationshipsDashSentInvitationViews.6c862840bc95d23d4c97c3844cde9981"
    told = graphql(sam, "(start:0,count:10,invitationType:CONNECTION)", query).json()
    [views] = told["data"]["data"].values()
    assert len(views["*elements"]) == 2
    facets = sam.get("/voyagerRelationshipsDashGenericInvitationFacets?q=sent").json()
    assert facets["data"]["elements"][0]["numTotalSentInvitations"] == 2


@pytest.mark.parametrize("dash", [False, True])
def test_an_invitation_can_be_taken_back(sam: Caller, twin: Twin, dash: bool) -> None:
    sam.invite(ADA)
    number = twin.invitations()[0]["invitation_urn"].rpartition(":")[2]
    if dash:
        base = f"/voyagerRelationshipsDashInvitations/urn%3Ali%3Afsd_invitation%3A{number}"
        assert sam.post(f"{base}?action=closeInvitation", {"invitationType": "CONNECTION"}).status_code == 400
        answer = sam.post(f"{base}?action=withdraw", {"invitationType": "CONNECTION"})
        assert answer.json()["data"]["$type"] == "com.linkedin.restli.common.ActionResponse"
    else:
        answer = sam.post(f"/relationships/invitations/{number}?action=withdraw", {})
        assert answer.json()["data"] == {"value": "Invitation withdrawn"}
    assert answer.status_code == 200
    assert twin.invitations()[0]["state"] == "withdrawn"
    assert sam.standing(ADA) == "noInvitation"
    assert sam.post(f"/relationships/invitations/{number}?action=withdraw", {}).status_code == 404


def test_a_received_invitation_can_be_accepted_or_ignored(sam: Caller, twin: Twin) -> None:
    twin.tell("happenings", person="ada-example", what="invites_viewer", message="Hi Sam")
    told = sam.get("/relationships/invitationViews?includeInsights=true&q=receivedInvitation&start=0&count=5").json()
    ada, other = (pick(told, pick(told, urn)["*invitation"]) for urn in told["data"]["*elements"])
    assert (ada["invitationType"], ada["message"], ada["*fromMember"]) == (
        "PENDING",
        "Hi Sam",
        f"urn:li:fs_miniProfile:{ADA}",
    )
    assert sam.get("/relationships/invitationsSummary").json()["data"]["numPendingInvitations"] == 2

    def answer(invitation: dict[str, Any], verb: str, secret: str) -> int:
        number = invitation["entityUrn"].rpartition(":")[2]
        body = {"invitationId": number, "invitationSharedSecret": secret, "isGenericInvitation": False}
        return sam.post(f"/relationships/invitations/{number}?action={verb}", body).status_code

    assert answer(ada, "accept", "wrong") == 404
    assert answer(ada, "accept", ada["sharedSecret"]) == 200
    assert answer(other, "ignore", other["sharedSecret"]) == 200
    assert sam.standing(ADA) == "*connection"
    assert sam.standing(magic_id("incoming-pending")) == "noInvitation"


def test_connections_come_newest_first(sam: Caller, twin: Twin) -> None:
    sam.invite(ADA)
    twin.tell("happenings", person="ada-example", what="accepts")
    path = (
        f"/relationships/dash/connections?decorationId={DECO}.web.mynetwork.ConnectionListWithProfile-16"
        "&count=40&q=search&sortType=RECENTLY_ADDED&start=0"
    )
    told = sam.get(path).json()
    newest = pick(told, told["data"]["*elements"][0])
    assert newest["connectedMember"] == f"urn:li:fsd_profile:{ADA}"
    assert pick(told, newest["*connectedMemberResolutionResult"])["publicIdentifier"] == "ada-example"
    assert len(told["data"]["*elements"]) == 3
    assert twin.invitations()[0]["state"] == "accepted"
