/** Server addresses a member may pair with: https, or plain http on this very machine. */

/** An address with a pairing code behind a `#`, as the server's page shows it. */
export interface Address {
  server: string;
  code: string;
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The origin of a server, or null when it is not one to send a token to. */
export function serverOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, origin, username, password } = new URL(text);
  if (username !== "" || password !== "") return null;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname)) ? origin : null;
}

/** A pairing code: 8 letters, however they were typed. */
export function pairingCode(text: string): string | null {
  const code = text.replace(/[\s-]/g, "").toUpperCase();
  return /^[A-Z0-9]{8}$/.test(code) ? code : null;
}

/** Reads `https://server#CODE`; the scheme may be left out for a host other than this machine. */
export function parseAddress(text: string): Address | null {
  const trimmed = text.trim();
  const whole = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const hash = whole.indexOf("#");
  if (hash < 0) return null;
  const server = serverOrigin(whole.slice(0, hash));
  const code = pairingCode(whole.slice(hash + 1));
  return server === null || code === null ? null : { server, code };
}
