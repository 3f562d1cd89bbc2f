/** One HTTP answer of LinkedIn, turned into facts. */
import type { Answer } from "./verdict";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Facts and, for reads, the body that carries what was asked. */
export interface Reading {
  answer: Answer;
  body: Json;
  /** When LinkedIn answered, by LinkedIn's clock where it says so: ages of invitations are counted on it. */
  servedAt: number;
}

const INVITATION_URN = /^urn:li:(?:fsd_invitation|fs_relInvitation|invitation):\d+$/;

/** No HTTP answer came. */
export const NO_ANSWER: Answer = {
  reached: false,
  status: 0,
  bodyStatus: null,
  redirectHeld: false,
  cookieless: false,
  path: "",
  html: false,
  csrfText: false,
  challengeInBody: false,
  code: null,
  invisible: false,
  retryAfterMs: null,
  invitationUrn: null,
  inviteeUrn: null,
};

/** The value at a path of keys, or null where the path ends early. */
export function at(value: Json | undefined, ...keys: string[]): Json {
  let here: Json | undefined = value;
  for (const key of keys) {
    if (here === null || typeof here !== "object" || Array.isArray(here)) return null;
    here = here[key];
  }
  return here ?? null;
}

/** The value if it is a text. */
export function text(value: Json): string | null {
  return typeof value === "string" ? value : null;
}

/** The first text among several places, as one fact has several homes in LinkedIn's envelopes (linkedin-wire 1.3). */
function firstText(...values: Json[]): string | null {
  for (const value of values) if (typeof value === "string" && value !== "") return value;
  return null;
}

/** The entity of `included` that a reference names; never simply the first of a kind (linkedin-wire 4.1). */
export function included(body: Json, urn: Json): Json {
  const entities = at(body, "included");
  if (typeof urn !== "string" || !Array.isArray(entities)) return null;
  return entities.find((entity) => at(entity, "entityUrn") === urn) ?? null;
}

function created(body: Json): { invitationUrn: string | null; inviteeUrn: string | null } {
  const value = at(body, "data", "value") ?? at(body, "value") ?? included(body, at(body, "data", "*value"));
  const urn = text(at(value, "invitationUrn"));
  return {
    invitationUrn: urn !== null && INVITATION_URN.test(urn) ? urn : null,
    inviteeUrn: firstText(at(value, "inviteeUrn"), at(value, "*invitee")),
  };
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return null;
  }
}

/** Retry-After in milliseconds, from seconds or from a date. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.round(seconds * 1000));
  const until = Date.parse(header);
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}

/** The GraphQL error that stands inside an HTTP 200 (linkedin-wire 1.3). */
function graphError(body: Json): Json {
  const errors = at(body, "data", "errors") ?? at(body, "errors");
  return Array.isArray(errors) ? at(errors[0], "extensions") : null;
}

/** Reads everything an answer says about itself, and its body. */
export async function readAnswer(response: Response, now: number): Promise<Reading> {
  if (response.type === "opaqueredirect") {
    return { answer: { ...NO_ANSWER, reached: true, redirectHeld: true }, body: null, servedAt: now };
  }
  const raw = await response.text();
  const kind = response.headers.get("content-type") ?? "";
  const html = /html/i.test(kind) || /^\s*<(!doctype|html)/i.test(raw);
  const body = html ? null : parse(raw);
  const graph = graphError(body);
  const status = at(body, "data", "status") ?? at(body, "status") ?? at(graph, "status");
  const exception = firstText(at(body, "data", "exceptionClass"), at(body, "exceptionClass"), at(graph, "exceptionClass"));
  const challenged = ["challengeUrl", "challenge_url", "challenge_id"].some(
    (key) => at(body, key) !== null || at(body, "data", key) !== null,
  );
  const answer: Answer = {
    reached: true,
    status: response.status,
    bodyStatus: typeof status === "number" ? status : null,
    redirectHeld: false,
    cookieless: false,
    path: new URL(response.url === "" ? "https://www.linkedin.com/" : response.url).pathname,
    html,
    csrfText: response.status === 403 && raw.startsWith("CSRF check failed"),
    challengeInBody: html ? raw.includes("/checkpoint/challenge") : challenged,
    code: firstText(at(body, "data", "code"), at(body, "code"), at(body, "data", "value", "code")),
    invisible: exception?.endsWith("VoyagerUserVisibleException") ?? false,
    retryAfterMs: retryAfter(response.headers.get("retry-after"), now),
    ...created(body),
  };
  const served = Date.parse(response.headers.get("date") ?? "");
  return { answer, body, servedAt: Number.isNaN(served) ? now : served };
}
