/** How the member and a person stand to each other, from a MemberRelationship or from the sent list (linkedin-wire 4.3, 6.1). */
import { type Json, at, included, text } from "./answer";
import type { Relation } from "./verdict";

/** A relationship as read, with the invitation that stands in it, if one does. */
export interface Relationship {
  relation: Relation;
  invitationUrn: string | null;
  message: string | null;
}

/** What the list of sent invitations says about one person; `listed` is null when the list could not be read. */
export interface SentEntry {
  listed: boolean | null;
  invitationUrn: string | null;
  message: string | null;
  sentMsAgo: number | null;
}

export const UNREAD: Relationship = { relation: "unknown", invitationUrn: null, message: null };
export const UNLISTED: SentEntry = { listed: null, invitationUrn: null, message: null, sentMsAgo: null };

/** The bare id at the end of a profile URN of any kind. */
export function profileId(urn: string): string {
  return urn.slice(urn.lastIndexOf(":") + 1);
}

/** GraphQL writes unused members of a union as null: only an object counts, never the presence of a key. */
function present(value: Json): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A note is a text in one place and `{text}` in another. */
function messageOf(invitation: Json): string | null {
  const message = at(invitation, "message");
  return text(message) ?? text(at(message, "text"));
}

function direction(invitation: Json, target: string, member: string): Relation {
  const state = at(invitation, "invitationState");
  if (state !== null && state !== "PENDING") return "unknown";
  const invitee = text(at(invitation, "inviteeMember")) ?? text(at(invitation, "*inviteeMemberResolutionResult"));
  if (invitee === target) return "pending_out";
  if (invitee === member) return "pending_in";
  const type = at(invitation, "invitationType");
  if (type === "SENT") return "pending_out";
  return type === "RECEIVED" ? "pending_in" : "unknown";
}

/** Reads the one standing union of a MemberRelationship entity. */
export function relationshipOf(body: Json, entity: Json, target: string, member: string): Relationship {
  const union = at(entity, "memberRelationshipUnion") ?? at(entity, "memberRelationship");
  if (present(at(union, "self"))) return { ...UNREAD, relation: "self" };
  if (text(at(union, "*connection")) !== null || present(at(union, "connection"))) return { ...UNREAD, relation: "connected" };
  const apart = at(union, "noConnection");
  const state = at(apart, "invitationUnion") ?? at(apart, "invitation");
  const reference = text(at(state, "*invitation"));
  const invitation = included(body, reference) ?? at(state, "invitation");
  if (reference !== null || present(invitation)) {
    // The URN as text only: the numeric invitationId is rounded by the time JavaScript sees it.
    const invitationUrn = reference ?? text(at(invitation, "entityUrn"));
    return { relation: direction(invitation, target, member), invitationUrn, message: messageOf(invitation) };
  }
  return present(at(state, "noInvitation")) ? { ...UNREAD, relation: "none" } : UNREAD;
}

function isFor(invitation: Json, id: string): boolean {
  const places = [at(invitation, "toMemberId"), at(invitation, "*toMember"), at(invitation, "invitee", "*miniProfile")];
  return places.some((place) => typeof place === "string" && profileId(place) === id);
}

/** Finds a person in the list of sent invitations; its `customMessage` is only a yes or no, the note is `message`. */
export function sentEntryOf(body: Json, target: string, servedAt: number): SentEntry {
  const entities = at(body, "included");
  if (!Array.isArray(at(body, "data", "*elements")) || !Array.isArray(entities)) return UNLISTED;
  const id = profileId(target);
  const found = entities.find((entity) => at(entity, "invitationType") === "SENT" && isFor(entity, id));
  if (found === undefined) return { ...UNLISTED, listed: false };
  const sentTime = at(found, "sentTime");
  const urn = text(at(found, "mailboxItemId")) ?? text(at(found, "entityUrn"));
  return {
    listed: true,
    invitationUrn: urn === null ? null : `urn:li:fsd_invitation:${profileId(urn)}`,
    message: messageOf(found),
    sentMsAgo: typeof sentTime === "number" ? Math.max(0, Math.round(servedAt - sentTime)) : null,
  };
}

/** Whether two notes are the same, where no note and an empty one are alike. */
export function sameMessage(seen: string | null, meant: string | null): boolean {
  const plain = (note: string | null): string => (note ?? "").replace(/\r\n?/g, "\n").trim();
  return plain(seen) === plain(meant);
}
