/** The looks around an invitation: before the act, after an uncertain answer, and the second look at one in doubt. */
import { readMe, readPerson, readRelationship, readSentEntry } from "./api";
import type { Page } from "./page";
import type { Person } from "./profile";
import { type Relationship, type SentEntry, UNLISTED, UNREAD, profileId, sameMessage } from "./relation";
import type { Identity } from "./session";
import { type Answer, type Outcome, type Relation, type Seen, beforeTheAct, readTrouble, seen, sessionVerdict } from "./verdict";

/** Whom a task is about, as the server knows them. */
export interface ProfileKey {
  urn: string | null;
  slug: string | null;
}

/** Everything read before an act, and what it says: an outcome, or null when the person can be invited. */
export interface Sight {
  outcome: Outcome | null;
  /** The answer the outcome rests on. */
  answer: Answer;
  identity: Identity | null;
  person: Person | null;
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
export async function lookBefore(page: Page, profile: ProfileKey, member: string, note: string | null): Promise<Sight> {
  const me = await readMe(page);
  const session = { me: me.answer, signedIn: me.identity?.urn ?? null, member };
  const trouble = sessionVerdict(session);
  const key = profile.urn === null ? profile.slug : profileId(profile.urn);
  if (trouble !== null || key === null) {
    return { outcome: trouble ?? "client_outdated", answer: me.answer, identity: me.identity, person: null, readAt: Date.now() };
  }
  const { answer, person } = await readPerson(page, key, member);
  const outcome = beforeTheAct({
    ...session,
    premium: me.identity?.premium === true,
    profile: answer,
    profileUrn: person?.urn ?? null,
    relation: person?.relationship.relation ?? "unknown",
    noteUnits: note?.length ?? 0,
  });
  return { outcome, answer, identity: me.identity, person, readAt: Date.now() };
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
