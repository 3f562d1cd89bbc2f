/** Pairing: who is signed in, the code swapped for a token, and the end of it. */
import { readMe } from "../linkedin/api";
import { type Identity } from "../linkedin/session";
import { sessionTrouble } from "../linkedin/verdict";
import { serverOrigin, pairingCode } from "./address";
import { rememberIdentity } from "./hand";
import type { Done, PairedWith, Who } from "./messages";
import { type Paired, Refused, Unreachable, post } from "./server";
import * as settings from "./settings";
import * as tab from "./tab";

/** Reads who is signed in to LinkedIn, in the agent's own tab. */
export async function whoIsSignedIn(): Promise<Who> {
  try {
    const { answer, identity } = await readMe(await tab.open());
    const trouble = sessionTrouble(answer);
    await rememberIdentity(identity, trouble);
    return identity === null ? { account: null, why: trouble ?? "unreadable" } : { account: identity };
  } catch (error) {
    if (error instanceof tab.NoTab) return { account: null, why: "unreadable" };
    throw error;
  }
}

const WHY = {
  signed_out: "Sign in to LinkedIn in this browser first, then connect.",
  challenge: "LinkedIn wants you to confirm something. Open LinkedIn, do what it asks, then connect.",
  unreadable: "LinkedIn could not be read just now. Open www.linkedin.com to see that it works, then connect.",
} as const;

const REFUSALS: Readonly<Record<string, string>> = {
  unknown_code: "The server does not know this code. Make a new one on its page.",
  code_used: "This code was used already. Make a new one on the server's page.",
  code_expired: "This code is too old. Make a new one on the server's page.",
  linkedin_account_taken: "This LinkedIn account already belongs to another member of that server.",
};

/** Swaps a code for a token, in the name of the LinkedIn member signed in now. */
export async function pair(address: string, typed: string): Promise<Done<PairedWith>> {
  const server = serverOrigin(address);
  const code = pairingCode(typed);
  if (server === null || code === null) return failed("This is not an address with a pairing code.");
  const who = await whoIsSignedIn();
  if (who.account === null) return failed(WHY[who.why]);
  try {
    return { ok: true, value: await swap(server, code, who.account) };
  } catch (error) {
    if (error instanceof Refused) return failed(REFUSALS[error.code] ?? error.message);
    if (!(error instanceof Unreachable)) throw error;
    // A server that says when to come back is there, and says why.
    if (error.retryAfterMs !== null) return failed(error.message);
    return failed(`${new URL(server).host} does not answer. Is the address right, and the server running?`);
  }
}

async function swap(server: string, code: string, account: Identity): Promise<PairedWith> {
  const installation_id = await settings.installationId();
  const { version } = chrome.runtime.getManifest();
  const linkedin = { urn: account.urn, name: account.name };
  const body = { code, installation_id, browser: navigator.userAgent, version, linkedin };
  const paired = await post<Paired>(server, null, "/agent/pair", body);
  const shown: PairedWith = {
    server,
    member: paired.member.name,
    team: paired.team.name,
    check: paired.check,
    account: linkedin,
  };
  await settings.forget(null);
  await settings.keep({
    pairing: { ...shown, token: paired.token, agentId: paired.agent_id },
    incarnation: paired.incarnation,
    paused: false,
  });
  return shown;
}

/** Ends the pairing here at once, and tells the server if it can be reached. */
export async function unpair(): Promise<Done<boolean>> {
  const pairing = await settings.pairing();
  await settings.forget(null);
  if (pairing === undefined) return { ok: true, value: true };
  const told = await post(pairing.server, pairing.token, "/agent/unpair", {}).then(
    () => true,
    () => false,
  );
  return { ok: true, value: told };
}

function failed(error: string): { ok: false; error: string } {
  return { ok: false, error };
}
