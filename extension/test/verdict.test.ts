/** The tables, row by row (contract 3, linkedin-wire 3). */
import { describe, expect, test } from "vitest";
import { NO_ANSWER } from "../src/linkedin/answer";
import {
  type Answer,
  type Before,
  type Outcome,
  type Relation,
  afterProbe,
  afterReadBack,
  afterWithdrawal,
  beforeTheAct,
  beforeTheWithdrawal,
  ofTheAct,
  ofTheWithdrawal,
  readTrouble,
  seen,
  sessionVerdict,
} from "../src/linkedin/verdict";

const TARGET = "urn:li:fsd_profile:ACoAAATARGET";
const MEMBER = "urn:li:fsd_profile:ACoAAASELF";
const URN = "urn:li:fsd_invitation:7400000000000000001";

const answer = (facts: Partial<Answer>): Answer => ({ ...NO_ANSWER, reached: true, path: "/voyager/api/x", ...facts });

const POSTS: [string, Partial<Answer>, Outcome, "believe" | "read_back" | "probe"][] = [
  ["200 with an invitation URN", { status: 200, invitationUrn: URN }, "sent", "believe"],
  ["201 with an invitation URN", { status: 201, invitationUrn: URN }, "sent", "believe"],
  ["200 for this invitee", { status: 200, invitationUrn: URN, inviteeUrn: TARGET }, "sent", "believe"],
  ["200 for somebody else", { status: 200, invitationUrn: URN, inviteeUrn: MEMBER }, "unknown", "read_back"],
  ["200 with a URN and a code", { status: 200, invitationUrn: URN, code: "CANT_RESEND_YET" }, "unknown", "read_back"],
  ["200 without a URN", { status: 200 }, "unknown", "read_back"],
  ["200 that carries an error", { status: 200, code: "CANT_RESEND_YET" }, "cannot_resend_yet", "read_back"],
  ["200 that carries a status", { status: 200, bodyStatus: 429 }, "throttled", "believe"],
  ["200 that carries a 500", { status: 200, bodyStatus: 500 }, "unknown", "read_back"],
  ["400 CANT_RESEND_YET", { status: 400, code: "CANT_RESEND_YET" }, "cannot_resend_yet", "read_back"],
  ["409 CANT_RESEND_YET", { status: 409, code: "CANT_RESEND_YET" }, "cannot_resend_yet", "read_back"],
  ["403 of an unseen person", { status: 403, invisible: true }, "not_found", "believe"],
  ["429 CUSTOM_INVITE_LIMIT_REACHED", { status: 429, code: "CUSTOM_INVITE_LIMIT_REACHED" }, "note_unavailable", "believe"],
  [
    "400 PERSONALIZED_INVITATION_QUOTA_EXCEEDED",
    { status: 400, code: "PERSONALIZED_INVITATION_QUOTA_EXCEEDED" },
    "note_unavailable",
    "believe",
  ],
  ["429 FUSE_LIMIT_EXCEEDED", { status: 429, code: "FUSE_LIMIT_EXCEEDED" }, "invitation_limit_reached", "believe"],
  [
    "400 CANT_INVITE_CONNECTION_LIMIT_REACHED",
    { status: 400, code: "CANT_INVITE_CONNECTION_LIMIT_REACHED" },
    "invitation_limit_reached",
    "believe",
  ],
  ["bare 429", { status: 429 }, "throttled", "believe"],
  ["401", { status: 401 }, "signed_out", "believe"],
  ["a redirect, not followed", { redirectHeld: true }, "client_outdated", "probe"],
  ["a page where JSON was due", { status: 200, html: true }, "unknown", "probe"],
  ["a page of the checkpoint", { status: 200, html: true, challengeInBody: true }, "challenge", "believe"],
  ["403 with a challenge in JSON", { status: 403, challengeInBody: true }, "challenge", "believe"],
  ["451", { status: 451 }, "challenge", "believe"],
  ["999", { status: 999, html: true }, "challenge", "believe"],
  ["bare 403", { status: 403 }, "restricted", "believe"],
  ["403 ACCOUNT_RESTRICTED", { status: 403, code: "ACCOUNT_RESTRICTED" }, "restricted", "believe"],
  ["400 MAX_INVITATION_SENT", { status: 400, code: "MAX_INVITATION_SENT" }, "restricted", "believe"],
  ["400 PRIMARY_HANDLE_NOT_CONFIRMED", { status: 400, code: "PRIMARY_HANDLE_NOT_CONFIRMED" }, "restricted", "believe"],
  ["410", { status: 410 }, "client_outdated", "believe"],
  ["301", { status: 301 }, "client_outdated", "believe"],
  ["bare 422", { status: 422 }, "client_outdated", "believe"],
  ["bare 400", { status: 400 }, "client_outdated", "believe"],
  ["CSRF 403", { status: 403, csrfText: true }, "not_attempted", "believe"],
  ["500", { status: 500 }, "unknown", "read_back"],
  ["503", { status: 503 }, "unknown", "read_back"],
  ["no answer", { reached: false }, "unknown", "read_back"],
  ["409 with a code no list has", { status: 409, code: "NEW_WORD" }, "refused", "read_back"],
  ["403 with a code no list has", { status: 403, code: "NEW_WORD" }, "refused", "read_back"],
  ["bare 406", { status: 406 }, "refused", "read_back"],
];

test.each(POSTS)("the POST answered by %s", (_what, facts, outcome, then) => {
  expect(ofTheAct(answer(facts), TARGET, false)).toEqual({ outcome, then });
});

test("a bare 400 for a person whose e-mail is asked for", () => {
  expect(ofTheAct(answer({ status: 400 }), TARGET, true)).toEqual({ outcome: "email_required", then: "believe" });
});

const ME = answer({ status: 200 });
const GOOD: Before = {
  me: ME,
  signedIn: MEMBER,
  member: MEMBER,
  premium: false,
  profile: answer({ status: 200 }),
  profileUrn: TARGET,
  relation: "none",
  noteUnits: 200,
};

const BEFORE: [string, Partial<Before>, Outcome | null][] = [
  ["an ordinary person and a note of 200", {}, null],
  ["a note of 201", { noteUnits: 201 }, "note_unavailable"],
  ["a note of 300 with Premium", { noteUnits: 300, premium: true }, null],
  ["a note of 301 with Premium", { noteUnits: 301, premium: true }, "note_unavailable"],
  ["an invitation that stands", { relation: "pending_out" }, "already_pending"],
  ["an invitation from them", { relation: "pending_in" }, "incoming_pending"],
  ["a connection", { relation: "connected" }, "already_connected"],
  ["oneself by relationship", { relation: "self" }, "own_profile"],
  ["oneself by URN", { profileUrn: MEMBER }, "own_profile"],
  ["a relationship that says nothing", { relation: "unknown" }, "client_outdated"],
  ["a person that is not to be seen", { profile: answer({ status: 403, invisible: true }) }, "not_found"],
  ["no element in the answer", { profileUrn: null }, "not_found"],
  ["a dead endpoint", { profile: answer({ status: 410 }) }, "client_outdated"],
  ["a throttled read", { profile: answer({ status: 429 }) }, "throttled"],
  ["a read that failed over there", { profile: answer({ status: 502 }) }, "not_attempted"],
  ["a read without answer", { profile: answer({ reached: false }) }, "not_attempted"],
  ["somebody else", { signedIn: "urn:li:fsd_profile:X" }, "wrong_member"],
  ["a /me that names nobody", { signedIn: null }, "client_outdated"],
  ["/me 401", { me: answer({ status: 401 }), signedIn: null }, "signed_out"],
  ["/me 403", { me: answer({ status: 403 }), signedIn: null }, "signed_out"],
  ["/me at the login page", { me: answer({ status: 200, html: true, path: "/uas/login" }), signedIn: null }, "signed_out"],
  ["/me at the checkpoint", { me: answer({ status: 200, html: true, path: "/checkpoint/challenge/X" }), signedIn: null }, "challenge"],
  ["/me 999", { me: answer({ status: 999, html: true }), signedIn: null }, "challenge"],
  ["/me 429", { me: answer({ status: 429 }), signedIn: null }, "throttled"],
  ["/me 410", { me: answer({ status: 410 }), signedIn: null }, "client_outdated"],
  ["/me 403 ACCOUNT_RESTRICTED", { me: answer({ status: 403, code: "ACCOUNT_RESTRICTED" }), signedIn: null }, "restricted"],
  ["/me CSRF twice", { me: answer({ status: 403, csrfText: true }), signedIn: null }, "not_attempted"],
  ["no session cookie", { me: answer({ reached: false, cookieless: true }), signedIn: null }, "signed_out"],
];

test.each(BEFORE)("before the act: %s", (_what, facts, outcome) => {
  expect(beforeTheAct({ ...GOOD, ...facts })).toBe(outcome);
});

test("the login page links to /checkpoint/lg/: that is no challenge", () => {
  expect(readTrouble(answer({ status: 200, html: true, path: "/login" }))).toBe("signed_out");
});

describe("after a read-back", () => {
  const ROWS: [Outcome, Relation, Outcome][] = [
    ["cannot_resend_yet", "none", "cannot_resend_yet"],
    ["cannot_resend_yet", "pending_out", "already_pending"],
    ["cannot_resend_yet", "connected", "already_connected"],
    ["cannot_resend_yet", "pending_in", "incoming_pending"],
    ["cannot_resend_yet", "unknown", "unknown"],
    ["refused", "none", "refused"],
    ["refused", "unknown", "refused"],
    ["refused", "connected", "already_connected"],
    ["unknown", "none", "unknown"],
    ["unknown", "pending_out", "unknown"],
  ];
  test.each(ROWS)("%s and then %s is %s", (ruled, after, outcome) => {
    expect(afterReadBack(ruled, after)).toBe(outcome);
  });
});

test("after a probe only the session's own trouble counts", () => {
  expect(afterProbe("client_outdated", "signed_out")).toBe("signed_out");
  expect(afterProbe("client_outdated", "challenge")).toBe("challenge");
  expect(afterProbe("client_outdated", null)).toBe("client_outdated");
  expect(afterProbe("unknown", "throttled")).toBe("unknown");
  expect(sessionVerdict({ me: ME, signedIn: MEMBER, member: MEMBER })).toBeNull();
});

test.each([
  ["pending_out", null, "pending"],
  ["none", true, "pending"],
  ["unknown", true, "pending"],
  ["connected", false, "connected"],
  ["none", false, "absent"],
  ["pending_in", false, "absent"],
  ["none", null, "unreadable"],
  ["unknown", false, "unreadable"],
] as const)("a second look at %s with the list saying %s is %s", (relation, listed, outcome) => {
  expect(seen(relation, listed)).toBe(outcome);
});

describe("a withdrawal", () => {
  const WITHDRAWALS: [string, Partial<Answer>, Outcome, "believe" | "read_back" | "probe"][] = [
    ["200", { status: 200 }, "withdrawn", "read_back"],
    ["204", { status: 204 }, "withdrawn", "read_back"],
    ["200 that carries an error", { status: 200, bodyStatus: 404 }, "refused", "read_back"],
    ["404, nothing to withdraw", { status: 404 }, "refused", "read_back"],
    ["400", { status: 400 }, "refused", "read_back"],
    ["a code no list has", { status: 409, code: "NEW_WORD" }, "refused", "read_back"],
    ["a word about inviting", { status: 400, code: "CANT_RESEND_YET" }, "refused", "read_back"],
    ["a word about notes", { status: 429, code: "CUSTOM_INVITE_LIMIT_REACHED" }, "refused", "read_back"],
    ["410, the call is no more", { status: 410 }, "client_outdated", "believe"],
    ["an unseen person", { status: 403, invisible: true }, "not_found", "believe"],
    ["500", { status: 500 }, "unknown", "read_back"],
    ["no answer", { reached: false, status: 0 }, "unknown", "read_back"],
    ["a page of HTML", { status: 200, html: true }, "unknown", "probe"],
    ["401", { status: 401 }, "signed_out", "believe"],
    ["429", { status: 429 }, "throttled", "believe"],
    ["999", { status: 999 }, "challenge", "believe"],
    ["a checkpoint", { status: 200, path: "/checkpoint/x" }, "challenge", "believe"],
    ["CSRF", { status: 403, csrfText: true }, "not_attempted", "believe"],
    ["a bare 403", { status: 403 }, "restricted", "believe"],
  ];
  test.each(WITHDRAWALS)("answered by %s", (_, facts, outcome, then) => {
    expect(ofTheWithdrawal(answer(facts))).toEqual({ outcome, then });
  });

  test.each<[Outcome, Relation, Outcome]>([
    ["withdrawn", "none", "withdrawn"],
    ["withdrawn", "pending_in", "withdrawn"],
    ["withdrawn", "pending_out", "unknown"],
    ["withdrawn", "unknown", "unknown"],
    ["withdrawn", "connected", "already_connected"],
    ["unknown", "none", "withdrawn"],
    ["unknown", "pending_out", "unknown"],
    ["refused", "none", "withdrawn"],
    ["refused", "connected", "already_connected"],
    ["refused", "pending_out", "refused"],
    ["refused", "unknown", "unknown"],
    ["throttled", "none", "throttled"],
  ])("that is %s with the relationship %s is %s", (ruled, relation, outcome) => {
    expect(afterWithdrawal(ruled, relation)).toBe(outcome);
  });

  const good = answer({ status: 200 });
  const facts = { me: good, signedIn: MEMBER, member: MEMBER, profile: good, profileUrn: TARGET, relation: "pending_out" as Relation };
  test.each<[Relation, string | null, Outcome | null]>([
    ["pending_out", URN, null],
    ["pending_out", null, "client_outdated"],
    ["none", null, "not_pending"],
    ["pending_in", null, "not_pending"],
    ["connected", null, "already_connected"],
    ["unknown", null, "client_outdated"],
  ])("of somebody who is %s, with the invitation %s, is %s", (relation, urn, outcome) => {
    expect(beforeTheWithdrawal({ ...facts, relation }, urn)).toBe(outcome);
  });

  test("is not begun in somebody else's session", () => {
    expect(beforeTheWithdrawal({ ...facts, signedIn: TARGET }, URN)).toBe("wrong_member");
  });
});
