/** One invitation, made or taken back: look, ask for leave to act, act once, and see what came of it. */
import { INVITE_PATH, WITHDRAW_BODY, inviteBody, readMe, readRelationship, withdrawPath } from "../linkedin/api";
import { type Standing, describe, lookBefore } from "../linkedin/invite";
import type { Act } from "../linkedin/page";
import type { Person } from "../linkedin/profile";
import { type Held, type Outcome, afterProbe, afterReadBack, ofTheAct, sessionVerdict } from "../linkedin/verdict";
import { afterWithdrawal, ofTheWithdrawal } from "../linkedin/verdict";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish, rememberIdentity } from "./hand";
import { type ActPlan, actRecord, write } from "./journal";
import { type Evidence, Refused, Unreachable, post } from "./server";
import { paused } from "./settings";
import * as tab from "./tab";

/** LinkedIn shows what it did a little later (linkedin-wire 8.7). */
export const READ_LAG_MS = 1_500;
/** How often `start` is asked again when no answer came; what is left of the time counts from the first. */
const START_TRIES = 3;
const START_AGAIN_MS = 400;
/** A POST may be in flight for 120 s (guarantee); a little more, and the page has written down what it knows. */
const IN_FLIGHT_MS = 122_000;
const WATCH_MS = 200;
const GRANTED_AT_MOST_MS = 15_000;

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The kind of task that takes an invitation back. */
export const WITHDRAWAL = "withdraw_connection_request";

/** Carries out a leased invitation, or the taking back of one, up to its report. */
export async function invite(hand: Hand): Promise<End> {
  const { task } = hand.attempt;
  const page = await tab.open();
  const member = hand.pairing.account.urn;
  const aim = task.kind === WITHDRAWAL ? { withdraws: true as const } : { withdraws: false as const, note: task.note };
  const sight = await lookBefore(page, task.profile, member, aim);
  await rememberIdentity(sight.identity, sight.outcome);
  const { person } = sight;
  if (sight.outcome !== null || person === null) {
    const outcome = sight.outcome ?? "client_outdated";
    const seen = person === null ? null : await describe(page, person.urn, person.relationship, task.note);
    const about = { before: seen?.relation ?? null, profile_urn: person?.urn ?? null };
    return finish(hand, { outcome, evidence: { ...NO_EVIDENCE, ...evidenceOf(sight.answer), ...invitationOf(seen), ...about } });
  }
  if (await paused()) return { how: "released", reason: "paused" };
  return startAndAct(hand, page, person, sight.invitationUrn, sight.readAt);
}

async function startAndAct(
  hand: Hand,
  page: tab.OpenPage,
  person: Person,
  invitationUrn: string | null,
  readAt: number,
): Promise<End> {
  const plan: ActPlan = {
    token: crypto.randomUUID(),
    tabId: page.tabId,
    target: person.urn,
    name: person.name,
    slug: person.slug,
    emailRequired: person.emailRequired,
    before: person.relationship.relation,
    ...(invitationUrn === null ? {} : { withdraws: invitationUrn }),
    sentAt: Date.now(),
    actWithinMs: null,
  };
  // The page starts both its clocks before `start` is sent, so the time granted can only be counted too long.
  const [attempt] = await Promise.all([write({ ...hand.attempt, phase: "starting", act: plan }), page.arm(plan.token)]);
  const started = await start({ ...hand, attempt }, plan, readAt);
  if (started === "refused") return { how: "dropped" };
  if (started === null || started <= 0) return notAttempted({ ...hand, attempt }, plan);
  const granted = { ...plan, actWithinMs: started };
  const acting = { ...hand, attempt: await write({ ...attempt, phase: "acting", act: granted }) };
  const command = {
    token: plan.token,
    actWithinMs: started,
    path: plan.withdraws === undefined ? INVITE_PATH : withdrawPath(plan.withdraws),
    body: plan.withdraws === undefined ? inviteBody(plan.target, hand.attempt.task.note) : WITHDRAW_BODY,
  };
  const act = await page.act(command).catch(() => null);
  return act === null ? recover(acting, granted) : conclude(acting, granted, act);
}

/** Asks for leave to act: the time granted, null when no answer came, or that the server said no. */
async function start(hand: Hand, plan: ActPlan, readAt: number): Promise<number | null | "refused"> {
  const { attempt, pairing, bootId } = hand;
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await post<{ act_within_ms: number }>(pairing.server, pairing.token, `/agent/tasks/${attempt.task.id}/start`, {
        lease: attempt.lease,
        boot_id: bootId,
        linkedin_urn: pairing.account.urn,
        profile_urn: plan.target,
        profile_slug: plan.slug,
        before: { relation: plan.before, read_ms_ago: Math.max(0, Date.now() - readAt) },
      });
      return answer.act_within_ms;
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return "refused";
      if (!(error instanceof Unreachable)) throw error;
      if (tries === START_TRIES || Date.now() - plan.sentAt > GRANTED_AT_MOST_MS) return null;
      await after(START_AGAIN_MS);
    }
  }
}

/** Goes on from the journal after a worker or browser died; never acts. */
export async function resume(hand: Hand): Promise<End> {
  const { act: plan, bootId } = hand.attempt;
  if (plan === null) return { how: "dropped" };
  const sameRun = bootId === hand.bootId;
  if (hand.attempt.phase === "starting") return sameRun ? notAttempted(hand, plan) : inDoubt(hand, plan, null);
  return recover(hand, plan);
}

/** Waits for what the page wrote down; when it is sure that nothing more will come, reports what is known. */
async function recover(hand: Hand, plan: ActPlan): Promise<End> {
  const sameRun = hand.attempt.bootId === hand.bootId;
  if (sameRun) await watch(plan);
  else await tab.closeFormer(plan.tabId);
  let record = await actRecord(plan.token);
  let certain = false;
  if (record?.state !== "done" && sameRun) {
    // With the tab goes all that could still act in it; only then is a missing entry a certain no.
    certain = await tab.close();
    record = await actRecord(plan.token);
  }
  if (record?.state === "done") return conclude(hand, plan, record);
  if (record === null && certain) return notAttempted(hand, plan);
  return inDoubt(hand, plan, record === null ? false : true);
}

/** Watches the page's entry while the page may still begin or be waiting for LinkedIn. */
async function watch(plan: ActPlan): Promise<void> {
  const mayBegin = plan.sentAt + (plan.actWithinMs ?? GRANTED_AT_MOST_MS) + WATCH_MS;
  const mayEnd = mayBegin + IN_FLIGHT_MS;
  while (await tab.alive(plan.tabId)) {
    const record = await actRecord(plan.token);
    if (record?.state === "done" || Date.now() > (record === null ? mayBegin : mayEnd)) return;
    await after(WATCH_MS);
  }
}

/** Turns the page's account of the act into a report. */
async function conclude(hand: Hand, plan: ActPlan, act: Act): Promise<End> {
  // A token that was used before says that an act was begun under it, not that none was.
  if (act.held === "spent") return inDoubt(hand, plan, true);
  if (act.held !== null) return heldBack(hand, plan, act.held);
  const withdraws = plan.withdraws !== undefined;
  const ruling = withdraws ? ofTheWithdrawal(act.answer) : ofTheAct(act.answer, plan.target, plan.emailRequired);
  let { outcome } = ruling;
  let standing: Standing | null = null;
  if (ruling.then === "probe") outcome = await probed(hand, outcome);
  if (ruling.then === "read_back") {
    await after(READ_LAG_MS);
    standing = await standingAfter(hand, plan);
    const relation = standing?.relation ?? "unknown";
    outcome = withdraws ? afterWithdrawal(outcome, relation) : afterReadBack(outcome, relation);
  }
  const evidence: Evidence = {
    ...NO_EVIDENCE,
    ...evidenceOf(act.answer),
    before: plan.before,
    after: standing?.relation ?? null,
    ...invitationOf(standing),
    acted: outcome !== "not_attempted",
    profile_urn: plan.target,
  };
  if (outcome === "sent") evidence.invitation_urn = act.answer.invitationUrn;
  return finish(hand, { outcome, evidence });
}

/** The act was not made, for certain; without a session the member has to sign in first. */
function heldBack(hand: Hand, plan: ActPlan, held: Held): Promise<End> {
  const outcome: Outcome = held === "no_session" ? "signed_out" : "not_attempted";
  return finish(hand, { outcome, evidence: { ...NO_EVIDENCE, before: plan.before, profile_urn: plan.target } });
}

function notAttempted(hand: Hand, plan: ActPlan): Promise<End> {
  return heldBack(hand, plan, "deadline");
}

/** Nobody can say whether the act was made: what can be read is read, and the server decides. */
async function inDoubt(hand: Hand, plan: ActPlan, acted: boolean | null): Promise<End> {
  const standing = await standingAfter(hand, plan);
  const evidence: Evidence = {
    ...NO_EVIDENCE,
    before: plan.before,
    after: standing?.relation ?? null,
    ...invitationOf(standing),
    acted: acted === true,
    profile_urn: plan.target,
  };
  return finish(hand, { outcome: "unknown", evidence });
}

/** The relationship read again, with the sent list where an invitation stands; null when LinkedIn cannot be read. */
async function standingAfter(hand: Hand, plan: ActPlan): Promise<Standing | null> {
  const { note } = hand.attempt.task;
  try {
    const page = await tab.open();
    const { relationship } = await readRelationship(page, plan.target, hand.pairing.account.urn);
    return await describe(page, plan.target, relationship, note);
  } catch (error) {
    if (error instanceof tab.NoTab) return null;
    throw error;
  }
}

async function probed(hand: Hand, outcome: Outcome): Promise<Outcome> {
  try {
    const me = await readMe(await tab.open());
    const session = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member: hand.pairing.account.urn });
    await rememberIdentity(me.identity, session);
    return afterProbe(outcome, session);
  } catch (error) {
    if (error instanceof tab.NoTab) return outcome;
    throw error;
  }
}

function invitationOf(standing: Standing | null): Pick<Evidence, "invitation_urn" | "invitation_sent_ms_ago" | "message_equal"> {
  return {
    invitation_urn: standing?.invitationUrn ?? null,
    invitation_sent_ms_ago: standing?.sentMsAgo ?? null,
    message_equal: standing?.messageEqual ?? null,
  };
}
