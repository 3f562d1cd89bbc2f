/** What every kind of task needs at hand, and how its end is told: finished, released, or dropped. */
import type { Answer, Outcome } from "../linkedin/verdict";
import { effectiveStatus } from "../linkedin/verdict";
import type { Identity } from "../linkedin/session";
import { type Attempt, write } from "./journal";
import type { Evidence, Finish } from "./server";
import { type Pairing, keep } from "./settings";

/** An attempt, in whose name it is made, and in which browser run. */
export interface Hand {
  attempt: Attempt;
  pairing: Pairing;
  bootId: string;
}

export type ReleaseReason = "paused" | "no_tab" | "closing" | "updating";

/** How an attempt ended here. */
export type End = { how: "finished"; attempt: Attempt } | { how: "released"; reason: ReleaseReason } | { how: "dropped" };

export const NO_EVIDENCE: Evidence = {
  before: null,
  after: null,
  invitation_urn: null,
  invitation_sent_ms_ago: null,
  message_equal: null,
  http_status: null,
  linkedin_code: null,
  retry_after_ms: null,
  acted: false,
  tab_closed: false,
  profile_urn: null,
};

/** What an HTTP answer of LinkedIn adds to the evidence. */
export function evidenceOf(answer: Answer): Pick<Evidence, "http_status" | "linkedin_code" | "retry_after_ms"> {
  return {
    http_status: answer.reached && !answer.redirectHeld ? effectiveStatus(answer) : null,
    linkedin_code: answer.csrfText ? "CSRF" : answer.code,
    retry_after_ms: answer.retryAfterMs,
  };
}

/** Writes the report into the journal; it is sent from there, again and again until the server has it. */
export async function finish(hand: Hand, report: Pick<Finish, "outcome"> & Partial<Finish>): Promise<End> {
  const { attempt, bootId } = hand;
  if (report.outcome === "signed_out") await keep({ linkedin: null });
  const full: Finish = {
    lease: attempt.lease,
    boot_id: bootId,
    outcome: report.outcome,
    output: report.output ?? null,
    evidence: report.evidence ?? NO_EVIDENCE,
  };
  return { how: "finished", attempt: await write({ ...attempt, phase: "answered", finish: full }) };
}

/** Remembers who was seen signed in; null once a sign-out was seen. */
export async function rememberIdentity(identity: Identity | null, outcome: Outcome | null): Promise<void> {
  if (identity !== null) await keep({ linkedin: identity });
  else if (outcome === "signed_out") await keep({ linkedin: null });
}
