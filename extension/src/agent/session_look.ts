/** The one look at the session outside a task: when the member opens LinkedIn while it is what work waits for. */
import { whoIsSignedIn } from "./pairing";
import * as settings from "./settings";
import * as tab from "./tab";

const LINKEDIN = "https://www.linkedin.com/";
const DOORSTEP = /^\/(login|uas|authwall|checkpoint)(\/|$)/;
/** A person who clicks through LinkedIn loads many pages: one look is enough for all of them. */
const APART_MS = 5_000;

let looking: ReturnType<typeof setTimeout> | undefined;
let lookedAt = 0;

/** Looks who is signed in if that could end a wait, and then lets a turn follow. */
export async function sessionLook(tabId: number, url: string, wake: (insist: boolean) => Promise<void>): Promise<void> {
  if (!url.startsWith(LINKEDIN) || DOORSTEP.test(new URL(url).pathname)) return;
  if ((await tab.isOwn(tabId)) || !(await awaited())) return;
  clearTimeout(looking);
  looking = setTimeout(() => void look(wake), Math.max(0, lookedAt + APART_MS - Date.now()));
}

async function look(wake: (insist: boolean) => Promise<void>): Promise<void> {
  if (!(await awaited())) return;
  lookedAt = Date.now();
  await whoIsSignedIn();
  await wake(true);
}

/** Whether work waits for the right member to be signed in. */
async function awaited(): Promise<boolean> {
  const [pairing, account, reason] = await Promise.all([settings.pairing(), settings.linkedin(), settings.reason()]);
  if (pairing === undefined) return false;
  return account == null || account.urn !== pairing.account.urn || reason === "signed_out" || reason === "wrong_member";
}
