/** Taking an invitation back, from the lease to the report. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failure } from "./linkedin";
import { World } from "./world";

const WITHDRAWAL = { id: "task-2", kind: "withdraw_connection_request", note: null };

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
    const { urn } = world.linkedin.hold();
    world.server.queue(WITHDRAWAL);
    await world.turn();
    const [post] = world.linkedin.posts;
    expect(world.linkedin.posts).toHaveLength(1);
    expect(post?.path).toBe(`/voyager/api/voyagerRelationshipsDashInvitations/${encodeURIComponent(urn)}?action=withdraw`);
    expect(post?.body).toBe('{"invitationType":"CONNECTION"}');
    expect(world.server.last).toMatchObject({
      outcome: "withdrawn",
      evidence: { acted: true, before: "pending_out", after: "none", http_status: 200 },
    });
    expect(await stored("made")).toBeUndefined();
  });

  test("names the invitation from the sent list where the relationship does not", async () => {
    const { urn } = world.linkedin.hold();
    world.linkedin.nameless = true;
    world.server.queue(WITHDRAWAL);
    await world.turn();
    expect(world.linkedin.posts[0]?.path).toContain(encodeURIComponent(urn));
    expect(world.server.last?.outcome).toBe("withdrawn");
  });

  test("of nothing is no act", async () => {
    world.server.queue(WITHDRAWAL);
    await world.turn();
    expect(world.linkedin.posts).toEqual([]);
    expect(world.server.calls("/start")).toEqual([]);
    expect(world.server.last).toMatchObject({ outcome: "not_pending", evidence: { acted: false } });
  });

  test.each([
    ["connected", "already_connected"],
    ["pending_in", "not_pending"],
  ] as const)("with somebody who is %s is no act", async (relation, outcome) => {
    world.linkedin.relation = relation;
    world.server.queue(WITHDRAWAL);
    await world.turn();
    expect([world.linkedin.posts.length, world.server.last?.outcome]).toEqual([0, outcome]);
  });

  test.each<[string, number, string | undefined, boolean, string, string]>([
    ["500, and it is gone", 500, undefined, true, "withdrawn", "none"],
    ["500, and it still waits", 500, undefined, false, "unknown", "pending_out"],
    ["404, and it is gone", 404, undefined, true, "withdrawn", "none"],
    ["404, and it still waits", 404, undefined, false, "refused", "pending_out"],
    ["a code no list has", 409, "NEW_WORD", false, "refused", "pending_out"],
    ["a word about inviting", 400, "CANT_RESEND_YET", false, "refused", "pending_out"],
  ])("answered by %s", async (_, status, code, gone, outcome, after) => {
    world.linkedin.hold();
    world.linkedin.onPost.push((commit) => {
      if (gone) commit();
      return failure(status, code);
    });
    world.server.queue(WITHDRAWAL);
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome, evidence: { acted: true, after, http_status: status } });
    expect(world.linkedin.posts).toHaveLength(1);
  });

  test("in doubt is looked at, and not made again", async () => {
    world.linkedin.hold();
    world.server.queue({ ...WITHDRAWAL, purpose: "verify" });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "pending", evidence: { after: "pending_out" } });
    world.linkedin.sent.length = 0;
    world.server.queue({ ...WITHDRAWAL, purpose: "verify" });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "absent", evidence: { after: "none", tab_closed: true } });
    expect(world.linkedin.posts).toEqual([]);
    expect(await stored("made")).toBeUndefined();
  });
});
