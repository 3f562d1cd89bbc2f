/**
 * The one attempt in hand, in `chrome.storage.local`: written before each step that cannot be undone, so that a worker
 * or a browser that dies leaves behind how far it had come.
 */
import type { ActRecord } from "../linkedin/page";
import type { Relation } from "../linkedin/verdict";
import type { Evidence, Finish, Task } from "./server";

export type Phase = "leased" | "starting" | "acting" | "answered";

/** An attempt: the lease, and from `starting` on what is needed to finish it without acting again. */
export interface Attempt {
  task: Task;
  lease: string;
  bootId: string;
  phase: Phase;
  act: ActPlan | null;
  finish: Finish | null;
}

/** The act as it was prepared. */
export interface ActPlan {
  /** Names this one act; the page carries out a token once. */
  token: string;
  tabId: number;
  target: string;
  name: string;
  slug: string | null;
  emailRequired: boolean;
  before: Relation;
  /** The invitation that is to be taken back; absent where one is to be made. */
  withdraws?: string;
  /** Wall clock when `start` was sent. */
  sentAt: number;
  /** What `start` granted; null until it answered. */
  actWithinMs: number | null;
}

interface Entry {
  task_id: string;
  lease: string;
  phase: Phase;
  evidence: Evidence | null;
}

const KEY = "journal";
const PAST_KEY = "past";
/** The page's own entry; see `RECORD_KEY` in linkedin/page.ts, which runs in the tab. */
const RECORD_KEY = "act";
/** Finished attempts kept for a server restored from an old backup. */
const PAST_KEPT = 100;

async function read(): Promise<{ attempt: Attempt | undefined; past: Entry[] }> {
  const stored = await chrome.storage.local.get([KEY, PAST_KEY]);
  return { attempt: stored[KEY] as Attempt | undefined, past: (stored[PAST_KEY] as Entry[] | undefined) ?? [] };
}

/** The attempt in hand, if there is one. */
export async function current(): Promise<Attempt | undefined> {
  return (await read()).attempt;
}

/** Writes the attempt; returns once it is stored. */
export async function write(attempt: Attempt): Promise<Attempt> {
  await chrome.storage.local.set({ [KEY]: attempt });
  return attempt;
}

/** What the page wrote down about an act, if it began one. */
export async function actRecord(token: string): Promise<ActRecord | null> {
  const record = (await chrome.storage.local.get(RECORD_KEY))[RECORD_KEY] as ActRecord | undefined;
  return record?.token === token ? record : null;
}

/** Puts the attempt away; what was reported stays in the list of past ones. */
export async function close(): Promise<void> {
  const { attempt, past } = await read();
  if (attempt?.finish != null) await chrome.storage.local.set({ [PAST_KEY]: [entryOf(attempt), ...past].slice(0, PAST_KEPT) });
  await chrome.storage.local.remove(KEY);
}

/** Everything the journal holds, as `/agent/journal` takes it, newest first. */
export async function entries(): Promise<Entry[]> {
  const { attempt, past } = await read();
  return attempt === undefined ? past : [entryOf(attempt), ...past];
}

function entryOf(attempt: Attempt): Entry {
  return {
    task_id: attempt.task.id,
    lease: attempt.lease,
    phase: attempt.phase,
    evidence: attempt.finish?.evidence ?? null,
  };
}
