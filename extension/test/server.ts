/** A server at the far end of the wire that speaks the agent protocol for one task, with a book of what it was told. */
import type { Evidence, Finish } from "../src/agent/server";

export const SERVER = "http://127.0.0.1:8080";
const GRANTED_MS = 15_000;

export interface Told {
  path: string;
  body: Record<string, unknown>;
  authorization: string | null;
}

export class Server {
  told: Told[] = [];
  task: Record<string, unknown> | null = null;
  state: "queued" | "leased" | "started" | "done" | "unconfirmed" = "queued";
  /** An answer given instead of the ordinary one, once, for the first call whose path ends so. */
  instead: { path: string; reply: () => Response | Promise<Response> }[] = [];
  starts = 0;
  private leases = 0;
  private startedAt = 0;

  /** Has an invitation in its line. */
  queue(task: Record<string, unknown> = {}): void {
    const profile = { urn: null, slug: "ada-example" };
    this.task = { id: "task-1", kind: "send_connection_request", purpose: "act", profile, note: "Hello Ada", input: {}, ...task };
    this.state = "queued";
  }

  get finishes(): Finish[] {
    return this.told.filter(({ path }) => path.endsWith("/finish")).map(({ body }) => body as unknown as Finish);
  }

  /** The last report and its evidence. */
  get last(): { outcome: string; evidence: Evidence; output: unknown } | undefined {
    return this.finishes.at(-1);
  }

  calls(end: string): Told[] {
    return this.told.filter(({ path }) => path.endsWith(end));
  }

  async answer(address: string, init: RequestInit): Promise<Response> {
    const path = new URL(address).pathname;
    const body = JSON.parse((init.body as string | undefined) ?? "{}") as Record<string, unknown>;
    const authorization = new Headers(init.headers).get("authorization");
    this.told.push({ path, body, authorization });
    const odd = this.instead.findIndex((entry) => path.endsWith(entry.path));
    const [entry] = odd < 0 ? [] : this.instead.splice(odd, 1);
    return entry === undefined ? reply(this.decide(path, body)) : entry.reply();
  }

  private decide(path: string, body: Record<string, unknown>): unknown {
    if (path.endsWith("/lease")) return this.lease(body);
    if (path.endsWith("/start")) return this.start();
    if (path.endsWith("/finish")) return this.finish(body as unknown as Finish);
    if (path.endsWith("/release")) this.state = "queued";
    if (path.endsWith("/journal")) return { incarnation: 2 };
    if (path.endsWith("/resume")) return { success: true, resumed: ["challenge"] };
    if (path.endsWith("/pair")) {
      const member = { id: "m", name: "Ada" };
      return { agent_id: "a", token: "ca_new", check: "47", member, team: { id: "t", name: "Acme" }, incarnation: 1 };
    }
    return { success: true, state: this.state };
  }

  private lease(body: Record<string, unknown>): unknown {
    const free = this.state === "queued" || this.state === "leased" || this.state === "started";
    if (this.task === null || !free || body["paused"] === true) {
      return { task: null, reason: "nothing_due", poll_after_ms: 30_000, incarnation: 1 };
    }
    if (this.state === "queued") {
      this.leases += 1;
      this.state = "leased";
    }
    return { task: this.task, lease: { id: `lease-${this.leases}`, expires_in_ms: 60_000 }, poll_after_ms: 2_000, incarnation: 1 };
  }

  private start(): unknown {
    if (this.state === "leased") {
      this.starts += 1;
      this.state = "started";
      this.startedAt = Date.now();
    }
    return { act_within_ms: Math.max(0, GRANTED_MS - (Date.now() - this.startedAt)) };
  }

  private finish({ outcome, lease }: Finish): unknown {
    if (lease === `lease-${this.leases}` && (this.state === "leased" || this.state === "started")) {
      if (outcome === "not_attempted") this.state = "queued";
      else this.state = outcome === "unknown" ? "unconfirmed" : "done";
    }
    return { state: this.state };
  }
}

/** An answer of the server's. */
export function reply(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** A refusal of the server's. */
export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  return reply({ success: false, error: `No: ${code}`, code, request_id: "r" }, status, headers);
}
