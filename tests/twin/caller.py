"""A client of the twin that speaks as the extension would: the member's cookies, the minimum set of headers."""

from typing import Any

import requests

from curtsy.twin.remote import Twin

NORMALIZED = "application/vnd.linkedin.normalized+json+2.1"
DECO = "com.linkedin.voyager.dash.deco"
WITH_INVITEE = f"{DECO}.relationships.InvitationCreationResultWithInvitee-2"
RELATIONSHIPS = "/voyagerRelationshipsDashMemberRelationships"


class Caller:
    """One signed-in browser, without the browser."""

    def __init__(self, twin: Twin, viewer: str = "sam-viewer", *, accept: str = NORMALIZED) -> None:
        told = twin.tell("sign-in", viewer=viewer)
        self.base = twin.http
        self.cookies = {"li_at": told["li_at"], "JSESSIONID": told["jsessionid"]}
        self.headers = {
            "accept": accept,
            "csrf-token": told["csrf_token"],
            "x-restli-protocol-version": "2.0.0",
            "x-li-lang": "en_US",
        }

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Make one call and follow no redirect."""
        more = {"headers": self.headers, "cookies": self.cookies, **more}
        return requests.request(method, self.base + path, allow_redirects=False, timeout=20, **more)

    def get(self, path: str) -> requests.Response:
        """Read from Voyager."""
        return self.ask("GET", f"/voyager/api{path}")

    def post(self, path: str, body: Any) -> requests.Response:
        """Post to Voyager."""
        return self.ask("POST", f"/voyager/api{path}", json=body)

    def profile(self, identity: str, decoration: str | None = "WebTopCardCore-19") -> requests.Response:
        """Read a profile by vanity name or id."""
        deco = f"&decorationId={DECO}.identity.profile.{decoration}" if decoration else ""
        return self.get(f"/identity/dash/profiles?q=memberIdentity&memberIdentity={identity}{deco}")

    def relationship(self, profile_id: str) -> Any:
        """Return the union of a relationship, read directly."""
        answer = self.get(f"{RELATIONSHIPS}/urn%3Ali%3Afsd_memberRelationship%3A{profile_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["memberRelationshipUnion"]

    def standing(self, profile_id: str) -> str:
        """Return in one word how the viewer stands to a person, as far as a read tells."""
        union = self.relationship(profile_id)
        if "noConnection" not in union:
            return str(next(iter(union)))
        return str(next(iter(union["noConnection"]["invitationUnion"]), "nothing"))

    def invite(
        self,
        profile_id: str,
        note: str | None = None,
        *,
        decoration: str | None = WITH_INVITEE,
        action: str = "verifyQuotaAndCreateV2",
    ) -> requests.Response:
        """Post one invitation of generation G3 by an id."""
        body: dict[str, Any] = {"invitee": {"inviteeUnion": {"memberProfile": f"urn:li:fsd_profile:{profile_id}"}}}
        if note is not None:
            body["customMessage"] = note
        return self.invite_with(body, decoration=decoration, action=action)

    def invite_with(
        self, body: Any, *, decoration: str | None = WITH_INVITEE, action: str = "verifyQuotaAndCreateV2"
    ) -> requests.Response:
        """Post any body to the endpoint of invitations."""
        deco = f"&decorationId={decoration}" if decoration else ""
        return self.post(f"{RELATIONSHIPS}?action={action}{deco}", body)
