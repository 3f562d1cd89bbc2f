/** The loop: finish what the journal holds, else lease, perform, report. One turn at a time, safe to lose at any point. */
import { checkInvitations } from "./check";
import { type End, type Hand, type ReleaseReason } from "./hand";
import { fetchConnections, fetchProfile, introduce } from "./errand";
import { WITHDRAWAL, invite, resume } from "./invitation";
import * as journal from "./journal";
import { addLateEvidence, verify } from "./second_look";
import { type Leased, Refused, Unreachable, post } from "./server";
import * as settings from "./settings";
import type { Pairing } from "./settings";
import * as tab from "./tab";

/** What follows a turn: another at once, or a rest that a ring may end. `deaf` rests are for a server in trouble. */
export type Rest = { ms: number; deaf: boolean };

/** What this version can do; the server gives it nothing else. */
const KINDS = ["send_connection_request", WITHDRAWAL, "fetch_profile", "fetch_connections", "check_invitations", "read_person"];
const AT_ONCE: Rest = { ms: 0, deaf: false };
const UNTIL_PAIRED: Rest = { ms: Number.POSITIVE_INFINITY, deaf: false };
const UPDATE_REST_MS = 600_000;
const BACKOFF_MS = { first: 1_000, most: 60_000 };
/** After an attempt that came to nothing the server's tempo is kept, never below this. */
const SHORTEST_REST_MS = 1_000;

/**
 * Outcomes after which the task waits, with the server's word for what it waits for. What stands in the way is not gone a
 * moment later, and LinkedIn is read sparingly.
 */
const WAITING: Readonly<Record<string, string | null>> = {
  not_attempted: null,
  unreadable: null,
  signed_out: "signed_out",
  wrong_member: "wrong_member",
  challenge: "challenge",
  restricted: "restricted",
  throttled: "throttled",
  invitation_limit_reached: "invitation_limit",
  client_outdated: "update_required",
};

let failures = 0;

/** One turn. Never throws: what goes wrong becomes a rest and a sentence for the popup. */
export async function turn(): Promise<Rest> {
  const pairing = await settings.pairing();
  if (pairing === undefined) return UNTIL_PAIRED;
  try {
    const rest = await step(pairing);
    failures = 0;
    return rest;
  } catch (error) {
    return afterFailure(error, pairing);
  }
}

async function step(pairing: Pairing): Promise<Rest> {
  const bootId = await settings.bootId();
  const attempt = await journal.current();
  if (attempt !== undefined && attempt.phase !== "leased") {
    const hand = { attempt, pairing, bootId };
    return settle(hand, attempt.phase === "answered" ? { how: "finished", attempt } : await resume(hand), SHORTEST_REST_MS);
  }
  // A lease without a start is no promise: asking again answers with the same task, if it is still ours.
  if (attempt !== undefined) await journal.close();
  const leased = await lease(pairing, bootId);
  if (leased.task === null) return { ms: leased.poll_after_ms, deaf: false };
  const fresh = await journal.write({
    task: leased.task,
    lease: leased.lease.id,
    bootId,
    phase: "leased",
    act: null,
    finish: null,
  });
  const hand = { attempt: fresh, pairing, bootId };
  return settle(hand, await perform(hand), Math.max(SHORTEST_REST_MS, leased.poll_after_ms));
}

async function lease(pairing: Pairing, bootId: string): Promise<Leased> {
  const account = await settings.linkedin();
  const [incarnation, paused] = await Promise.all([settings.incarnation(), settings.paused()]);
  const leased = await withJournal(pairing, () =>
    post<Leased>(pairing.server, pairing.token, "/agent/lease", {
      boot_id: bootId,
      version: chrome.runtime.getManifest().version,
      ...(incarnation === null ? {} : { incarnation }),
      linkedin: account == null ? null : { urn: account.urn, premium: account.premium },
      paused,
      kinds: KINDS,
    }),
  );
  await settings.keep({
    problem: null,
    incarnation: leased.incarnation,
    reason: leased.task === null ? leased.reason : null,
    ends_by: leased.task === null ? (leased.ends_by ?? null) : null,
  });
  return leased;
}

async function perform(hand: Hand): Promise<End> {
  const { kind, purpose } = hand.attempt.task;
  if (await settings.paused()) return { how: "released", reason: "paused" };
  try {
    if (kind === "send_connection_request" || kind === WITHDRAWAL) return await (purpose === "verify" ? verify(hand) : invite(hand));
    if (kind === "fetch_profile") return await fetchProfile(hand);
    if (kind === "fetch_connections") return await fetchConnections(hand);
    if (kind === "check_invitations") return await checkInvitations(hand);
    if (kind === "read_person") return await introduce(hand);
    // A kind this version does not know waits for one that does.
    return { how: "released", reason: "updating" };
  } catch (error) {
    if (!(error instanceof tab.NoTab)) throw error;
    await settings.keep({ problem: { kind: "tab", message: await tab.whyNone() } });
    return { how: "released", reason: "no_tab" };
  }
}

/** Tells the server how the attempt ended and puts the journal away; the report stays there until it is delivered. */
async function settle(hand: Hand, end: End, restMs: number): Promise<Rest> {
  if (end.how === "finished") return report({ ...hand, attempt: end.attempt }, restMs);
  if (end.how === "released") await release(hand, end.reason);
  await journal.close();
  return { ms: end.how === "dropped" ? SHORTEST_REST_MS : restMs, deaf: false };
}

async function report(hand: Hand, restMs: number): Promise<Rest> {
  const { attempt, pairing } = hand;
  const { finish } = attempt;
  if (finish === null) return AT_ONCE;
  try {
    await withJournal(pairing, () => post(pairing.server, pairing.token, `/agent/tasks/${attempt.task.id}/finish`, finish));
  } catch (error) {
    // 409 lease_lost and the like: the server kept the evidence, or has no use for it; it is not sent again.
    if (!(error instanceof Refused) || error.status === 401 || error.status === 426) throw error;
  }
  const made = finish.outcome === "sent" || finish.outcome === "pending";
  if (made && attempt.task.kind !== WITHDRAWAL) await rememberMade(hand);
  await journal.close();
  if (finish.outcome === "sent" && attempt.act !== null) void addLateEvidence(hand, attempt.act, finish);
  const waitsFor = WAITING[finish.outcome];
  if (waitsFor === undefined) return AT_ONCE;
  await settings.keep({ reason: waitsFor, ends_by: null });
  return { ms: restMs, deaf: false };
}

async function rememberMade({ attempt: { task, act } }: Hand): Promise<void> {
  const urn = act?.target ?? task.profile.urn ?? "";
  const slug = act?.slug ?? task.profile.slug;
  await settings.rememberMade({ task: task.id, at: Date.now(), urn, slug, name: act?.name ?? slug ?? urn, note: task.note });
}

async function release(hand: Hand, reason: ReleaseReason): Promise<void> {
  const { attempt, pairing } = hand;
  try {
    await post(pairing.server, pairing.token, `/agent/tasks/${attempt.task.id}/release`, { lease: attempt.lease, reason });
  } catch (error) {
    if (!(error instanceof Refused) || error.status === 401 || error.status === 426) throw error;
  }
}

/** Makes a call; to a server restored from an older backup the journal is sent first. */
async function withJournal<T>(pairing: Pairing, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "journal_required") throw error;
  }
  const held = { incarnation: await settings.incarnation(), entries: await journal.entries() };
  const answer = await post<{ incarnation: string | number }>(pairing.server, pairing.token, "/agent/journal", held);
  await settings.keep({ incarnation: answer.incarnation });
  throw new Unreachable("The journal was sent; asking again", 1);
}

async function afterFailure(error: unknown, pairing: Pairing): Promise<Rest> {
  if (error instanceof Refused && error.status === 401) {
    // Paired anew meanwhile: it is the former token that is no longer good.
    if ((await settings.pairing())?.token !== pairing.token) return AT_ONCE;
    await settings.forget({ kind: "revoked", message: "The server no longer knows this browser. Pair it again." });
    return UNTIL_PAIRED;
  }
  if (error instanceof Refused && error.status === 426) {
    await settings.keep({ problem: { kind: "update", message: error.message } });
    return { ms: UPDATE_REST_MS, deaf: true };
  }
  const message = error instanceof Error ? error.message : String(error);
  await settings.keep({ problem: { kind: error instanceof Unreachable ? "offline" : "refused", message } });
  const asked = error instanceof Unreachable ? error.retryAfterMs : null;
  const backoff = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** failures);
  failures += 1;
  return { ms: asked ?? backoff * (0.5 + Math.random() / 2), deaf: true };
}
