/** The agent's calls to the server, as in docs/agent-protocol.md: JSON both ways, bearer token, no cookies. */
import type { ProfileKey } from "../linkedin/invite";
import type { Json } from "../linkedin/answer";
import type { Outcome, Relation, Seen } from "../linkedin/verdict";

/** The server said no, with a code; trying the same again is of no use. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer, or an answer that asks to come back later. */
export class Unreachable extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }
}

export interface Task {
  id: string;
  kind: string;
  purpose: "act" | "verify";
  profile: ProfileKey;
  note: string | null;
  /** What its kind needs to know; journals of earlier versions have none. */
  input?: {
    pending_ms_ago?: number;
    connected_ms_ago?: number;
    missing?: string[];
    keyword?: string | null;
    sort_type?: string;
    start?: number;
    count?: number;
  };
}

/** `ends_by` says what ends the pause that `reason` names; earlier servers leave it out. */
export type Leased =
  | { task: null; reason: string | null; ends_by?: string | null; poll_after_ms: number; incarnation: string | number | null }
  | { task: Task; lease: { id: string; expires_in_ms: number }; poll_after_ms: number; incarnation: string | number | null };

export interface Evidence {
  before: Relation | null;
  after: Relation | null;
  invitation_urn: string | null;
  invitation_sent_ms_ago: number | null;
  message_equal: boolean | null;
  http_status: number | null;
  linkedin_code: string | null;
  retry_after_ms: number | null;
  acted: boolean;
  tab_closed: boolean;
  profile_urn: string | null;
}

/** A report; `completed` is the word for a read that succeeded. */
export interface Finish {
  lease: string;
  boot_id: string;
  outcome: Outcome | Seen | "completed";
  output: Json;
  evidence: Evidence;
}

export interface Paired {
  agent_id: string;
  token: string;
  check: string;
  member: { id: string; name: string };
  team: { id: string; name: string };
  incarnation: string | number | null;
}

const TIMEOUT_MS = 20_000;
const COME_BACK = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Sends one call; throws `Refused` or `Unreachable`. */
export function post<T>(server: string, token: string | null, path: string, body: unknown): Promise<T> {
  return call(server, token, path, { method: "POST", body: JSON.stringify(body) });
}

/** Asks what changes nothing; throws `Refused` or `Unreachable`. */
export function get<T>(server: string, token: string, path: string): Promise<T> {
  return call(server, token, path, { method: "GET" });
}

async function call<T>(server: string, token: string | null, path: string, sent: { method: string; body?: string }): Promise<T> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(`${server}${path}`, {
      ...sent,
      headers: {
        ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = await response.json().catch(() => null);
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error), null);
  }
  if (response.ok && answer !== null) return answer as T;
  const said = (answer ?? {}) as { error?: unknown; code?: unknown };
  const message = typeof said.error === "string" ? said.error : `The server answered ${response.status}`;
  if (COME_BACK.has(response.status) || response.ok) {
    const seconds = Number(response.headers.get("retry-after") ?? "");
    throw new Unreachable(message, seconds > 0 ? seconds * 1000 : null);
  }
  throw new Refused(response.status, typeof said.code === "string" ? said.code : "", message);
}
