/** The traps in LinkedIn's answers (linkedin-wire 1.3, 4.1, 4.3, 5, 6.1, 9.4). */
import { describe, expect, test } from "vitest";
import { type Json, readAnswer, retryAfter } from "../src/linkedin/answer";
import { inviteBody, restli } from "../src/linkedin/api";
import { personOf, profileOutput } from "../src/linkedin/profile";
import { relationshipOf, sameMessage, sentEntryOf } from "../src/linkedin/relation";
import { csrfToken, headersFor, identityOf } from "../src/linkedin/session";
import { SELF, TARGET, failure, json } from "./linkedin";

const NOW = 1_790_000_000_000;
const factsOf = async (response: Response) => (await readAnswer(response, NOW)).answer;

describe("an answer", () => {
  const urn = "urn:li:fsd_invitation:7400000000000000001";

  test("names its invitation inline, at the top, or by reference, never by the first URN found", async () => {
    const value = { invitationUrn: urn, inviteeUrn: TARGET };
    expect(await factsOf(json({ data: { value }, included: [{ entityUrn: SELF }] }))).toMatchObject(value);
    expect(await factsOf(json({ value }))).toMatchObject(value);
    const referenced = { data: { "*value": "urn:li:x:1" }, included: [{ entityUrn: "urn:li:x:1", ...value }] };
    expect(await factsOf(json(referenced))).toMatchObject(value);
    const included = [{ entityUrn: urn }, { entityUrn: TARGET, invitationUrn: urn }];
    expect(await factsOf(json({ data: { value: {} }, included }))).toMatchObject({ invitationUrn: null });
  });

  test("has its code in any of three places, and its status in the body too", async () => {
    expect(await factsOf(failure(400, "CANT_RESEND_YET"))).toMatchObject({ status: 400, bodyStatus: 400, code: "CANT_RESEND_YET" });
    expect(await factsOf(json({ code: "X", status: 400 }, 400))).toMatchObject({ code: "X" });
    expect(await factsOf(json({ data: { value: { code: "Y" } } }))).toMatchObject({ code: "Y" });
    expect(await factsOf(json({ data: { code: "CANT_RESEND_YET", status: 400 } }))).toMatchObject({ status: 200, bodyStatus: 400 });
  });

  test("that is empty, or no JSON, says nothing", async () => {
    expect(await factsOf(json(""))).toMatchObject({ status: 200, code: null, invitationUrn: null, html: false });
    expect(await factsOf(json("{broken"))).toMatchObject({ invitationUrn: null });
  });

  test("of GraphQL hides its refusal in a 200", async () => {
    const extensions = { status: 403, exceptionClass: "com.linkedin.voyager.common.VoyagerUserVisibleException" };
    const body = { data: { data: { identityDashProfilesByMemberIdentity: null }, errors: [{ extensions }] }, included: [] };
    expect(await factsOf(json(body))).toMatchObject({ bodyStatus: 403, invisible: true });
  });

  test("tells a checkpoint from the login page that links to one", async () => {
    const page = (text: string) => new Response(`<html>${text}</html>`, { headers: { "content-type": "text/html" } });
    expect(await factsOf(page("/checkpoint/lg/login-submit"))).toMatchObject({ html: true, challengeInBody: false });
    expect(await factsOf(page("/checkpoint/challenge/X"))).toMatchObject({ html: true, challengeInBody: true });
    expect(await factsOf(json({ challengeUrl: "https://www.linkedin.com/x" }, 403))).toMatchObject({ challengeInBody: true });
  });

  test("of plain text may be the csrf check", async () => {
    const text = new Response("CSRF check failed.", { status: 403, headers: { "content-type": "text/plain" } });
    expect(await factsOf(text)).toMatchObject({ csrfText: true, code: null });
  });

  test("may say when to come back, and what time it is over there", async () => {
    const at = new Date(NOW - 5_000).toUTCString();
    const reading = await readAnswer(json({}, 429, { "retry-after": "600", date: at }), NOW);
    expect(reading.answer.retryAfterMs).toBe(600_000);
    expect(reading.servedAt).toBe(NOW - 5_000);
    expect(retryAfter(new Date(NOW + 9_000).toUTCString(), NOW)).toBe(9_000);
    expect(retryAfter("soon", NOW)).toBeNull();
  });

  test("by a redirect that was held is just that", async () => {
    expect(await factsOf({ type: "opaqueredirect" } as Response)).toMatchObject({ redirectHeld: true, reached: true });
  });
});

describe("a relationship", () => {
  const read = (union: Json, included: Json[] = []) =>
    relationshipOf({ included }, { memberRelationshipUnion: union }, TARGET, SELF).relation;
  const apart = (state: Json): Json => ({ noConnection: { invitationUnion: state } });
  const invitation = (facts: { [key: string]: Json }): Json => ({ entityUrn: "urn:li:fsd_invitation:1", ...facts });
  const reference = apart({ "*invitation": "urn:li:fsd_invitation:1" });

  test("is connected by reference or inline", () => {
    expect(read({ "*connection": "urn:li:fsd_connection:1" })).toBe("connected");
    expect(read({ connection: { createdAt: 1 } })).toBe("connected");
  });

  test("is self, none, or unknown when it says nothing", () => {
    expect(read({ self: {} })).toBe("self");
    expect(read(apart({ noInvitation: { inviter: SELF } }))).toBe("none");
    expect(read({})).toBe("unknown");
    expect(read(null)).toBe("unknown");
    expect(read(apart({}))).toBe("unknown");
  });

  test("in GraphQL has nulls for what it is not", () => {
    const graph = { self: null, connection: null, noConnection: { invitation: { noInvitation: null, "*invitation": "urn:li:fsd_invitation:1" } } };
    const included = [invitation({ inviteeMember: TARGET })];
    expect(relationshipOf({ included }, { memberRelationship: graph }, TARGET, SELF).relation).toBe("pending_out");
    expect(read({ self: null, connection: null, noConnection: { invitationUnion: { noInvitation: null } } })).toBe("unknown");
  });

  test("points out or in by its invitee, else by its type, else is not known", () => {
    expect(read(reference, [invitation({ inviteeMember: TARGET, invitationState: null })])).toBe("pending_out");
    expect(read(reference, [invitation({ inviteeMember: SELF })])).toBe("pending_in");
    expect(read(reference, [invitation({ invitationType: "SENT" })])).toBe("pending_out");
    expect(read(reference, [invitation({ invitationType: "RECEIVED" })])).toBe("pending_in");
    expect(read(reference, [])).toBe("unknown");
    expect(read(reference, [invitation({ inviteeMember: TARGET, invitationState: "WITHDRAWN" })])).toBe("unknown");
  });

  test("carries its note as a text or as an object, and its URN exactly, not the rounded number", () => {
    const exact = "urn:li:fsd_invitation:7400000000000325001";
    for (const message of ["Hi", { text: "Hi" }]) {
      const body = { included: [{ entityUrn: exact, inviteeMember: TARGET, invitationId: 7400000000000325000, message }] };
      const entity = { memberRelationshipUnion: apart({ "*invitation": exact }) };
      expect(relationshipOf(body, entity, TARGET, SELF)).toEqual({ relation: "pending_out", invitationUrn: exact, message: "Hi" });
    }
  });
});

describe("the sent list", () => {
  const list = (...entries: Json[]): Json => ({ data: { "*elements": [], paging: { total: 0 } }, included: entries });
  const entry = { invitationType: "SENT", mailboxItemId: "urn:li:invitation:7", customMessage: true, message: "Hi", sentTime: NOW - 1_000 };

  test("finds a person by id in whichever place it stands", () => {
    for (const place of [
      { toMemberId: "ACoAAATARGET" },
      { "*toMember": "urn:li:fs_miniProfile:ACoAAATARGET" },
      { invitee: { "*miniProfile": "urn:li:fs_miniProfile:ACoAAATARGET" } },
    ]) {
      const found = sentEntryOf(list({ ...entry, ...place }), TARGET, NOW);
      expect(found).toEqual({ listed: true, invitationUrn: "urn:li:fsd_invitation:7", message: "Hi", sentMsAgo: 1_000 });
    }
  });

  test("that is empty says no; one that cannot be read says nothing", () => {
    expect(sentEntryOf(list(), TARGET, NOW).listed).toBe(false);
    expect(sentEntryOf(null, TARGET, NOW).listed).toBeNull();
    expect(sentEntryOf({ data: {} }, TARGET, NOW).listed).toBeNull();
  });
});

test("notes are alike but for line ends and outer blanks; none and empty are alike", () => {
  expect(sameMessage("a\r\nb ", "a\nb")).toBe(true);
  expect(sameMessage(null, "")).toBe(true);
  expect(sameMessage("Hi", null)).toBe(false);
});

describe("a profile", () => {
  const answer = {
    data: { "*elements": [TARGET] },
    included: [{ entityUrn: SELF, firstName: "Sam" }, { entityUrn: TARGET, firstName: "Ada", lastName: "Example", publicIdentifier: "ada" }],
  };

  test("is the one the answer is about, not the viewer's that comes first", () => {
    expect(personOf(answer, SELF)).toMatchObject({ urn: TARGET, name: "Ada Example", slug: "ada" });
    expect(personOf({ data: { "*elements": [] }, included: answer.included }, SELF)).toBeNull();
  });

  test("that shows little gives null and empty, never anything invented", () => {
    const person = personOf(answer, SELF);
    const output = person === null ? {} : profileOutput(person, answer, null);
    const nothing = { headline: null, location: null, connections: null, followers: null, about: null, premium: null };
    const lists = { positions: [], educations: [], skills: [] };
    expect(output).toMatchObject({ name: "Ada Example", profile_urn: TARGET, profile_slug: "ada", ...nothing, ...lists });
    expect(output["profile"]).toMatchObject({ full_name: "Ada Example", ...nothing, ...lists });
    expect(output["profile_url"]).toBe("https://www.linkedin.com/in/ada");
  });
});

test("/me names the member by following its reference, with names of any kind", () => {
  const me = { data: { premiumSubscriber: true, "*miniProfile": "urn:li:fs_miniProfile:B" } };
  const other = { entityUrn: "urn:li:fs_miniProfile:A", firstName: "Not", lastName: "Me" };
  const mine = { entityUrn: "urn:li:fs_miniProfile:B", firstName: "Søren", lastName: "" };
  expect(identityOf({ ...me, included: [other, mine] })).toEqual({ urn: "urn:li:fsd_profile:B", premium: true, name: "Søren" });
  expect(identityOf({ data: {} })).toBeNull();
});

test("the csrf token is JSESSIONID without quotes", () => {
  expect(csrfToken('a=1; JSESSIONID="ajax:123"; b=2')).toBe("ajax:123");
  expect(csrfToken("JSESSIONID=ajax:5")).toBe("ajax:5");
  expect(csrfToken("XJSESSIONID=no")).toBeNull();
});

test("a read sends the minimum of headers, without a content type", () => {
  expect(Object.keys(headersFor("t", "GET"))).toEqual(["accept", "csrf-token", "x-restli-protocol-version", "x-li-lang"]);
});

test("what is written into an address is escaped, parentheses too", () => {
  expect(restli("urn:li:(a,b)")).toBe("urn%3Ali%3A%28a%2Cb%29");
});

test("an empty note is no note", () => {
  expect(inviteBody(TARGET, "")).not.toContain("customMessage");
});
