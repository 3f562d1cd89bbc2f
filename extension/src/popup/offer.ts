/** The server's page "Connect your browser", as the tab in front shows it: what is offered there for a click. */
import { pairingCode, serverOrigin } from "../agent/address";

/** A server that offers to be connected to; `member` and `team` are what its page says. */
export interface Offer {
  server: string;
  code: string;
  member: string;
  team: string;
}

interface Found {
  origin: string;
  code: string;
  member: string;
  team: string;
}

/** Runs in the page, by the right that the click on the toolbar gave; serialised, so it uses nothing from outside. */
function lookForCode(): Found | null {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="curtsy-pairing"]');
  if (meta === null) return null;
  const { member, team } = meta.dataset;
  return { origin: location.origin, code: meta.content, member: member ?? "", team: team ?? "" };
}

/** Reads the offer from the tab in front, or null; the origin is the tab's own, never what a page claims. */
export async function offerInFront(): Promise<Offer | null> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  if (tab?.id === undefined) return null;
  const results = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: lookForCode }).catch(() => []);
  const found = results[0]?.result ?? null;
  if (found === null) return null;
  const server = serverOrigin(found.origin);
  const code = pairingCode(found.code);
  return server === null || code === null ? null : { server, code, member: found.member, team: found.team };
}
