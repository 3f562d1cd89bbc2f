/** What the server says besides a task: wait, rest, come back, begin again. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failure } from "./linkedin";
import { SERVER, refusal } from "./server";
import { World } from "./world";

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

const stored = async (key: string): Promise<unknown> => (await fakeBrowser.storage.local.get(key))[key];

test("what stands in the way is not asked about again at once, and the popup knows it", async () => {
  world.server.queue();
  world.linkedin.onMe = () => failure(401);
  expect(await world.turn()).toEqual({ ms: 2_000, deaf: false });
  expect(await stored("reason")).toBe("signed_out");
});

test("a task of a kind not known is given back", async () => {
  world.server.queue({ kind: "dance" });
  await world.turn();
  expect(world.server.calls("/release")[0]?.body).toEqual({ lease: "lease-1", reason: "updating" });
});

describe("the server's word", () => {
  test("revoked: the token is forgotten and the popup knows why", async () => {
    world.server.instead.push({ path: "/lease", reply: () => refusal(401, "agent_revoked") });
    await world.turn();
    expect(await stored("pairing")).toBeUndefined();
    expect(await stored("problem")).toMatchObject({ kind: "revoked" });
  });

  test("too old: a long rest, and its sentence is kept", async () => {
    world.server.instead.push({ path: "/lease", reply: () => refusal(426, "version_too_old") });
    expect(await world.turn()).toMatchObject({ deaf: true });
    expect(await stored("problem")).toMatchObject({ kind: "update", message: "No: version_too_old" });
  });

  test("overloaded: it comes back when it was told to", async () => {
    world.server.instead.push({ path: "/lease", reply: () => refusal(503, "try_again", { "retry-after": "7" }) });
    expect(await world.turn()).toEqual({ ms: 7_000, deaf: true });
  });

  test("not there: it backs off, longer each time, with a bound", async () => {
    for (let i = 0; i < 12; i += 1) world.server.instead.push({ path: "/lease", reply: () => Promise.reject(new TypeError("gone")) });
    vi.resetModules();
    const { turn } = await import("../src/agent/loop");
    const rests: number[] = [];
    for (let i = 0; i < 12; i += 1) rests.push((await world.pass(turn())).ms);
    expect(rests[0]).toBeLessThanOrEqual(1_000);
    expect(rests.at(-1)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...rests)).toBeLessThanOrEqual(60_000);
  });

  test("restored from a backup: it gets the journal, then the question again", async () => {
    world.server.queue();
    await world.turn();
    world.server.instead.push({ path: "/lease", reply: () => refusal(409, "journal_required") });
    await world.turn();
    expect(world.server.calls("/journal")[0]?.body).toMatchObject({
      entries: [{ task_id: "task-1", lease: "lease-1", phase: "answered", evidence: { acted: true } }],
    });
    await world.turn();
    expect(world.server.calls("/lease").at(-1)?.body["incarnation"]).toBe(2);
  });
});

test("while paused the server hears so and a task that comes all the same is given back", async () => {
  await fakeBrowser.storage.local.set({ paused: true });
  await world.turn();
  expect(world.server.calls("/lease")[0]?.body["paused"]).toBe(true);
  expect(world.linkedin.requests).toEqual([]);
  expect(world.server.told.every(({ authorization }) => authorization === "Bearer ca_secret")).toBe(true);
  expect(SERVER).toMatch(/^http:\/\/127/);
});
