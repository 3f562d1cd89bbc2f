/** A look at what became of invitations: it reads little, says only who and how long ago, and never acts. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TARGET, failure, json } from "./linkedin";
import { World } from "./world";

const HOUR = 3_600_000;
let world: World;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z") });
  world = new World();
  world.install();
  await world.pair();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function ask(more: Record<string, unknown> = {}): void {
  const input = { pending_ms_ago: 5 * HOUR, connected_ms_ago: 2 * HOUR, missing: [], ...more };
  world.server.queue({ kind: "check_invitations", profile: { urn: null, slug: null }, note: null, input });
}

function invited(id: string, msAgo: number): void {
  const urn = `urn:li:fsd_invitation:74000000000000000${10 + world.linkedin.sent.length}`;
  world.linkedin.sent.push({ urn, invitee: `urn:li:fsd_profile:${id}`, message: "Between us", at: Date.now() - msAgo });
}

const reads = (): string[] => world.linkedin.requests.map(({ path }) => path.replace("/voyager/api/", "").split("?")[0] ?? "");

test("says who waits and who has connected since, and nothing else of anybody", async () => {
  invited("ACoAAnew", HOUR);
  invited("ACoAAold", 9 * HOUR);
  world.linkedin.connections = [["ACoAAjust", Date.now() - HOUR], ["ACoAAbefore", Date.now() - 3 * HOUR]];
  ask();
  await world.turn();
  expect(world.server.last).toMatchObject({ outcome: "completed", evidence: { acted: false, http_status: 200 } });
  const { output } = world.server.last as { output: { connected: unknown[]; pending: unknown[] } };
  const entry = (profile: string): unknown => ({ profile, ms_ago: expect.any(Number) as unknown });
  expect(output).toEqual({ connected: [entry("ACoAAjust")], pending: [entry("ACoAAnew"), entry("ACoAAold")], complete: true, relations: [] });
  expect(JSON.stringify(world.server.told)).not.toContain("Between us");
  expect(reads()).toEqual(["me", "relationships/sentInvitationViewsV2", "relationships/dash/connections"]);
  expect(world.linkedin.posts).toEqual([]);
});

test("reads to the end of lists that are shorter than asked for", async () => {
  invited("ACoAAnew", HOUR);
  ask();
  await world.turn();
  expect(world.server.last).toMatchObject({ output: { complete: true, connected: [] } });
  expect(reads()).toHaveLength(4);
});

test("asks LinkedIn about those who were missing before", async () => {
  world.linkedin.relation = "connected";
  ask({ missing: ["ACoAAATARGET"] });
  await world.turn();
  expect(world.server.last).toMatchObject({ output: { relations: [{ profile: TARGET.split(":").at(-1), relation: "connected" }] } });
});

test("says of whom LinkedIn shows nobody that there is nobody", async () => {
  const exceptionClass = "com.linkedin.voyager.common.VoyagerUserVisibleException";
  ask({ missing: ["ACoAAgone"] });
  world.linkedin.onRelation = () => json({ data: { exceptionClass, status: 403 }, included: [] }, 403);
  await world.turn();
  expect(world.server.last).toMatchObject({ outcome: "completed", output: { relations: [{ profile: "ACoAAgone", relation: null }] } });
});

test("is over with what stops every read", async () => {
  ask({ missing: ["ACoAAgone"] });
  world.linkedin.onRelation = () => failure(429);
  await world.turn();
  expect(world.server.last).toMatchObject({ outcome: "throttled", output: null });
});

test("looks at nobody when somebody else is signed in", async () => {
  world.linkedin.signedIn = "urn:li:fsd_profile:ACoAAASOMEBODY";
  ask();
  await world.turn();
  expect(world.server.last?.outcome).toBe("wrong_member");
  expect(reads()).toEqual(["me"]);
});

test.each(["/me", "sentInvitationViewsV2", "dash/connections", "MemberRelationships"])("ends with a Pause at %s", async (point) => {
  world.linkedin.onRead = (path) => {
    if (path.includes(point)) void fakeBrowser.storage.local.set({ paused: true });
  };
  ask({ missing: ["ACoAAone", "ACoAAtwo"] });
  await world.turn();
  expect(world.server.finishes).toEqual([]);
  expect(world.server.calls("/release").at(-1)?.body["reason"]).toBe("paused");
  expect(reads().at(-1)).toContain(point.replace("/me", "me"));
});
