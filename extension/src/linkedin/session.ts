/** The member's session as the page sees it: the csrf token, and who `/me` says is signed in (linkedin-wire 1.1 and 5). */
import { type Json, at, included, text } from "./answer";

/** Who is signed in to LinkedIn in this browser. */
export interface Identity {
  urn: string;
  premium: boolean;
  name: string;
}

/** The csrf token in a cookie text: JSESSIONID without its double quotes. It never leaves the page. */
export function csrfToken(cookies: string): string | null {
  return /(?:^|;\s*)JSESSIONID="?([^";]+)/.exec(cookies)?.[1] ?? null;
}

/** The minimum set of headers (linkedin-wire 1.2) and nothing that claims clicks which did not happen. */
export function headersFor(token: string, method: "GET" | "POST"): Record<string, string> {
  return {
    accept: "application/vnd.linkedin.normalized+json+2.1",
    "csrf-token": token,
    "x-restli-protocol-version": "2.0.0",
    "x-li-lang": "en_US",
    ...(method === "POST" ? { "content-type": "application/json; charset=UTF-8" } : {}),
  };
}

/** The member a `/me` body tells of, following its reference; null when the body does not say. */
export function identityOf(body: Json): Identity | null {
  const me = at(body, "data") ?? body;
  const profile = included(body, at(me, "*miniProfile")) ?? at(me, "miniProfile");
  const urn =
    text(at(profile, "dashEntityUrn")) ??
    text(at(profile, "entityUrn") ?? at(me, "*miniProfile"))?.replace(/^urn:li:fs_miniProfile:/, "urn:li:fsd_profile:");
  if (urn === undefined || !urn.startsWith("urn:li:fsd_profile:")) return null;
  const names = [text(at(profile, "firstName")), text(at(profile, "lastName"))].filter((part) => part !== null && part !== "");
  return { urn, premium: at(me, "premiumSubscriber") === true, name: names.join(" ") };
}
