/** A look at what became of the member's invitations: who has accepted, and what still waits. It reads, and never acts. */
import { readRelationship } from "../linkedin/api";
import { type List, breathe, readConnections, readSent } from "../linkedin/lists";
import { type Relation, readTrouble } from "../linkedin/verdict";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish } from "./hand";
import { ownPage } from "./own_page";
import { paused } from "./settings";

/** Reads both lists as far back as the server asks, and reports ids and ages: no name, no note. */
export async function checkInvitations(hand: Hand): Promise<End> {
  const { page, trouble: stranger, answer: me } = await ownPage(hand);
  if (stranger !== null) return finish(hand, { outcome: stranger, evidence: { ...NO_EVIDENCE, ...evidenceOf(me) } });
  const { input } = hand.attempt.task;
  const back = { pending: Number(input?.pending_ms_ago ?? 0), connected: Number(input?.connected_ms_ago ?? 0) };
  const goesOn = async (): Promise<boolean> => !(await paused());
  // What waits is read first: who accepts between the two reads is in the second one.
  const sent = await readSent(page, back.pending, goesOn);
  const connected = unfinished(sent) ? sent : await readConnections(page, back.connected, goesOn);
  if (connected.stopped) return { how: "released", reason: "paused" };
  if (unfinished(connected)) return failed(hand, connected);
  const relations: { profile: string; relation: Relation | null }[] = [];
  for (const profile of input?.missing ?? []) {
    await breathe();
    if (!(await goesOn())) return { how: "released", reason: "paused" };
    const { answer, relationship } = await readRelationship(page, `urn:li:fsd_profile:${profile}`, hand.pairing.account.urn);
    const trouble = readTrouble(answer);
    if (trouble !== null && trouble !== "not_found") return failed(hand, { answer, trouble });
    relations.push({ profile, relation: trouble === null ? relationship.relation : null });
  }
  return finish(hand, {
    outcome: "completed",
    output: {
      // Who was connected before that is nobody's concern.
      connected: connected.entries.filter((entry) => entry.ms_ago <= back.connected),
      pending: sent.entries,
      complete: sent.complete && connected.complete,
      relations,
    },
    evidence: { ...NO_EVIDENCE, ...evidenceOf(connected.answer) },
  });
}

function unfinished({ trouble, stopped }: List): boolean {
  return trouble !== null || stopped;
}

function failed(hand: Hand, { answer, trouble }: Pick<List, "answer" | "trouble">): Promise<End> {
  return finish(hand, { outcome: trouble ?? "client_outdated", evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}
