/** The newest connections and the invitations that wait, read page by page and no further than needed (linkedin-wire 6.1, 6.4). */
import { type Json, at, included, text } from "./answer";
import { profileId } from "./relation";
import type { Page } from "./page";
import { type Answer, readTrouble } from "./verdict";

const BASE = "/voyager/api/relationships";
const CONNECTIONS = "com.linkedin.voyager.dash.deco.web.mynetwork.ConnectionListWithProfile-16";
const PAGE = { connections: 40, sent: 100 } as const;
/** No list is read beyond so many pages; what lies further back is looked at another time. */
const MOST_PAGES = 10;
/** Between two pages: LinkedIn is read at the pace of a person who scrolls. */
const PAUSE_MS = { least: 800, more: 1_200 };

/** A person in a list, and how long ago: connected, or invited. */
export type Listed = { profile: string; ms_ago: number };

/** A list as far as it was read; `complete` when that is far enough. `answer` is the one that decided. */
export interface List {
  answer: Answer;
  trouble: ReturnType<typeof readTrouble>;
  entries: Listed[];
  complete: boolean;
}

interface Leaf {
  entries: Listed[];
  /** How many elements the page has, those that could not be read included; null when it is no list. */
  size: number | null;
}

/** Reads who was connected lately, newest first, back to `oldestMsAgo`. */
export function readConnections(page: Page, oldestMsAgo: number): Promise<List> {
  const query = `decorationId=${CONNECTIONS}&count=${PAGE.connections}&q=search&sortType=RECENTLY_ADDED`;
  return readList(page, `${BASE}/dash/connections?${query}`, PAGE.connections, oldestMsAgo, connectionsOf);
}

/** Reads which invitations wait for an answer, newest first, back to `oldestMsAgo`. */
export function readSent(page: Page, oldestMsAgo: number): Promise<List> {
  const query = `count=${PAGE.sent}&invitationType=CONNECTION&q=invitationType`;
  return readList(page, `${BASE}/sentInvitationViewsV2?${query}`, PAGE.sent, oldestMsAgo, sentOf);
}

/** A page of the connections as a caller asked for it. */
export interface Question {
  keyword: string | null;
  sort_type: string;
  start: number;
  count: number;
}

/** Reads one page of the connections, with names and headlines; null where LinkedIn's answer could not be read. */
export async function readConnectionsPage(page: Page, asked: Question): Promise<{ answer: Answer; people: Json[] | null }> {
  const keyword = asked.keyword === null ? "" : `&keyword=${encodeURIComponent(asked.keyword)}`;
  const order = `q=search&sortType=${encodeURIComponent(asked.sort_type)}&start=${asked.start}`;
  const path = `${BASE}/dash/connections?decorationId=${CONNECTIONS}&count=${asked.count}&${order}${keyword}`;
  const { answer, body } = await page.read(path);
  return { answer, people: readTrouble(answer) === null ? peopleOf(body) : null };
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

async function readList(
  page: Page,
  path: string,
  step: number,
  oldestMsAgo: number,
  leafOf: (body: Json, servedAt: number) => Leaf,
): Promise<List> {
  const entries: Listed[] = [];
  for (let start = 0; ; start += step) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS.least + Math.random() * PAUSE_MS.more));
    const { answer, body, servedAt } = await page.read(`${path}&start=${start}`);
    const leaf = readTrouble(answer) === null ? leafOf(body, servedAt) : { entries: [], size: null };
    entries.push(...leaf.entries);
    const unread = leaf.size === null;
    const trouble = readTrouble(answer) ?? (unread ? "client_outdated" : null);
    // The lists name no total: the end is a page without elements, or one that reaches far enough back.
    const reached = leaf.entries.some((entry) => entry.ms_ago > oldestMsAgo);
    const complete = !unread && (leaf.size === 0 || reached);
    if (unread || complete || start + step >= MOST_PAGES * step) return { answer, trouble, entries, complete };
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
  const entries = entities
    .filter((entity) => at(entity, "invitationType") === "SENT")
    .flatMap((entity) => {
      const urn = text(at(entity, "toMemberId")) ?? text(at(entity, "*toMember")) ?? text(at(entity, "invitee", "*miniProfile"));
      return listed(urn, at(entity, "sentTime"), servedAt);
    });
  return { entries, size: elements.length };
}

function listed(urn: string | null, at: Json, servedAt: number): Listed[] {
  if (urn === null || typeof at !== "number") return [];
  return [{ profile: profileId(urn), ms_ago: Math.max(0, Math.round(servedAt - at)) }];
}
