/** Taking an invitation back, from the lease to the report. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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

describe("a withdrawal", () => {
  test("is looked at, started, made once and read back", async () => {
    world.server.queue();
    await world.turn();
    world.server.queue({ id: "task-2", kind: "withdraw_connection_request", note: null });
    const [sent] = world.linkedin.sent;
    world.linkedin.onPost.push(() => {
      world.linkedin.sent.length = 0;
      return new Response(JSON.stringify({ data: {}, included: [] }), { status: 200, headers: { "content-type": "application/json" } });
    });
    const turn = world.turn();
    await vi.advanceTimersByTimeAsync(5_000);
    await turn;
    const post = world.linkedin.posts.at(-1);
    expect(post?.path).toBe(
      `/voyager/api/voyagerRelationshipsDashInvitations/${encodeURIComponent(sent?.urn ?? "")}?action=withdraw`,
    );
    expect(post?.body).toBe('{"invitationType":"CONNECTION"}');
    const told = world.server.finishes.find(({ outcome }) => outcome === "withdrawn");
    expect(told?.evidence).toMatchObject({ acted: true, before: "pending_out", after: "none" });
    expect(await stored("made")).toHaveLength(1);
  });

  test("of nothing is no act", async () => {
    world.server.queue({ kind: "withdraw_connection_request", note: null });
    await world.turn();
    expect(world.linkedin.posts).toEqual([]);
    expect(world.server.calls("/start")).toEqual([]);
    expect(world.server.last).toMatchObject({ outcome: "not_pending", evidence: { acted: false } });
  });
});
