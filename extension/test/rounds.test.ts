/** When turns are taken: rings, rests, the alarm, and never two at a time. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { refusal } from "./server";
import { World } from "./world";

/** The server's end of a bell. */
class Line {
  static all: Line[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  heard: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor(readonly url: string) {
    Line.all.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  ring(data = '{"type":"ring"}'): void {
    this.onmessage?.({ data });
  }

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }

  close(code = 1000): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

let world: World;
let wake: (insist?: boolean) => Promise<void>;
let platformInfo: ReturnType<typeof vi.fn>;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z") });
  Line.all = [];
  world = new World();
  world.install();
  vi.stubGlobal("WebSocket", Line);
  platformInfo = vi.fn(() => Promise.resolve({}));
  Object.assign(globalThis.chrome.runtime, { getPlatformInfo: platformInfo });
  vi.resetModules();
  ({ wake } = await import("../src/agent/rounds"));
  await world.pair();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const leases = (): number => world.server.calls("/lease").length;
const line = (): Line => Line.all.at(-1) as Line;

describe("the bell", () => {
  test("says who is there, then every 20 s that it lives, in words both browsers count", async () => {
    await world.pass(wake());
    line().open();
    const boot = (await fakeBrowser.storage.session.get("boot_id"))["boot_id"];
    expect(line().url).toBe("ws://127.0.0.1:8080/agent/bell");
    expect(line().heard).toEqual([{ type: "hello", token: "ca_secret", boot_id: boot }]);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(line().heard.slice(1)).toEqual([{ type: "alive" }, { type: "alive" }]);
    expect(platformInfo).toHaveBeenCalledTimes(2);
  });

  test("leads to a question at each ring, and to none at other words", async () => {
    await world.pass(wake());
    const before = leases();
    line().ring();
    await vi.advanceTimersByTimeAsync(10);
    expect(leases()).toBe(before + 1);
    line().ring('{"type":"stop","reason":"bye"}');
    line().ring("not json");
    await vi.advanceTimersByTimeAsync(10);
    expect(leases()).toBe(before + 1);
  });

  test("is hung again within 3 s of its end", async () => {
    await world.pass(wake());
    line().open();
    await vi.advanceTimersByTimeAsync(10);
    line().close();
    await vi.advanceTimersByTimeAsync(999);
    expect(Line.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_001);
    expect(Line.all).toHaveLength(2);
  });

  test("that the server ends for a bad token leads to a question, and no other bell", async () => {
    await world.pass(wake());
    world.server.instead.push({ path: "/lease", reply: () => refusal(401, "agent_revoked") });
    line().close(4403);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Line.all).toHaveLength(1);
    expect((await fakeBrowser.storage.local.get("pairing"))["pairing"]).toBeUndefined();
  });

  test("does not hang in a browser that is not paired", async () => {
    await fakeBrowser.storage.local.remove("pairing");
    await world.pass(wake());
    expect(Line.all).toEqual([]);
    expect(world.server.told).toEqual([]);
  });
});

describe("turns", () => {
  test("follow the server's tempo", async () => {
    await world.pass(wake());
    const before = leases();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(leases()).toBe(before);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(leases()).toBe(before + 1);
  });

  test("are one at a time, however often it rings", async () => {
    world.server.queue();
    await world.pass(Promise.all([wake(), wake(), wake(), wake()]).then(() => undefined));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.linkedin.posts).toHaveLength(1);
    expect(world.server.starts).toBe(1);
  });

  test("follow each other at once while there is work", async () => {
    world.server.queue();
    await world.pass(wake());
    expect(leases()).toBe(2);
  });

  test("do not follow a ring while the server asked for rest, but do follow the member", async () => {
    world.server.instead.push({ path: "/lease", reply: () => refusal(503, "try_again", { "retry-after": "20" }) });
    await world.pass(wake());
    const before = leases();
    line().ring();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(leases()).toBe(before);
    await world.pass(wake(true));
    expect(leases()).toBe(before + 1);
  });

  test("go on by themselves after an outage", async () => {
    for (let i = 0; i < 3; i += 1) world.server.instead.push({ path: "/lease", reply: () => Promise.reject(new TypeError("gone")) });
    await world.pass(wake());
    await vi.advanceTimersByTimeAsync(20_000);
    expect(leases()).toBeGreaterThanOrEqual(4);
    expect((await fakeBrowser.storage.local.get("problem"))["problem"] ?? null).toBeNull();
  });
});

test("a pairing made while the former token is refused stays, with a bell of its own", async () => {
  world.server.instead.push({
    path: "/lease",
    reply: async () => {
      const { pairing } = await fakeBrowser.storage.local.get("pairing");
      await fakeBrowser.storage.local.set({ pairing: { ...(pairing as object), token: "ca_other" } });
      return refusal(401, "agent_revoked");
    },
  });
  await world.pass(wake());
  line().open();
  await world.pass(wake());
  expect(line().heard[0]).toMatchObject({ type: "hello", token: "ca_other" });
  expect(world.server.calls("/lease").at(-1)?.authorization).toBe("Bearer ca_other");
});
