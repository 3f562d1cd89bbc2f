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
  /** What ends it where it is a pause: `time`, `return`, `member` or `admin`; null where the server did not say. */
  endsBy: string | null;
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

/** An invitation that waits for the member's yes; `name` and `headline` are null while nobody has read them. */
export interface Asked {
  task_id: string;
  name: string | null;
  headline: string | null;
  profile: { urn: string | null; slug: string | null };
  note: string | null;
  created_ms_ago: number;
}

/** The next ones, and how many there are. */
export interface Waiting {
  data: Asked[];
  waiting: number;
}

/** A number of invitations a day and a week; null is no ceiling. */
export interface Ceilings<N = number | null> {
  day: N;
  week: N;
}

/** What the member allows: their own ceilings, beside those of the team, of which the lower rule. */
export interface Allowed extends Ceilings {
  approve_first: boolean;
  team: Ceilings<number>;
  in_force: Ceilings<number>;
}

/** Something done in the member's name, as the server has it. */
export interface Act {
  task_id: string;
  kind: string;
  name: string | null;
  profile: { urn: string | null; slug: string | null };
  note: string | null;
  status: string;
  code: string | null;
  invitation: string | null;
  started_ms_ago: number;
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
  | { type: "waiting" }
  | { type: "decide"; task: string; approve: boolean }
  | { type: "allowed" }
  | { type: "allow"; wish: Ceilings & { approve_first: boolean } }
  | { type: "history" }
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
  waiting: Done<Waiting>;
  decide: Done<string>;
  allowed: Done<Allowed>;
  allow: Done<Allowed>;
  history: Done<Act[]>;
  unpair: Done<boolean>;
}

/** Asks the worker; its answer has the shape that belongs to the question. */
export function ask<K extends Ask["type"]>(question: Extract<Ask, { type: K }>): Promise<Answers[K]> {
  return chrome.runtime.sendMessage<Ask, Answers[K]>(question);
}
