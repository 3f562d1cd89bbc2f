/** What this browser remembers: its ids, the pairing, the pause, who was last signed in. Nothing is kept in memory. */
import type { Account, Made, PairedWith, Problem } from "./messages";

/** The pairing with its secret: the token stays in here and in the calls to the server. */
export interface Pairing extends PairedWith {
  token: string;
  agentId: string;
}

interface Kept {
  installation_id: string;
  pairing: Pairing;
  incarnation: string | number | null;
  linkedin: Account | null;
  paused: boolean;
  reason: string | null;
  ends_by: string | null;
  problem: Problem | null;
  made: Made[];
}

const MADE_KEPT = 200;
/** Names and notes of people are no keepsake: the server has what the member may want to look up later. */
const MADE_KEPT_MS = 30 * 86_400_000;

async function get<K extends keyof Kept>(key: K): Promise<Kept[K] | undefined> {
  return (await chrome.storage.local.get(key))[key] as Kept[K] | undefined;
}

/** Writes what is remembered. */
export async function keep(values: Partial<Kept>): Promise<void> {
  await chrome.storage.local.set(values);
}

/** The random name of this installation; it outlives the browser. */
export async function installationId(): Promise<string> {
  const known = await get("installation_id");
  if (known !== undefined) return known;
  const fresh = crypto.randomUUID();
  await keep({ installation_id: fresh });
  return fresh;
}

/** The random name of this browser run: `storage.session` does not survive the browser. */
export async function bootId(): Promise<string> {
  const known = (await chrome.storage.session.get("boot_id"))["boot_id"] as string | undefined;
  if (known !== undefined) return known;
  const fresh = crypto.randomUUID();
  await chrome.storage.session.set({ boot_id: fresh });
  return fresh;
}

export const pairing = (): Promise<Pairing | undefined> => get("pairing");
export const linkedin = (): Promise<Account | null | undefined> => get("linkedin");
export const paused = async (): Promise<boolean> => (await get("paused")) === true;
export const reason = async (): Promise<string | null> => (await get("reason")) ?? null;
export const endsBy = async (): Promise<string | null> => (await get("ends_by")) ?? null;
export const problem = async (): Promise<Problem | null> => (await get("problem")) ?? null;
export const made = async (): Promise<Made[]> => ((await get("made")) ?? []).filter(({ at }) => Date.now() - at < MADE_KEPT_MS);
export const incarnation = async (): Promise<string | number | null> => (await get("incarnation")) ?? null;

/** Adds to the list of invitations made in the member's name, newest first; a task stands in it once. */
export async function rememberMade(entry: Made): Promise<void> {
  const others = (await made()).filter((other) => other.task !== entry.task);
  await keep({ made: [entry, ...others].slice(0, MADE_KEPT) });
}

/** Takes what is too old out of that list. */
export async function dropOld(): Promise<void> {
  const [all, young] = await Promise.all([get("made"), made()]);
  if (all !== undefined && young.length < all.length) await keep({ made: young });
}

/** Forgets the pairing and all that belongs to it; the installation and the member's own list stay. */
export async function forget(why: Problem | null): Promise<void> {
  await chrome.storage.local.remove(["pairing", "incarnation", "reason", "ends_by", "journal", "act", "past"]);
  await keep({ problem: why });
}
