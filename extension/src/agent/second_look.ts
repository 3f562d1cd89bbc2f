/** The second look at an act in doubt: it reads, and never acts (guarantee: a second look settles doubt). */
import { lookAgain, readBack } from "../linkedin/invite";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish, rememberIdentity } from "./hand";
import type { ActPlan } from "./journal";
import { type Finish, post } from "./server";
import * as settings from "./settings";
import * as tab from "./tab";

/** When LinkedIn's lists are read again after a confirmed act; the second time for a list that lagged. */
const LATE_LOOKS_MS = [1_500, 3_000];
/** What the member waits for when LinkedIn is not to be read at all. */
const LEFT_ALONE = new Set(["signed_out", "wrong_member", "challenge", "restricted", "throttled"]);

/** Looks whether the invitation stands, in a tab in which nothing of an earlier act can still run. */
export async function verify(hand: Hand): Promise<End> {
  const { task } = hand.attempt;
  const closed = await tab.close();
  const look = await lookAgain(await tab.open(), task.profile, hand.pairing.account.urn, task.note);
  await rememberIdentity(look.identity, look.trouble);
  return finish(hand, {
    outcome: look.seen,
    evidence: {
      ...NO_EVIDENCE,
      ...evidenceOf(look.answer),
      after: look.standing.relation,
      invitation_urn: look.standing.invitationUrn,
      invitation_sent_ms_ago: look.standing.sentMsAgo,
      message_equal: look.standing.messageEqual,
      tab_closed: closed,
      profile_urn: look.urn,
    },
  });
}

/**
 * Adds what the relationship says to a `sent` that was already reported: a second report with the same lease. It is
 * evidence only, so a failure is let go.
 */
export async function addLateEvidence(hand: Hand, plan: ActPlan, report: Finish): Promise<void> {
  const { task } = hand.attempt;
  try {
    for (const wait of LATE_LOOKS_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (!(await undisturbed(hand))) return;
      const standing = await readBack(await tab.open(), plan.target, hand.pairing.account.urn, task.note);
      if (standing.relation === "none" && wait !== LATE_LOOKS_MS.at(-1)) continue;
      const evidence = { ...report.evidence, after: standing.relation, message_equal: standing.messageEqual };
      await post(hand.pairing.server, hand.pairing.token, `/agent/tasks/${task.id}/finish`, { ...report, evidence });
      return;
    }
  } catch (error) {
    console.info("No late evidence:", error instanceof Error ? error.message : error);
  }
}

/** Whether all is as it was at the act: same pairing, same member signed in, no pause, nothing that stops reading. */
async function undisturbed({ pairing }: Hand): Promise<boolean> {
  const [now, account, paused, reason] = await Promise.all([
    settings.pairing(),
    settings.linkedin(),
    settings.paused(),
    settings.reason(),
  ]);
  const same = now?.token === pairing.token && account?.urn === pairing.account.urn;
  return same && !paused && !(reason !== null && LEFT_ALONE.has(reason));
}
