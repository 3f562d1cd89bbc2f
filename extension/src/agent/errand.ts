/** Tasks that only read: a profile, or a page of connections, as their member sees them. They need no `start`. */
import { readFullProfile, readPerson, readTopCard } from "../linkedin/api";
import { readConnectionsPage } from "../linkedin/lists";
import { introduction, profileOutput } from "../linkedin/profile";
import { profileId } from "../linkedin/relation";
import { type Answer, type Outcome, readTrouble } from "../linkedin/verdict";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish } from "./hand";
import { ownPage } from "./own_page";

/** Reads the profile a task names and reports it. */
export async function fetchProfile(hand: Hand): Promise<End> {
  const { page, trouble, answer: me } = await ownPage(hand);
  if (trouble !== null) return failed(hand, trouble, me);
  const key = keyOf(hand);
  if (key === null) return failed(hand, "client_outdated", me);
  const { answer, body, person } = await readPerson(page, key, hand.pairing.account.urn);
  if (person === null) return failed(hand, readTrouble(answer) ?? "not_found", answer);
  const full = await readFullProfile(page, person.urn);
  return finish(hand, {
    outcome: "completed",
    output: profileOutput(person, body, full),
    evidence: { ...NO_EVIDENCE, ...evidenceOf(answer), before: person.relationship.relation, profile_urn: person.urn },
  });
}

/** Reads who somebody is whom the member is to be asked about: the top card, and nothing else. */
export async function introduce(hand: Hand): Promise<End> {
  const { page, trouble, answer: me } = await ownPage(hand);
  if (trouble !== null) return failed(hand, trouble, me);
  const key = keyOf(hand);
  if (key === null) return failed(hand, "client_outdated", me);
  const { answer, person } = await readTopCard(page, key, hand.pairing.account.urn);
  if (person === null) return failed(hand, readTrouble(answer) ?? "not_found", answer);
  const evidence = { ...NO_EVIDENCE, ...evidenceOf(answer), profile_urn: person.urn };
  return finish(hand, { outcome: "completed", output: introduction(person), evidence });
}

/** Reads a page of the member's connections and reports it. */
export async function fetchConnections(hand: Hand): Promise<End> {
  const { page, trouble, answer: me } = await ownPage(hand);
  if (trouble !== null) return failed(hand, trouble, me);
  const asked = { keyword: null, sort_type: "RECENTLY_ADDED", start: 0, count: 40, ...hand.attempt.task.input };
  const { answer, people, total } = await readConnectionsPage(page, asked);
  if (people === null) return failed(hand, readTrouble(answer) ?? "client_outdated", answer);
  const output = { connections: people, paging: { start: asked.start, count: asked.count, total } };
  return finish(hand, { outcome: "completed", output, evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}

/** Whom the task names, as LinkedIn is asked for them. */
function keyOf(hand: Hand): string | null {
  const { urn, slug } = hand.attempt.task.profile;
  return urn === null ? slug : profileId(urn);
}

function failed(hand: Hand, outcome: Outcome, answer: Answer): Promise<End> {
  return finish(hand, { outcome, evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}
