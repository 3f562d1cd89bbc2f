/** The agent's own background tab on www.linkedin.com: opened when needed, never one of the member's. */
import type { Act, Command, Page } from "../linkedin/page";
import type { Reading } from "../linkedin/answer";

/**
 * Addresses for the tab, lightest first: a text file of LinkedIn's is of the same origin as its pages, and opening it
 * looks at nobody and loads no feed. The second is for the day when the first shows no document.
 */
const ADDRESSES = ["https://www.linkedin.com/robots.txt", "https://www.linkedin.com/feed/"] as const;
const LOAD_TIMEOUT_MS = 20_000;
const KEY = "tab";

/** The alarm that closes the tab after a minute without use. */
export const IDLE_ALARM = "close-idle-tab";

/** No tab could be opened, or the one at hand is gone. */
export class NoTab extends Error {}

/** The page in the agent's tab, and which tab that is. */
export interface OpenPage extends Page {
  tabId: number;
}

interface Own {
  id: number;
  url: string;
}

let opening: Promise<OpenPage> | null = null;

/** The agent's page, in the tab it has or in a new one. */
export function open(): Promise<OpenPage> {
  opening ??= find().finally(() => {
    opening = null;
  });
  return opening;
}

async function find(): Promise<OpenPage> {
  void chrome.alarms.create(IDLE_ALARM, { delayInMinutes: 1 });
  const own = await remembered();
  if (own !== undefined && (await usable(own))) return pageIn(own.id);
  await forget();
  for (const url of ADDRESSES) {
    const id = await create(url);
    if (await shows(id)) return pageIn(id);
    await close();
  }
  throw new NoTab("LinkedIn did not open in a tab");
}

/** Why there is no tab to work in, for the member: most often the browser was told to keep the extension out. */
export async function whyNone(): Promise<string> {
  const allowed = await chrome.permissions.contains({ origins: ["https://www.linkedin.com/*"] });
  return allowed
    ? "LinkedIn could not be opened in a tab. It is tried again by itself."
    : "Your browser keeps Curtsy out of www.linkedin.com. Allow it on that site in the browser's settings for extensions.";
}

/** Whether a tab is the agent's own. */
export async function isOwn(id: number): Promise<boolean> {
  return (await remembered())?.id === id;
}

/** Whether the agent's own tab is still this one, and stands where it was opened. */
export async function alive(id: number): Promise<boolean> {
  const own = await remembered();
  return own?.id === id && (await stillOurs(own));
}

/** Closes the agent's tab, and with it whatever still ran in there; says whether nothing can run there any more. */
export async function close(): Promise<boolean> {
  const own = await remembered();
  if (own !== undefined && (await stillOurs(own))) {
    await chrome.tabs.remove(own.id).catch(() => undefined);
    // A browser may refuse, while a tab is being dragged for one.
    if (await stillOurs(own)) return false;
  }
  await forget();
  return true;
}

/** Closes a tab that an earlier life of the extension acted in, should it still stand. */
export async function closeFormer(id: number): Promise<void> {
  const tab = await chrome.tabs.get(id).catch(() => null);
  if (tab?.url === ADDRESSES[0]) await chrome.tabs.remove(id).catch(() => undefined);
}

async function remembered(): Promise<Own | undefined> {
  return (await chrome.storage.session.get(KEY))[KEY] as Own | undefined;
}

async function remember(own: Own): Promise<void> {
  await chrome.storage.session.set({ [KEY]: own });
}

async function forget(): Promise<void> {
  await chrome.storage.session.remove(KEY);
}

/** A tab in which the member went elsewhere has become theirs. */
async function stillOurs(own: Own): Promise<boolean> {
  const tab = await chrome.tabs.get(own.id).catch(() => null);
  return tab !== null && (tab.url === own.url || tab.discarded === true);
}

async function usable(own: Own): Promise<boolean> {
  const tab = await chrome.tabs.get(own.id).catch(() => null);
  if (tab === null) return false;
  if (tab.discarded === true) {
    await chrome.tabs.remove(own.id).catch(() => undefined);
    return false;
  }
  return tab.url === own.url && tab.status === "complete";
}

async function create(url: string): Promise<number> {
  const tab = await chrome.tabs.create({ url, active: false }).catch((error: unknown) => {
    throw new NoTab(error instanceof Error ? error.message : "No browser window is open");
  });
  if (tab.id === undefined) throw new NoTab("The browser opened a tab without an id");
  await remember({ id: tab.id, url });
  await loaded(tab.id);
  // LinkedIn may have sent the tab on, to its login page for one.
  const settled = await chrome.tabs.get(tab.id).catch(() => null);
  await remember({ id: tab.id, url: settled?.url ?? url });
  return tab.id;
}

function loaded(id: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (after: () => void): void => {
      clearTimeout(timer);
      chrome.tabs.onUpdated.removeListener(updated);
      after();
    };
    const updated = (updatedId: number, change: { status?: string | undefined }): void => {
      if (updatedId === id && change.status === "complete") settle(resolve);
    };
    const timer = setTimeout(() => settle(() => reject(new NoTab("LinkedIn did not load in time"))), LOAD_TIMEOUT_MS);
    chrome.tabs.onUpdated.addListener(updated);
    chrome.tabs.get(id).then(
      (tab) => {
        if (tab.status === "complete" && tab.url?.startsWith("https://www.linkedin.com/")) settle(resolve);
      },
      () => settle(() => reject(new NoTab("The tab was closed"))),
    );
  });
}

/** Whether the tab shows a document of LinkedIn's, not an error page of the browser. */
async function shows(id: number): Promise<boolean> {
  return inject(id).then(
    () => true,
    () => false,
  );
}

async function inject(id: number): Promise<void> {
  await chrome.scripting.executeScript({ target: { tabId: id }, files: ["page.js"] });
}

interface Ran<T> {
  ran: boolean;
  value?: T;
}

/** Serialised into the page: calls what page.js hung up there. */
async function callPage(verb: keyof Page, argument: never): Promise<Ran<unknown>> {
  const { curtsy } = globalThis as { curtsy?: Page };
  return curtsy === undefined ? { ran: false } : { ran: true, value: await curtsy[verb](argument) };
}

async function call<T>(tabId: number, verb: keyof Page, argument: unknown): Promise<Ran<T>> {
  const results = await chrome.scripting.executeScript({ target: { tabId }, func: callPage, args: [verb, argument as never] });
  const result = results[0]?.result as Ran<T> | null | undefined;
  if (result == null) throw new NoTab("The tab went away");
  return result;
}

/** Calls a verb that may be repeated: where the document changed, page.js is put in again. */
async function repeatable<T>(tabId: number, verb: "read" | "arm", argument: unknown): Promise<T> {
  try {
    const first = await call<T>(tabId, verb, argument);
    if (first.ran) return first.value as T;
    await inject(tabId);
    const second = await call<T>(tabId, verb, argument);
    if (second.ran) return second.value as T;
  } catch (error) {
    throw error instanceof NoTab ? error : new NoTab(error instanceof Error ? error.message : String(error));
  }
  throw new NoTab("The page did not keep the script");
}

async function act(tabId: number, command: Command): Promise<Act> {
  const once = await call<Act>(tabId, "act", command);
  if (!once.ran) throw new NoTab("The page had changed before the act");
  return once.value as Act;
}

function pageIn(tabId: number): OpenPage {
  return {
    tabId,
    read: (path) => repeatable<Reading>(tabId, "read", path),
    arm: (token) => repeatable<true>(tabId, "arm", token),
    act: (command) => act(tabId, command),
  };
}
