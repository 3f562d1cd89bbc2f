/** The member's own word to the server: yes or no, what they allow, and that they have looked at LinkedIn. */
import type { Act, Allowed, Ceilings, Done, Waiting } from "./messages";
import { Unreachable, get, post } from "./server";
import * as settings from "./settings";
import type { Pairing } from "./settings";

/** Says that the member has looked at LinkedIn; answers which pauses that ended. */
export function resume(): Promise<Done<string[]>> {
  return said(async ({ server, token }) => {
    const body = { boot_id: await settings.bootId() };
    return (await post<{ resumed: string[] }>(server, token, "/agent/resume", body)).resumed;
  });
}

/** What waits for the member's yes. The server is asked, LinkedIn is not. */
export function waiting(): Promise<Done<Waiting>> {
  return said(({ server, token }) => get<Waiting>(server, token, "/agent/approvals"));
}

/** The member's yes or no; answers the state of the task after it. */
export function decide(task: string, approve: boolean): Promise<Done<string>> {
  return said(async ({ server, token }) => {
    const path = `/agent/approvals/${encodeURIComponent(task)}`;
    return (await post<{ state: string }>(server, token, path, { approve })).state;
  });
}

/** What the member allows. */
export function allowed(): Promise<Done<Allowed>> {
  return said(({ server, token }) => get<Allowed>(server, token, "/agent/consent"));
}

/** Changes what the member allows. */
export function allow(wish: Ceilings & { approve_first: boolean }): Promise<Done<Allowed>> {
  return said(({ server, token }) => post<Allowed>(server, token, "/agent/consent", wish));
}

/** What was done last in the member's name. */
export function history(): Promise<Done<Act[]>> {
  return said(async ({ server, token }) => (await get<{ data: Act[] }>(server, token, "/agent/history")).data);
}

async function said<T>(call: (pairing: Pairing) => Promise<T>): Promise<Done<T>> {
  const pairing = await settings.pairing();
  if (pairing === undefined) return { ok: false, error: "This browser is not paired." };
  try {
    return { ok: true, value: await call(pairing) };
  } catch (error) {
    // A server that says when to come back is there, and says why.
    const away = error instanceof Unreachable && error.retryAfterMs === null;
    if (away) return { ok: false, error: `${new URL(pairing.server).host} does not answer. Try again when it is back.` };
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
