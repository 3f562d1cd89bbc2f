/** The newest connections and the invitations that wait, read page by page and no further than asked (linkedin-wire 6.1, 6.4). */
import { type Json, NO_ANSWER, at, included, text } from "./answer";
import { restli } from "./api";
import { profileId } from "./relation";
import type { Page } from "./page";
import { type Answer, readTrouble } from "./verdict";

const BASE = "/voyager/api/relationships";
const CONNECTIONS = "com.linkedin.voyager.dash.deco.web.mynetwork.ConnectionListWithProfile-16";
const PAGE = { connections: 40, sent: 100 } as const;
/** No list is read beyond so many pages. LinkedIn lets some 1,500 invitations wait (linkedin-wire 7). */
const MOST_PAGES = 20;
/** A page of so many elements none of which can be read is one we do not know; fewer may be people who are no more. */
const STRANGE = 3;
/** Between two pages: LinkedIn is read at the pace of a person who scrolls. */
const PAUSE_MS = { least: 800, more: 1_200 };

/** A person in a list, and how long ago: connected, or invited. */
export type Listed = { profile: string; ms_ago: number };

/** A list as far as it was read; `complete` when that is far enough to say who is not in it. `answer` is the one that decided. */
export interface List {
  answer: Answer;
  trouble: ReturnType<typeof readTrouble>;
  entries: Listed[];
  complete: boolean;
  /** The member pressed Pause while it was read. */
  stopped: boolean;
}

/** Asked between two pages: whether reading may go on. */
export type GoesOn = () => Promise<boolean>;

interface Leaf {
  /** In the order of the list. */
  entries: Listed[];
  /** How many elements the page has, those that could not be read included; null when it is no list. */
  size: number | null;
}

/** Reads who was connected lately, newest first, as far back as `msAgo`. */
export function readConnections(page: Page, msAgo: number, goesOn: GoesOn): Promise<List> {
  const query = `decorationId=${CONNECTIONS}&count=${PAGE.connections}&q=search&sortType=RECENTLY_ADDED`;
  return readList(page, `${BASE}/dash/connections?${query}`, PAGE.connections, msAgo, connectionsOf, goesOn);
}

/** Reads which invitations wait for an answer, newest first, as far back as `msAgo`. */
export function readSent(page: Page, msAgo: number, goesOn: GoesOn): Promise<List> {
  const query = `count=${PAGE.sent}&invitationType=CONNECTION&q=invitationType`;
  return readList(page, `${BASE}/sentInvitationViewsV2?${query}`, PAGE.sent, msAgo, sentOf, goesOn);
}

/** A page of the connections as a caller asked for it. */
export interface Question {
  keyword: string | null;
  sort_type: string;
  start: number;
  count: number;
}

/** One page of the connections; `people` is null where LinkedIn's answer could not be read. */
export interface ConnectionsPage {
  answer: Answer;
  people: Json[] | null;
  /** How many there are altogether, where LinkedIn says so. */
  total: number | null;
}

/** Reads one page of the connections, with names and headlines. */
export async function readConnectionsPage(page: Page, asked: Question): Promise<ConnectionsPage> {
  const keyword = asked.keyword === null ? "" : `&keyword=${restli(asked.keyword)}`;
  const order = `q=search&sortType=${restli(asked.sort_type)}&start=${asked.start}`;
  const path = `${BASE}/dash/connections?decorationId=${CONNECTIONS}&count=${asked.count}&${order}${keyword}`;
  const { answer, body } = await page.read(path);
  if (readTrouble(answer) !== null) return { answer, people: null, total: null };
  return { answer, people: peopleOf(body), total: totalOf(body) };
}

/** The total of a list; LinkedIn leaves it out or says 0 where it does not count (linkedin-wire 6.1, 6.4). */
function totalOf(body: Json): number | null {
  const total = at(body, "data", "paging", "total") ?? at(body, "paging", "total");
  return typeof total === "number" && Number.isInteger(total) && total > 0 ? total : null;
}

/** The people of a page of connections; what LinkedIn does not say is null. */
export function peopleOf(body: Json): Json[] | null {
  const elements = elementsOf(body);
  if (elements === null) return null;
  return elements.flatMap((element) => {
    const urn = text(at(element, "connectedMember")) ?? text(at(element, "*connectedMemberResolutionResult"));
    if (urn === null) return [];
    const person = included(body, at(element, "*connectedMemberResolutionResult")) ?? at(element, "connectedMemberResolutionResult");
    const name = [text(at(person, "firstName")), text(at(person, "lastName"))].filter((part) => part !== null && part !== "").join(" ");
    const slug = text(at(person, "publicIdentifier"));
    const since = at(element, "createdAt");
    return [
      {
        name: name === "" ? null : name,
        headline: text(at(person, "headline")),
        profile_urn: `urn:li:fsd_profile:${profileId(urn)}`,
        profile_slug: slug,
        profile_url: slug === null ? null : `https://www.linkedin.com/in/${encodeURIComponent(slug)}`,
        connected_at: typeof since === "number" ? new Date(since).toISOString() : null,
      },
    ];
  });
}

/** The pause before each read of a look. */
export async function breathe(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS.least + Math.random() * PAUSE_MS.more));
}

async function readList(
  page: Page,
  path: string,
  step: number,
  msAgo: number,
  leafOf: (body: Json, servedAt: number) => Leaf,
  goesOn: GoesOn,
): Promise<List> {
  const entries: Listed[] = [];
  let last: Answer = NO_ANSWER;
  let legible = true;
  for (let start = 0; ; start += step) {
    await breathe();
    if (!(await goesOn())) return { answer: last, trouble: null, entries, complete: false, stopped: true };
    const { answer, body, servedAt } = await page.read(`${path}&start=${start}`);
    last = answer;
    const leaf = readTrouble(answer) === null ? leafOf(body, servedAt) : { entries: [], size: null };
    entries.push(...leaf.entries);
    const unread = leaf.size === null || (leaf.entries.length === 0 && leaf.size >= STRANGE);
    if (leaf.size !== null && leaf.entries.length * 2 < leaf.size) legible = false;
    const trouble = readTrouble(answer) ?? (unread ? "client_outdated" : null);
    // The lists name no total: the end is a page without elements, or one whose last entry is old enough.
    const reached = (leaf.entries.at(-1)?.ms_ago ?? 0) > msAgo;
    const ended = leaf.size === 0 || reached;
    if (unread || ended || start + step >= MOST_PAGES * step) {
      return { answer, trouble, entries, complete: !unread && ended && legible, stopped: false };
    }
  }
}

/** The elements of a collection, inline or by reference; null where there is none. */
function elementsOf(body: Json): Json[] | null {
  const inline = at(body, "data", "elements") ?? at(body, "elements");
  if (Array.isArray(inline)) return inline;
  const urns = at(body, "data", "*elements");
  return Array.isArray(urns) ? urns.map((urn) => included(body, urn)) : null;
}

/** A page of the connections. */
export function connectionsOf(body: Json, servedAt: number): Leaf {
  const elements = elementsOf(body);
  if (elements === null) return { entries: [], size: null };
  const entries = elements.flatMap((element) => {
    const urn = text(at(element, "connectedMember")) ?? text(at(element, "*connectedMemberResolutionResult"));
    return listed(urn, at(element, "createdAt"), servedAt);
  });
  return { entries, size: elements.length };
}

/** A page of the invitations sent. */
export function sentOf(body: Json, servedAt: number): Leaf {
  const elements = elementsOf(body);
  const entities = at(body, "included");
  if (elements === null || !Array.isArray(entities)) return { entries: [], size: null };
  const places = placesOf(body);
  const entries = entities
    .filter((entity) => at(entity, "invitationType") === "SENT")
    .sort((one, other) => placeOf(one, places) - placeOf(other, places))
    .flatMap((entity) => {
      const urn = text(at(entity, "toMemberId")) ?? text(at(entity, "*toMember")) ?? text(at(entity, "invitee", "*miniProfile"));
      return listed(urn, at(entity, "sentTime"), servedAt);
    });
  return { entries, size: elements.length };
}

/** Where each invitation stands in the list, by its number: `included` comes in no order (linkedin-wire 1.4, 9.4). */
function placesOf(body: Json): Map<string, number> {
  const urns = at(body, "data", "*elements");
  return new Map(Array.isArray(urns) ? urns.map((urn, place) => [profileId(text(urn) ?? ""), place]) : []);
}

function placeOf(invitation: Json, places: Map<string, number>): number {
  // One that the list does not name says nothing of how far it reaches.
  return places.get(profileId(text(at(invitation, "mailboxItemId")) ?? text(at(invitation, "entityUrn")) ?? "")) ?? -1;
}

function listed(urn: string | null, at: Json, servedAt: number): Listed[] {
  if (urn === null || typeof at !== "number") return [];
  return [{ profile: profileId(urn), ms_ago: Math.max(0, Math.round(servedAt - at)) }];
}
