/** The picture of this browser that popup and options show; read from what is stored, so it is true without a server. */
import { parseAddress } from "./address";
import { current } from "./journal";
import type { Offered, PairedWith, Snapshot } from "./messages";
import * as settings from "./settings";

const MADE_SHOWN = 20;

/** Everything a page shows, without the token. */
export async function snapshot(): Promise<Snapshot> {
  const [pairing, account, paused, reason, endsBy, problem, made, attempt] = await Promise.all([
    settings.pairing(),
    settings.linkedin(),
    settings.paused(),
    settings.reason(),
    settings.endsBy(),
    settings.problem(),
    settings.made(),
    current(),
  ]);
  const midnight = new Date().setHours(0, 0, 0, 0);
  return {
    version: chrome.runtime.getManifest().version,
    paired: pairing === undefined ? null : shown(pairing),
    account,
    paused,
    reason,
    endsBy,
    problem,
    working: attempt !== undefined,
    today: made.filter((entry) => entry.at >= midnight).length,
    made: made.slice(0, MADE_SHOWN),
  };
}

function shown({ server, member, team, check, account }: settings.Pairing): PairedWith {
  return { server, member, team, check, account };
}

/**
 * What an administrator has laid down for this browser; the member still has to click. Not part of the picture, as
 * Chromium answers only once it has read its policies, which takes seconds after a start.
 */
export async function offered(): Promise<Offered | null> {
  const laid = (await chrome.storage.managed?.get(["serverUrl", "pairingToken"]).catch(() => ({}))) as
    | { serverUrl?: unknown; pairingToken?: unknown }
    | undefined;
  if (typeof laid?.serverUrl !== "string" || typeof laid.pairingToken !== "string") return null;
  return parseAddress(`${laid.serverUrl}#${laid.pairingToken}`);
}
