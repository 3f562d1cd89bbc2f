/**
 * What runs inside the agent's own tab, in the extension's isolated world: plain reads, and the one act.
 *
 * It is a file of its own because `executeScript` serialises functions; it hangs itself on `globalThis.curtsy` and is
 * called by name. Cookies and the csrf token stay in here.
 */
import { NO_ANSWER, type Reading, readAnswer } from "./answer";
import { csrfToken, headersFor } from "./session";
import type { Answer, Held } from "./verdict";

/** The one POST that the worker may order, bound to a token that works once. */
export interface Command {
  token: string;
  actWithinMs: number;
  path: string;
  body: string;
}

/** What the page script writes down by itself; the worker only reads it. */
export type ActRecord = { token: string; state: "posting" } | ({ token: string; state: "done" } & Act);

/** What came of a command: LinkedIn's answer, or why nothing was sent. */
export type Act = { held: Held; answer: null } | { held: null; answer: Answer };

export interface Page {
  read(path: string): Promise<Reading>;
  arm(token: string): Promise<true>;
  act(command: Command): Promise<Act>;
}

/** The key of the page's own entry in `chrome.storage.local`. */
export const RECORD_KEY = "act";
const READ_TIMEOUT_MS = 20_000;
/** The longest a POST may be in flight (guarantee: 120 s); after it the answer counts as lost. */
const ACT_TIMEOUT_MS = 120_000;

interface Armed {
  token: string;
  wall: number;
  steady: number;
}

let armed: Armed | null = null;

/** Whether more time than allowed has gone by on either clock; a clock that ran backwards counts as over. */
function over(since: Armed, actWithinMs: number): boolean {
  const wall = Date.now() - since.wall;
  const steady = performance.now() - since.steady;
  return Math.max(wall, steady) >= actWithinMs || Math.min(wall, steady) < 0;
}

async function read(path: string): Promise<Reading> {
  for (let tries = 1; ; tries += 1) {
    const token = csrfToken(document.cookie);
    if (token === null) return { answer: { ...NO_ANSWER, cookieless: true }, body: null, servedAt: Date.now() };
    try {
      const response = await fetch(path, {
        headers: headersFor(token, "GET"),
        credentials: "include",
        signal: AbortSignal.timeout(READ_TIMEOUT_MS),
      });
      const reading = await readAnswer(response, Date.now());
      // JSESSIONID may have changed since the cookie was read: one more try with the new one, as it is only a read.
      if (!reading.answer.csrfText || tries === 2) return reading;
    } catch {
      return { answer: NO_ANSWER, body: null, servedAt: Date.now() };
    }
  }
}

async function post(command: Command, token: string): Promise<Answer> {
  try {
    const response = await fetch(command.path, {
      method: "POST",
      headers: headersFor(token, "POST"),
      body: command.body,
      credentials: "include",
      redirect: "manual",
      signal: AbortSignal.timeout(ACT_TIMEOUT_MS),
    });
    return (await readAnswer(response, Date.now())).answer;
  } catch {
    return NO_ANSWER;
  }
}

async function note(record: ActRecord): Promise<void> {
  await chrome.storage.local.set({ [RECORD_KEY]: record });
}

async function act(command: Command): Promise<Act> {
  const since = armed;
  armed = null;
  if (since === null || since.token !== command.token) return { held: "unarmed", answer: null };
  const stored = await chrome.storage.local.get([RECORD_KEY, "paused"]);
  if ((stored[RECORD_KEY] as ActRecord | undefined)?.token === command.token) return { held: "spent", answer: null };
  // Written before the fetch: whoever finds no such entry knows that nothing was sent.
  await note({ token: command.token, state: "posting" });
  const csrf = csrfToken(document.cookie);
  let done: Act;
  if (stored["paused"] === true) done = { held: "paused", answer: null };
  else if (csrf === null) done = { held: "no_session", answer: null };
  else if (over(since, command.actWithinMs)) done = { held: "deadline", answer: null };
  else done = { held: null, answer: await post(command, csrf) };
  await note({ token: command.token, state: "done", ...done });
  return done;
}

const page: Page = {
  read,
  arm(token) {
    armed = { token, wall: Date.now(), steady: performance.now() };
    return Promise.resolve(true);
  },
  act,
};

(globalThis as { curtsy?: Page }).curtsy ??= page;
