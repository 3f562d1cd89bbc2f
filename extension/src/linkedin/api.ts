/** The Voyager calls that are made, and nothing else (linkedin-wire 0-6): paths, the body of the one POST, readings. */
import { type Json, at } from "./answer";
import type { Page } from "./page";
import { type Person, personOf } from "./profile";
import { type Relationship, type SentEntry, UNLISTED, UNREAD, profileId, relationshipOf, sentEntryOf } from "./relation";
import { type Identity, identityOf } from "./session";
import { type Answer, readTrouble } from "./verdict";

const BASE = "/voyager/api";
const DECORATION = "com.linkedin.voyager.dash.deco.identity.profile.";
const RESULT = "com.linkedin.voyager.dash.deco.relationships.InvitationCreationResultWithInvitee-2";

/** Where the one POST of generation G3 goes (linkedin-wire 2.3). */
export const INVITE_PATH = `${BASE}/voyagerRelationshipsDashMemberRelationships?action=verifyQuotaAndCreateV2&decorationId=${RESULT}`;

/** Where one invitation is taken back (linkedin-wire 6.2). */
export function withdrawPath(invitationUrn: string): string {
  const urn = restli(`urn:li:fsd_invitation:${profileId(invitationUrn)}`);
  return `${BASE}/voyagerRelationshipsDashInvitations/${urn}?action=withdraw`;
}

export const WITHDRAW_BODY = JSON.stringify({ invitationType: "CONNECTION" });

/** A person's top card as read; `answer` is the one that decided. */
export interface PersonReading {
  answer: Answer;
  body: Json;
  person: Person | null;
}

export interface RelationReading {
  answer: Answer;
  relationship: Relationship;
}

/** A value inside a Rest.li address; parentheses must be escaped too (linkedin-wire 1.4). */
export function restli(value: string): string {
  return encodeURIComponent(value).replace(/\(/g, "%28").replace(/\)/g, "%29");
}

/** The body of generation G3; the key `customMessage` is absent when there is no note. */
export function inviteBody(urn: string, note: string | null): string {
  const invitee = { inviteeUnion: { memberProfile: urn } };
  return JSON.stringify(note === null || note === "" ? { invitee } : { invitee, customMessage: note });
}

/** Reads who is signed in. */
export async function readMe(page: Page): Promise<{ answer: Answer; identity: Identity | null }> {
  const { answer, body } = await page.read(`${BASE}/me`);
  return { answer, identity: readTrouble(answer) === null ? identityOf(body) : null };
}

/** Reads a person's top card and nothing else; by id or slug alike. */
export async function readTopCard(page: Page, key: string, member: string): Promise<PersonReading> {
  const { answer, body } = await page.read(profilePath(key, "WebTopCardCore-19"));
  return { answer, body, person: readTrouble(answer) === null ? personOf(body, member) : null };
}

/** Reads a person's top card, with the relationship. */
export async function readPerson(page: Page, key: string, member: string): Promise<PersonReading> {
  const { answer, body, person } = await readTopCard(page, key, member);
  if (person === null || person.relationship.relation !== "unknown") return { answer, body, person };
  // This decoration may come without the relationship: then it is read by itself, and its answer is what counts.
  const direct = await readRelationship(page, person.urn, member);
  return { answer: direct.answer, body, person: { ...person, relationship: direct.relationship } };
}

/** Reads a person's full profile: what they did, learnt and can. */
export async function readFullProfile(page: Page, urn: string): Promise<Json> {
  const { answer, body } = await page.read(profilePath(profileId(urn), "FullProfileWithEntities-93"));
  return readTrouble(answer) === null ? body : null;
}

/** Reads the relationship to a person by itself. */
export async function readRelationship(page: Page, urn: string, member: string): Promise<RelationReading> {
  const key = restli(`urn:li:fsd_memberRelationship:${profileId(urn)}`);
  const { answer, body } = await page.read(`${BASE}/voyagerRelationshipsDashMemberRelationships/${key}`);
  const readable = readTrouble(answer) === null;
  return { answer, relationship: readable ? relationshipOf(body, at(body, "data"), urn, member) : UNREAD };
}

/** Looks for a person in the first hundred invitations sent. */
export async function readSentEntry(page: Page, urn: string): Promise<SentEntry> {
  const query = "count=100&invitationType=CONNECTION&q=invitationType&start=0";
  const { answer, body, servedAt } = await page.read(`${BASE}/relationships/sentInvitationViewsV2?${query}`);
  return readTrouble(answer) === null ? sentEntryOf(body, urn, servedAt) : UNLISTED;
}

function profilePath(key: string, decoration: string): string {
  return `${BASE}/identity/dash/profiles?q=memberIdentity&memberIdentity=${restli(key)}&decorationId=${DECORATION}${decoration}`;
}
