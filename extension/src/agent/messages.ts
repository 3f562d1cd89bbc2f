/** What the popup and the options page may ask of the worker, and the picture it gives them. */

/** Who is signed in to LinkedIn, as last seen. */
export interface Account {
  urn: string;
  name: string;
  premium: boolean;
}

/** With whom this browser is paired; the token is not part of what pages see. */
export interface PairedWith {
  server: string;
  member: string;
  team: string;
  check: string;
  account: { urn: string; name: string };
}

/** One invitation made in the member's name, kept in this browser. */
export interface Made {
  task: string;
  at: number;
  urn: string;
  slug: string | null;
  name: string;
  note: string | null;
}

/** Everything a page shows. `account` is null after a sign-out was seen, undefined before anything was. */
export interface Snapshot {
  version: string;
  paired: PairedWith | null;
  account: Account | null | undefined;
  paused: boolean;
  /** The server's last word on why there is nothing to do. */
  reason: string | null;
  /** What stands in the way of reaching the server: its sentence, or ours. */
  problem: Problem | null;
  working: boolean;
  today: number;
  made: Made[];
}

/** An administrator's address and code, laid down for a click. */
export interface Offered {
  server: string;
  code: string;
}

export interface Problem {
  kind: "offline" | "update" | "revoked" | "refused" | "tab";
  message: string;
}

export type Ask =
  | { type: "snapshot" }
  | { type: "offered" }
  | { type: "who" }
  | { type: "pair"; server: string; code: string }
  | { type: "pause"; paused: boolean }
  | { type: "resume" }
  | { type: "unpair" };

/** Who is signed in now, or why that is not known. */
export type Who = { account: Account } | { account: null; why: "signed_out" | "challenge" | "unreadable" };

/** What became of a wish: fine, or one sentence on why not. */
export type Done<T> = { ok: true; value: T } | { ok: false; error: string };

export interface Answers {
  snapshot: Snapshot;
  offered: Offered | null;
  who: Who;
  pair: Done<PairedWith>;
  pause: Done<boolean>;
  resume: Done<string[]>;
  unpair: Done<boolean>;
}

/** Asks the worker; its answer has the shape that belongs to the question. */
export function ask<K extends Ask["type"]>(question: Extract<Ask, { type: K }>): Promise<Answers[K]> {
  return chrome.runtime.sendMessage<Ask, Answers[K]>(question);
}
