/**
 * The worker dies at every one of its calls, in each of three ways, and the browser with it or not. Whatever happens:
 * at most one POST, `sent` only when LinkedIn has it, and a report in the end.
 */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Death, Life, World } from "./world";

/** More turns than any of these stories takes. */
const TURNS = 12;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z") });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function freshWorld(withdraws = false): Promise<World> {
  const world = new World();
  world.install();
  await world.pair();
  if (withdraws) world.linkedin.hold();
  world.server.queue(withdraws ? { kind: "withdraw_connection_request", note: null } : {});
  return world;
}

/** Runs the story to its end, in new workers. */
async function liveOn(world: World): Promise<void> {
  for (let turns = 0; turns < TURNS; turns += 1) {
    await world.turn();
    if (world.server.state === "done" || world.server.state === "unconfirmed") break;
  }
  // The late look at a confirmed invitation belongs to this story, not to the next.
  await vi.advanceTimersByTimeAsync(6_000);
}

async function story(diesAt: number, how: Death, browserToo: boolean, withdraws: boolean): Promise<{ world: World; died: boolean }> {
  const world = await freshWorld(withdraws);
  const life = new Life(diesAt, how);
  const died = (await world.turn(life)) === "died";
  if (died && browserToo) await world.restartBrowser();
  await liveOn(world);
  return { world, died };
}

describe.each([
  ["before", false],
  ["during", false],
  ["after", false],
  ["before", true],
  ["during", true],
  ["after", true],
] as const)("death %s a call, browser too: %s", (how, browserToo) => {
  test.each([
    ["an invitation", "sent", 1],
    ["a withdrawal", "withdrawn", 0],
  ] as const)("never makes %s twice, and never says more than was seen", async (_, done, held) => {
    let deaths = 0;
    const outcomes = new Set<string>();
    for (let diesAt = 1; ; diesAt += 1) {
      const { world, died } = await story(diesAt, how, browserToo, done === "withdrawn");
      const { linkedin, server } = world;
      const where = `death ${how} call ${diesAt}`;
      expect(linkedin.posts.length, where).toBeLessThanOrEqual(1);
      expect(linkedin.posts.length, where).toBeLessThanOrEqual(server.starts);
      expect(["done", "unconfirmed"], where).toContain(server.state);
      if (server.state === "done") expect([server.last?.outcome, linkedin.sent.length], where).toEqual([done, held]);
      for (const { outcome } of server.finishes) outcomes.add(outcome);
      expect((await fakeBrowser.storage.local.get("journal"))["journal"], where).toBeUndefined();
      if (!died) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(20);
    expect(outcomes).toContain(done);
    if (!browserToo) expect(outcomes).not.toContain("unknown");
  });
});

test("an answer that LinkedIn gave while no worker lived is reported by the next", async () => {
  const world = await freshWorld();
  let answer = (): void => undefined;
  world.linkedin.onPost.push(async (commit) => {
    const sent = commit();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { created } = await import("./linkedin");
    return created(sent);
  });
  const life = new Life(Number.POSITIVE_INFINITY, "before");
  const turn = world.turn(life);
  while (world.linkedin.posts.length === 0) await vi.advanceTimersByTimeAsync(10);
  void life.die();
  await turn;
  answer();
  await liveOn(world);
  expect(world.server.last).toMatchObject({ outcome: "sent", evidence: { invitation_urn: world.linkedin.sent[0]?.urn } });
  expect(world.linkedin.posts).toHaveLength(1);
});

test("a browser that died with the POST in flight reports doubt, with what it can read", async () => {
  const world = await freshWorld();
  world.linkedin.onPost.push((commit) => {
    commit();
    return new Promise(() => undefined);
  });
  const life = new Life(Number.POSITIVE_INFINITY, "before");
  const turn = world.turn(life);
  while (world.linkedin.posts.length === 0) await vi.advanceTimersByTimeAsync(10);
  void life.die();
  await turn;
  await world.restartBrowser();
  await liveOn(world);
  expect(world.server.last).toMatchObject({ outcome: "unknown", evidence: { acted: true, after: "pending_out", message_equal: true } });
  expect(world.linkedin.posts).toHaveLength(1);
});

test("a report that the server did not take is sent until it does", async () => {
  const world = await freshWorld();
  for (let i = 0; i < 3; i += 1) world.server.instead.push({ path: "/finish", reply: () => Promise.reject(new TypeError("gone")) });
  await liveOn(world);
  expect(world.server.calls("/finish").length).toBeGreaterThanOrEqual(4);
  expect(world.server.state).toBe("done");
  expect(world.linkedin.posts).toHaveLength(1);
});

test("a token that an act was begun under before means doubt, not that nothing was sent", async () => {
  const world = await freshWorld();
  const token = "00000000-0000-4000-8000-000000000000";
  vi.spyOn(crypto, "randomUUID").mockReturnValue(token);
  await fakeBrowser.storage.local.set({ act: { token, state: "posting" } });
  await world.turn();
  vi.restoreAllMocks();
  expect(world.server.last).toMatchObject({ outcome: "unknown", evidence: { acted: true } });
  expect(world.linkedin.posts).toHaveLength(0);
});
