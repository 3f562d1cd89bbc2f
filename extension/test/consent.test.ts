/** The member's yes: who it is about is read sparingly, and what the member says reaches the server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { allow, allowed, decide, history, waiting } from "../src/agent/consent";
import { snapshot } from "../src/agent/snapshot";
import { sentenceFor, waitsForMember, wordOf } from "../src/popup/sentences";
import { TARGET, failure } from "./linkedin";
import { refusal, reply } from "./server";
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

test("who it is costs two reads, and nothing is sent", async () => {
  world.server.queue({ kind: "read_person", note: null });
  await world.turn();
  expect(world.server.last).toMatchObject({
    outcome: "completed",
    output: { name: "Ada Example", headline: "Analyst", profile_urn: TARGET, profile_slug: "ada-example" },
    evidence: { acted: false, profile_urn: TARGET },
  });
  expect(world.linkedin.requests.map(({ path }) => path.split("?")[0])).toEqual([
    "/voyager/api/me",
    "/voyager/api/identity/dash/profiles",
  ]);
  expect(world.linkedin.posts).toEqual([]);
});

test("a session that has ended is told, and nobody is looked at", async () => {
  world.linkedin.onMe = () => failure(401);
  world.server.queue({ kind: "read_person", note: null });
  await world.turn();
  expect(world.server.last).toMatchObject({ outcome: "signed_out", output: null });
  expect(world.linkedin.requests).toHaveLength(1);
});

test("a yes and a wish go to the server, and what waits is asked of it alone", async () => {
  const wish = { approve_first: true, day: 5, week: null };
  world.server.instead.push({ path: "/approvals", reply: () => reply({ success: true, data: [], waiting: 0 }) });
  expect(await waiting()).toEqual({ ok: true, value: { success: true, data: [], waiting: 0 } });
  expect(await decide("task-1", true)).toEqual({ ok: true, value: "queued" });
  await allow(wish);
  await allowed();
  world.server.instead.push({ path: "/history", reply: () => reply({ success: true, data: [] }) });
  expect(await history()).toEqual({ ok: true, value: [] });
  expect(world.server.told.map(({ path, body }) => [path, body])).toEqual([
    ["/agent/approvals", {}],
    ["/agent/approvals/task-1", { approve: true }],
    ["/agent/consent", wish],
    ["/agent/consent", {}],
    ["/agent/history", {}],
  ]);
  expect(world.linkedin.requests).toEqual([]);
});

test("what cannot be said is told in a sentence", async () => {
  world.server.instead.push({ path: "/task-1", reply: () => refusal(409, "not_waiting") });
  expect(await decide("task-1", true)).toEqual({ ok: false, error: "No: not_waiting" });
  world.server.instead.push({ path: "/approvals", reply: () => Promise.reject(new TypeError("gone")) });
  expect(await waiting()).toEqual({ ok: false, error: "127.0.0.1:8080 does not answer. Try again when it is back." });
});

test.each([
  ["invitation_limit", "time", false, /goes on by itself/, "I have looked at LinkedIn: resume"],
  ["invitation_limit", "member", true, /twice within 30 days.*when you press the button/, "I have looked at LinkedIn: resume"],
  ["paused", "member", true, /Your team lets Curtsy rest.*or when you press the button/, "End the rest: go on"],
])("%s that ends by %s offers the button: %s", async (reason, endsBy, offered, sentence, word) => {
  const nothing = { task: null, reason, ends_by: endsBy, poll_after_ms: 30_000, incarnation: 1 };
  world.server.instead.push({ path: "/lease", reply: () => reply(nothing) });
  await world.turn();
  const now = await snapshot();
  expect([now.reason, now.endsBy]).toEqual([reason, endsBy]);
  expect(sentenceFor(now.reason, now.endsBy)).toMatch(sentence);
  expect(waitsForMember(now.reason, now.endsBy)).toBe(offered);
  expect(wordOf(now.reason)).toBe(word);
});
