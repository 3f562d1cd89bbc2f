/** The looks around an invitation: before the act, after an uncertain answer, and the second look at one in doubt. */
import { readMe, readPerson, readRelationship, readSentEntry } from "./api";
import type { Page } from "./page";
import type { Person } from "./profile";
import { type Relationship, type SentEntry, UNLISTED, UNREAD, profileId, sameMessage } from "./relation";
import type { Identity } from "./session";
import { type Answer, type Outcome, type Relation, type Seen, readTrouble, seen, sessionVerdict } from "./verdict";
import { beforeTheAct, beforeTheWithdrawal } from "./verdict";

/** Whom a task is about, as the server knows them. */
export interface ProfileKey {
  urn: string | null;
  slug: string | null;
}

/** What is to be done: to invite, with a note or without, or to take an invitation back. */
export type Aim = { withdraws: false; note: string | null } | { withdraws: true };

/** Everything read before an act, and what it says: an outcome, or null when it can be done. */
export interface Sight {
  outcome: Outcome | null;
  /** The answer the outcome rests on. */
  answer: Answer;
  identity: Identity | null;
  person: Person | null;
  /** The invitation that is to be taken back. */
  invitationUrn: string | null;
  readAt: number;
}

/** What a look at a standing invitation shows. */
export interface Standing {
  relation: Relation;
  invitationUrn: string | null;
  sentMsAgo: number | null;
  messageEqual: boolean | null;
}

/** Reads who is signed in and how they stand to the person; a stranger's session is not used to look at anybody. */
export async function lookBefore(page: Page, profile: ProfileKey, member: string, aim: Aim): Promise<Sight> {
  const me = await readMe(page);
  const session = { me: me.answer, signedIn: me.identity?.urn ?? null, member };
  const trouble = sessionVerdict(session);
  const key = profile.urn === null ? profile.slug : profileId(profile.urn);
  if (trouble !== null || key === null) {
    const nobody = { identity: me.identity, person: null, invitationUrn: null, readAt: Date.now() };
    return { outcome: trouble ?? "client_outdated", answer: me.answer, ...nobody };
  }
  const { answer, person } = await readPerson(page, key, member);
  const relation = person?.relationship.relation ?? "unknown";
  const facts = { ...session, profile: answer, profileUrn: person?.urn ?? null, relation };
  let invitationUrn = aim.withdraws ? (person?.relationship.invitationUrn ?? null) : null;
  if (aim.withdraws && invitationUrn === null && person !== null && relation === "pending_out") {
    invitationUrn = (await readSentEntry(page, person.urn)).invitationUrn;
  }
  const outcome = aim.withdraws
    ? beforeTheWithdrawal(facts, invitationUrn)
    : beforeTheAct({ ...facts, premium: me.identity?.premium === true, noteUnits: aim.note?.length ?? 0 });
  return { outcome, answer, identity: me.identity, person, invitationUrn, readAt: Date.now() };
}

/** What is standing, when something is: with the age and note that tell whose invitation it is. */
export async function describe(page: Page, urn: string, relationship: Relationship, note: string | null): Promise<Standing> {
  const pending = relationship.relation === "pending_out";
  return standing(relationship, pending ? await readSentEntry(page, urn) : UNLISTED, note);
}

/** Reads the relationship again after an act that was confirmed. */
export async function readBack(page: Page, urn: string, member: string, note: string | null): Promise<Standing> {
  return standing((await readRelationship(page, urn, member)).relationship, UNLISTED, note);
}

/** The second look: both surfaces, and only for the right member. */
export async function lookAgain(
  page: Page,
  profile: ProfileKey,
  member: string,
  note: string | null,
): Promise<{ seen: Seen; standing: Standing; answer: Answer; identity: Identity | null; trouble: Outcome | null; urn: string | null }> {
  const me = await readMe(page);
  const trouble = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member });
  const blind = { seen: "unreadable" as const, standing: standing(UNREAD, UNLISTED, note), identity: me.identity };
  if (trouble !== null) return { ...blind, answer: me.answer, trouble, urn: profile.urn };
  let { urn } = profile;
  if (urn === null && profile.slug !== null) {
    const { answer, person } = await readPerson(page, profile.slug, member);
    if (person === null) return { ...blind, answer, trouble: readTrouble(answer), urn };
    urn = person.urn;
  }
  if (urn === null) return { ...blind, answer: me.answer, trouble: null, urn };
  const [{ relationship }, entry] = await Promise.all([readRelationship(page, urn, member), readSentEntry(page, urn)]);
  return {
    seen: seen(relationship.relation, entry.listed),
    standing: standing(relationship, entry, note),
    answer: me.answer,
    identity: me.identity,
    trouble: null,
    urn,
  };
}

function standing(relationship: Relationship, entry: SentEntry, note: string | null): Standing {
  const pending = relationship.relation === "pending_out" || entry.listed === true;
  const message = entry.listed === true ? entry.message : relationship.message;
  return {
    relation: relationship.relation,
    invitationUrn: pending ? (relationship.invitationUrn ?? entry.invitationUrn) : null,
    sentMsAgo: entry.sentMsAgo,
    messageEqual: pending ? sameMessage(message, note) : null,
  };
}
