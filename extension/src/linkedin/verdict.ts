/** Facts in, outcome out: the ordered tables of what LinkedIn's answers mean (linkedin-wire 3). Imports nothing. */

export type Relation = "none" | "pending_out" | "pending_in" | "connected" | "self" | "unknown";

export type Outcome =
  | "sent"
  | "already_pending"
  | "already_connected"
  | "incoming_pending"
  | "own_profile"
  | "not_found"
  | "cannot_resend_yet"
  | "email_required"
  | "note_unavailable"
  | "invitation_limit_reached"
  | "throttled"
  | "signed_out"
  | "challenge"
  | "restricted"
  | "wrong_member"
  | "client_outdated"
  | "not_attempted"
  | "unknown"
  | "refused"
  | "withdrawn"
  | "not_pending";

/** What a second look may report. */
export type Seen = "pending" | "connected" | "absent" | "unreadable";

/** What one HTTP answer of LinkedIn says about itself, read in the page before anything is concluded. */
export interface Answer {
  /** False when no HTTP answer came: network lost, aborted, tab gone. */
  reached: boolean;
  /** The HTTP status; 0 for a redirect that was not followed. */
  status: number;
  /** The status inside the body, where an HTTP 200 can carry an error (linkedin-wire 1.3). */
  bodyStatus: number | null;
  redirectHeld: boolean;
  /** The page holds no JSESSIONID cookie, so nothing was asked. */
  cookieless: boolean;
  /** The path that finally answered. */
  path: string;
  html: boolean;
  csrfText: boolean;
  /** The body asks for a challenge (linkedin-wire 3.4). */
  challengeInBody: boolean;
  code: string | null;
  /** The body names VoyagerUserVisibleException: the person is not to be seen by this member. */
  invisible: boolean;
  retryAfterMs: number | null;
  invitationUrn: string | null;
  /** For whom the invitation was made, when the answer says so. */
  inviteeUrn: string | null;
}

/** Why a prepared POST was never issued. */
export type Held = "unarmed" | "spent" | "paused" | "deadline" | "no_session";

/** What is known before the act. */
export interface Before {
  me: Answer;
  /** The member signed in, or null when `/me` could not be read. */
  signedIn: string | null;
  /** The member this agent acts for. */
  member: string;
  premium: boolean;
  profile: Answer | null;
  profileUrn: string | null;
  relation: Relation;
  noteUnits: number;
}

/** What is to be done after LinkedIn answered the POST: believe it, look again, or see whose session it is. */
export interface Ruling {
  outcome: Outcome;
  then: "believe" | "read_back" | "probe";
}

/** LinkedIn's limits of a note in UTF-16 units (linkedin-wire 7). */
const NOTE_UNITS = { basic: 200, premium: 300 };

const CODES: Readonly<Record<string, Ruling>> = {
  CANT_RESEND_YET: { outcome: "cannot_resend_yet", then: "read_back" },
  CUSTOM_INVITE_LIMIT_REACHED: { outcome: "note_unavailable", then: "believe" },
  PERSONALIZED_INVITATION_QUOTA_EXCEEDED: { outcome: "note_unavailable", then: "believe" },
  FUSE_LIMIT_EXCEEDED: { outcome: "invitation_limit_reached", then: "believe" },
  CANT_INVITE_CONNECTION_LIMIT_REACHED: { outcome: "invitation_limit_reached", then: "believe" },
  ACCOUNT_RESTRICTED: { outcome: "restricted", then: "believe" },
  MAX_INVITATION_SENT: { outcome: "restricted", then: "believe" },
  PRIMARY_HANDLE_NOT_CONFIRMED: { outcome: "restricted", then: "believe" },
};

const within = (status: number, hundreds: number): boolean => Math.floor(status / 100) === hundreds;

/** The status that counts: an error object inside a 2xx is that error. */
export function effectiveStatus(answer: Answer): number {
  return within(answer.status, 2) && answer.bodyStatus !== null && answer.bodyStatus >= 400 ? answer.bodyStatus : answer.status;
}

/** Whether an answer shows that the session, not the request, is the matter (linkedin-wire 3.3 and 3.4). */
export function sessionTrouble(answer: Answer): "challenge" | "signed_out" | null {
  const status = effectiveStatus(answer);
  if (answer.cookieless) return "signed_out";
  if (status === 999 || status === 451) return "challenge";
  if (answer.path.startsWith("/checkpoint/") || answer.challengeInBody) return "challenge";
  if (status === 401 || /^\/(login|uas|authwall)(\/|$)/.test(answer.path)) return "signed_out";
  if (answer.html && within(status, 2)) return "signed_out";
  return null;
}

/** What a failed read says before anything was done; null when the read is good. */
export function readTrouble(answer: Answer): Outcome | null {
  const status = effectiveStatus(answer);
  if (!answer.reached && !answer.cookieless) return "not_attempted";
  const trouble = sessionTrouble(answer);
  if (trouble !== null) return trouble;
  if (answer.csrfText) return "not_attempted";
  if (answer.code === "ACCOUNT_RESTRICTED") return "restricted";
  if (answer.invisible) return "not_found";
  if (status === 429) return "throttled";
  if (within(status, 5)) return "not_attempted";
  return within(status, 2) ? null : "client_outdated";
}

/** What `/me` says: the outcome that stands in the way, or null when the right member is signed in. */
export function sessionVerdict(facts: Pick<Before, "me" | "signedIn" | "member">): Outcome | null {
  const bare = facts.me.code === null && !facts.me.csrfText && !facts.me.challengeInBody;
  if (effectiveStatus(facts.me) === 403 && bare) return "signed_out";
  const trouble = readTrouble(facts.me);
  if (trouble !== null) return trouble;
  if (facts.signedIn === null) return "client_outdated";
  return facts.signedIn === facts.member ? null : "wrong_member";
}

const RELATION_OUTCOMES: Readonly<Record<Exclude<Relation, "none">, Outcome>> = {
  self: "own_profile",
  connected: "already_connected",
  pending_in: "incoming_pending",
  pending_out: "already_pending",
  unknown: "client_outdated",
};

/** The outcome known before any act, or null when the person can be invited. */
export function beforeTheAct(facts: Before): Outcome | null {
  const session = sessionVerdict(facts);
  if (session !== null) return session;
  if (facts.profile === null) return "client_outdated";
  const trouble = readTrouble(facts.profile);
  if (trouble !== null) return trouble;
  if (facts.profileUrn === null) return "not_found";
  if (facts.profileUrn === facts.member) return "own_profile";
  if (facts.relation !== "none") return RELATION_OUTCOMES[facts.relation];
  if (facts.noteUnits > (facts.premium ? NOTE_UNITS.premium : NOTE_UNITS.basic)) return "note_unavailable";
  return null;
}

/** What the POST's answer means, for an invitation meant for `target`. */
export function ofTheAct(answer: Answer, target: string, emailRequired: boolean): Ruling {
  const status = effectiveStatus(answer);
  const believe = (outcome: Outcome): Ruling => ({ outcome, then: "believe" });
  if (!answer.reached) return { outcome: "unknown", then: "read_back" };
  if (status === 999 || status === 451) return believe("challenge");
  if (answer.redirectHeld) return { outcome: "client_outdated", then: "probe" };
  if (answer.csrfText) return believe("not_attempted");
  const trouble = sessionTrouble(answer);
  if (trouble === "challenge") return believe("challenge");
  if (trouble === "signed_out") return status === 401 ? believe("signed_out") : { outcome: "unknown", then: "probe" };
  const byCode = answer.code === null ? undefined : CODES[answer.code];
  if (byCode !== undefined && answer.invitationUrn === null) return byCode;
  if (status === 403 && answer.invisible) return believe("not_found");
  if (status === 403 && answer.code === null) return believe("restricted");
  if (status === 429) return believe("throttled");
  if (within(status, 5)) return { outcome: "unknown", then: "read_back" };
  if (within(status, 2)) {
    const certain =
      answer.invitationUrn !== null && answer.code === null && (answer.inviteeUrn === null || answer.inviteeUrn === target);
    return certain ? believe("sent") : { outcome: "unknown", then: "read_back" };
  }
  if (status === 410 || within(status, 3) || (status === 422 && answer.code === null)) return believe("client_outdated");
  if (status === 400 && answer.code === null) return believe(emailRequired ? "email_required" : "client_outdated");
  return { outcome: "refused", then: "read_back" };
}

/** The outcome known before a withdrawal, or null when there is an invitation to take back. */
export function beforeTheWithdrawal(facts: Omit<Before, "noteUnits" | "premium">, invitationUrn: string | null): Outcome | null {
  const session = sessionVerdict(facts);
  if (session !== null) return session;
  if (facts.profile === null) return "client_outdated";
  const trouble = readTrouble(facts.profile);
  if (trouble !== null) return trouble;
  if (facts.profileUrn === null) return "not_found";
  if (facts.relation === "none" || facts.relation === "pending_in") return "not_pending";
  if (facts.relation !== "pending_out") return RELATION_OUTCOMES[facts.relation];
  return invitationUrn === null ? "client_outdated" : null;
}

/** What only an invitation can come to. */
const OF_INVITING: ReadonlySet<Outcome> = new Set(["cannot_resend_yet", "note_unavailable"]);

/** What the answer to a withdrawal means (linkedin-wire 6.2): neither a yes nor a no is believed without a look. */
export function ofTheWithdrawal(answer: Answer): Ruling {
  const ruling = ofTheAct(answer, "", false);
  const status = effectiveStatus(answer);
  if (answer.reached && within(status, 2) && !answer.html && sessionTrouble(answer) === null) {
    return { outcome: "withdrawn", then: "read_back" };
  }
  // 404 is what LinkedIn says where nothing waits any more; a 400 names no reason.
  const none = status === 404 || (status === 400 && answer.code === null);
  return none || OF_INVITING.has(ruling.outcome) ? { outcome: "refused", then: "read_back" } : ruling;
}

/** The outcome of a withdrawal once the relationship was read again: what is gone is withdrawn, whatever was answered. */
export function afterWithdrawal(ruled: Outcome, after: Relation): Outcome {
  if (ruled !== "withdrawn" && ruled !== "unknown" && ruled !== "refused") return ruled;
  if (after === "none" || after === "pending_in") return "withdrawn";
  if (after === "connected") return "already_connected";
  return ruled === "refused" && after === "pending_out" ? "refused" : "unknown";
}

/** The outcome once the relationship was read again after an uncertain answer. */
export function afterReadBack(ruled: Outcome, after: Relation): Outcome {
  if (ruled === "unknown") return "unknown";
  if (after === "pending_out") return "already_pending";
  if (after === "connected") return "already_connected";
  if (after === "pending_in") return "incoming_pending";
  if (after === "unknown" && ruled === "cannot_resend_yet") return "unknown";
  return ruled;
}

/** The outcome once `/me` was read after a POST that was answered by a redirect or a page. */
export function afterProbe(ruled: Outcome, session: Outcome | null): Outcome {
  return session === "challenge" || session === "signed_out" || session === "wrong_member" ? session : ruled;
}

/** What a second look saw on both surfaces: the relationship and the sent list. */
export function seen(relation: Relation, inSentList: boolean | null): Seen {
  if (relation === "pending_out" || inSentList === true) return "pending";
  if (relation === "connected") return "connected";
  return inSentList === false && (relation === "none" || relation === "pending_in") ? "absent" : "unreadable";
}
