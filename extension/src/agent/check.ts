/** A look at what became of the member's invitations: who has accepted, and what still waits. It reads, and never acts. */
import { readMe } from "../linkedin/api";
import { type List, readConnections, readSent } from "../linkedin/lists";
import { sessionVerdict } from "../linkedin/verdict";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish, rememberIdentity } from "./hand";
import * as tab from "./tab";

/** Reads both lists as far back as the server asks, and reports ids and ages: no name, no note. */
export async function checkInvitations(hand: Hand): Promise<End> {
  const page = await tab.open();
  const me = await readMe(page);
  const session = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member: hand.pairing.account.urn });
  await rememberIdentity(me.identity, session);
  if (session !== null) return finish(hand, { outcome: session, evidence: { ...NO_EVIDENCE, ...evidenceOf(me.answer) } });
  const oldestMsAgo = Number(hand.attempt.task.input?.oldest_ms_ago ?? 0);
  // What waits is read first: who accepts between the two reads is in the second one.
  const sent = await readSent(page, oldestMsAgo);
  const connected = sent.trouble === null ? await readConnections(page, oldestMsAgo) : null;
  const stopped = sent.trouble === null ? connected : sent;
  if (connected === null || stopped?.trouble != null) return failed(hand, stopped ?? sent);
  return finish(hand, {
    outcome: "completed",
    output: {
      // Who was connected before the oldest invitation is nobody's concern.
      connected: connected.entries.filter((entry) => entry.ms_ago <= oldestMsAgo),
      pending: sent.entries,
      complete: sent.complete && connected.complete,
    },
    evidence: { ...NO_EVIDENCE, ...evidenceOf(connected.answer) },
  });
}

function failed(hand: Hand, { answer, trouble }: List): Promise<End> {
  return finish(hand, { outcome: trouble ?? "client_outdated", evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}
