/** A person's profile, from `identity/dash/profiles` (linkedin-wire 4.1): who they are, and what a reader may pass on. */
import { type Json, at, included, text } from "./answer";
import { type Relationship, UNREAD, relationshipOf } from "./relation";

/** The person a task is about, as resolved by LinkedIn. */
export interface Person {
  urn: string;
  slug: string | null;
  name: string;
  emailRequired: boolean;
  relationship: Relationship;
  entity: Json;
}

const LISTS = {
  positions: ["profilePositionGroups", "profilePositionInPositionGroup"],
  educations: ["profileEducations"],
  skills: ["profileSkills"],
} as const;

/** The person the answer is about: the entity of the first element, never the first profile in `included`. */
export function personOf(body: Json, member: string): Person | null {
  const elements = at(body, "data", "*elements");
  const urn = Array.isArray(elements) ? text(elements[0] ?? null) : null;
  const entity = included(body, urn);
  if (urn === null || entity === null) return null;
  const standing = included(body, at(entity, "*memberRelationship"));
  return {
    urn,
    slug: text(at(entity, "publicIdentifier")),
    name: nameOf(entity),
    emailRequired: at(entity, "emailRequired") === true,
    relationship: standing === null ? UNREAD : relationshipOf(body, standing, urn, member),
    entity,
  };
}

function nameOf(entity: Json): string {
  const parts = [text(at(entity, "firstName")), text(at(entity, "lastName"))];
  return parts.filter((part) => part !== null && part !== "").join(" ");
}

/** The items of a collection that is either inline (`key.elements`) or referenced (`*key`). */
function items(body: Json, entity: Json, key: string): Json[] {
  const inline = at(entity, key, "elements");
  if (Array.isArray(inline)) return inline;
  const urns = at(included(body, at(entity, `*${key}`)), "*elements");
  return Array.isArray(urns) ? urns.map((urn) => included(body, urn)).filter((item) => item !== null) : [];
}

function day(value: Json): string | null {
  const year = at(value, "year");
  const month = at(value, "month");
  if (typeof year !== "number") return null;
  return typeof month === "number" ? `${year}-${String(month).padStart(2, "0")}` : String(year);
}

function position(item: Json): Record<string, Json> {
  return {
    title: at(item, "title"),
    company: at(item, "companyName"),
    company_urn: at(item, "companyUrn") ?? at(item, "*company"),
    location: at(item, "locationName"),
    description: at(item, "description"),
    start: day(at(item, "dateRange", "start")),
    end: day(at(item, "dateRange", "end")),
  };
}

function education(body: Json, item: Json): Record<string, Json> {
  return {
    school: at(item, "schoolName") ?? at(item, "school", "name") ?? at(included(body, at(item, "*school")), "name"),
    degree: at(item, "degreeName"),
    field: at(item, "fieldOfStudy"),
    start: day(at(item, "dateRange", "start")),
    end: day(at(item, "dateRange", "end")),
  };
}

function place(body: Json, entity: Json): Json {
  const geo = included(body, at(entity, "geoLocation", "*geo") ?? at(entity, "geoLocation", "geoUrn"));
  return at(geo, "defaultLocalizedName") ?? at(entity, "geoLocation", "geo", "defaultLocalizedName") ?? at(entity, "locationName");
}

function followers(body: Json, entity: Json): Json {
  const state = at(entity, "followingState") ?? included(body, at(entity, "*followingState"));
  return at(state, "followerCount");
}

function connections(body: Json, entity: Json): Json {
  const list = at(entity, "connections") ?? included(body, at(entity, "*connections"));
  return at(list, "paging", "total");
}

/** The first fact that one of two readings of the same person holds. */
function either(first: Json, second: Json): Json {
  return first ?? second;
}

/** Who somebody is, in the few words that a member needs to say yes or no. */
export function introduction(person: Person): Record<string, Json> {
  return {
    name: person.name === "" ? null : person.name,
    headline: text(at(person.entity, "headline")),
    profile_urn: person.urn,
    profile_slug: person.slug,
  };
}

/**
 * What fetch-profile answers, from the top card and, where LinkedIn gave it, the full profile: what the member cannot
 * see is null or empty (contract 1).
 */
export function profileOutput(person: Person, card: Json, full: Json): Record<string, Json> {
  const { urn, slug } = person;
  const whole = included(full, urn);
  const positions = items(full, whole, LISTS.positions[0]).flatMap((group) => {
    const inGroup = items(full, group, LISTS.positions[1]);
    return inGroup.length > 0 ? inGroup : [group];
  });
  const skills = items(full, whole, LISTS.skills[0]).map((skill) => at(skill, "name"));
  const facts: Record<string, Json> = {
    headline: either(at(person.entity, "headline"), at(whole, "headline")),
    location: either(place(card, person.entity), place(full, whole)),
    profile_url: slug === null ? null : `https://www.linkedin.com/in/${encodeURIComponent(slug)}`,
    profile_slug: slug,
    profile_urn: urn,
    connections: either(connections(card, person.entity), connections(full, whole)),
    followers: either(followers(card, person.entity), followers(full, whole)),
    about: either(at(person.entity, "summary"), at(whole, "summary")),
    premium: either(at(person.entity, "premium"), at(whole, "premium")),
    relationship: person.relationship.relation,
    positions: positions.map(position),
    educations: items(full, whole, LISTS.educations[0]).map((item) => education(full, item)),
    skills: skills.filter((name) => typeof name === "string"),
  };
  const name = person.name === "" ? null : person.name;
  return { name, ...facts, profile: { full_name: name, name, ...facts } };
}
