/** LinkedIn is looked at outside a task only when that could end a wait, and once for many pages. */
import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { World } from "./world";

const FEED = "https://www.linkedin.com/feed/";
const MEMBERS_TAB = 900;

let world: World;
let look: (tab: number, url: string) => Promise<void>;
let wake: ReturnType<typeof vi.fn<(insist: boolean) => Promise<void>>>;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z") });
  world = new World();
  world.install();
  await world.pair();
  vi.resetModules();
  const { sessionLook } = await import("../src/agent/session_look");
  wake = vi.fn(() => Promise.resolve());
  look = (tab, url) => sessionLook(tab, url, wake);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const signedOut = (): Promise<void> => fakeBrowser.storage.local.set({ reason: "signed_out" });

test("one look ends the wait, however many pages are opened", async () => {
  await signedOut();
  for (let pages = 0; pages < 5; pages += 1) await look(MEMBERS_TAB, FEED);
  await vi.waitFor(() => expect(world.linkedin.requests.map(({ path }) => path)).toEqual(["/voyager/api/me"]));
  expect(wake).toHaveBeenCalledExactlyOnceWith(true);
  expect((await fakeBrowser.storage.local.get("linkedin"))["linkedin"]).toMatchObject({ name: "Sam Viewer" });
});

test.each([
  ["the login page", "https://www.linkedin.com/login"],
  ["the checkpoint", "https://www.linkedin.com/checkpoint/challenge/X"],
  ["another site", "https://example.com/feed/"],
])("nothing is read at %s", async (_where, url) => {
  await signedOut();
  await look(MEMBERS_TAB, url);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.linkedin.requests).toEqual([]);
});

test("nothing is read while the right member is known to be signed in", async () => {
  await look(MEMBERS_TAB, FEED);
  await vi.advanceTimersByTimeAsync(10_000);
  const seen = world.linkedin.requests.length;
  await look(MEMBERS_TAB, FEED);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.linkedin.requests).toHaveLength(seen);
});

test("nothing is read in a browser that is not paired", async () => {
  await fakeBrowser.storage.local.remove("pairing");
  await look(MEMBERS_TAB, FEED);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.linkedin.requests).toEqual([]);
});
