/** Tasks that only read: a profile, or a page of connections, as their member sees them. They need no `start`. */
import { readFullProfile, readMe, readPerson, readTopCard } from "../linkedin/api";
import { readConnectionsPage } from "../linkedin/lists";
import { introduction, profileOutput } from "../linkedin/profile";
import { profileId } from "../linkedin/relation";
import { type Answer, type Outcome, readTrouble, sessionVerdict } from "../linkedin/verdict";
import { type End, type Hand, NO_EVIDENCE, evidenceOf, finish, rememberIdentity } from "./hand";
import * as tab from "./tab";

/** Reads the profile a task names and reports it. */
export async function fetchProfile(hand: Hand): Promise<End> {
  const page = await tab.open();
  const member = hand.pairing.account.urn;
  const me = await readMe(page);
  const session = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member });
  await rememberIdentity(me.identity, session);
  if (session !== null) return failed(hand, session, me.answer);
  const { urn, slug } = hand.attempt.task.profile;
  const key = urn === null ? slug : profileId(urn);
  if (key === null) return failed(hand, "client_outdated", me.answer);
  const { answer, body, person } = await readPerson(page, key, member);
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
  const page = await tab.open();
  const member = hand.pairing.account.urn;
  const me = await readMe(page);
  const session = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member });
  await rememberIdentity(me.identity, session);
  if (session !== null) return failed(hand, session, me.answer);
  const { urn, slug } = hand.attempt.task.profile;
  const key = urn === null ? slug : profileId(urn);
  if (key === null) return failed(hand, "client_outdated", me.answer);
  const { answer, person } = await readTopCard(page, key, member);
  if (person === null) return failed(hand, readTrouble(answer) ?? "not_found", answer);
  const evidence = { ...NO_EVIDENCE, ...evidenceOf(answer), profile_urn: person.urn };
  return finish(hand, { outcome: "completed", output: introduction(person), evidence });
}

/** Reads a page of the member's connections and reports it. */
export async function fetchConnections(hand: Hand): Promise<End> {
  const page = await tab.open();
  const me = await readMe(page);
  const session = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member: hand.pairing.account.urn });
  await rememberIdentity(me.identity, session);
  if (session !== null) return failed(hand, session, me.answer);
  const asked = { keyword: null, sort_type: "RECENTLY_ADDED", start: 0, count: 40, ...hand.attempt.task.input };
  const { answer, people, total } = await readConnectionsPage(page, asked);
  if (people === null) return failed(hand, readTrouble(answer) ?? "client_outdated", answer);
  const output = { connections: people, paging: { start: asked.start, count: asked.count, total } };
  return finish(hand, { outcome: "completed", output, evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}

function failed(hand: Hand, outcome: Outcome, answer: Answer): Promise<End> {
  return finish(hand, { outcome, evidence: { ...NO_EVIDENCE, ...evidenceOf(answer) } });
}
