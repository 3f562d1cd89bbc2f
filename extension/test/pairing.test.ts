import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pairingCode, parseAddress, serverOrigin } from "../src/agent/address";
import { resume } from "../src/agent/consent";
import { pair, unpair } from "../src/agent/pairing";
import { wake } from "../src/agent/rounds";
import { snapshot } from "../src/agent/snapshot";
import { sentenceFor, waitsForMember } from "../src/popup/sentences";
import { SELF, failure } from "./linkedin";
import { SERVER, refusal } from "./server";
import { World } from "./world";

let world: World;

beforeEach(() => {
  world = new World();
  world.install();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a code is swapped for a token, which the popup never gets", async () => {
  const done = await pair(SERVER, "abcd-efgh");
  expect(done).toMatchObject({ ok: true, value: { server: SERVER, member: "Ada", team: "Acme", check: "47" } });
  expect(world.server.told[0]).toMatchObject({
    path: "/agent/pair",
    authorization: null,
    body: { code: "ABCDEFGH", version: "0.1.0", linkedin: { urn: SELF, name: "Sam Viewer" } },
  });
  const shown = await snapshot();
  expect(shown.paired).toMatchObject({ server: SERVER, account: { name: "Sam Viewer" } });
  expect(JSON.stringify([done, shown])).not.toContain("ca_new");
});

test.each([
  ["signed out", () => failure(401), /Sign in to LinkedIn/],
  ["challenged", () => failure(451), /confirm something/],
  ["unreadable", () => failure(500), /could not be read/],
] as const)("a browser that is %s is not paired, and the code is not spent", async (_state, me, sentence) => {
  world.linkedin.onMe = me;
  const done = await pair(SERVER, "ABCDEFGH");
  expect(done).toMatchObject({ ok: false });
  expect(done.ok ? "" : done.error).toMatch(sentence);
  expect(world.server.told).toEqual([]);
});

test.each(["unknown_code", "code_used", "code_expired", "linkedin_account_taken"])("the server's %s is a sentence", async (code) => {
  world.server.instead.push({ path: "/pair", reply: () => refusal(409, code) });
  const done = await pair(SERVER, "ABCDEFGH");
  expect(done.ok ? "" : done.error).toMatch(/code|account/);
  expect(done.ok ? "" : done.error).not.toContain(code);
  expect((await snapshot()).paired).toBeNull();
});

test("a server that does not answer is named", async () => {
  world.server.instead.push({ path: "/pair", reply: () => Promise.reject(new TypeError("gone")) });
  expect(await pair(SERVER, "ABCDEFGH")).toEqual({
    ok: false,
    error: "127.0.0.1:8080 does not answer. Is the address right, and the server running?",
  });
});

test("a server that asks to wait says why", async () => {
  const body = { success: false, error: "Too many wrong pairing codes came to this server", code: "try_again" };
  const reply = () => new Response(JSON.stringify(body), { status: 503, headers: { "retry-after": "40" } });
  world.server.instead.push({ path: "/pair", reply });
  expect(await pair(SERVER, "ABCDEFGH")).toEqual({ ok: false, error: body.error });
});

test("unpairing forgets the token at once, server or not; the member's own list stays", async () => {
  await pair(SERVER, "ABCDEFGH");
  await fakeBrowser.storage.local.set({ made: [{ task: "t", at: Date.now(), urn: "u", slug: null, name: "Ada", note: null }] });
  world.server.instead.push({ path: "/unpair", reply: () => Promise.reject(new TypeError("gone")) });
  expect(await unpair()).toEqual({ ok: true, value: false });
  expect(JSON.stringify(await fakeBrowser.storage.local.get())).not.toContain("ca_new");
  expect((await snapshot()).made).toHaveLength(1);
});

test("resume says in which browser run the member has looked", async () => {
  expect(await resume()).toMatchObject({ ok: false });
  await pair(SERVER, "ABCDEFGH");
  expect(await resume()).toEqual({ ok: true, value: ["challenge"] });
  expect(world.server.calls("/resume")[0]).toMatchObject({ authorization: "Bearer ca_new", body: { boot_id: expect.any(String) as string } });
});

test.each([
  ["https://curtsy.example.com", "https://curtsy.example.com"],
  ["https://curtsy.example.com:8443/connect?x=1", "https://curtsy.example.com:8443"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ["http://localhost:8080", "http://localhost:8080"],
  ["http://[::1]:8080", "http://[::1]:8080"],
  ["http://curtsy.example.com", null],
  ["http://127.0.0.1.example.com", null],
  ["http://localhost.example.com", null],
  ["https://user:secret@curtsy.example.com", null],
  ["ftp://curtsy.example.com", null],
  ["nonsense", null],
])("the server of %s is %s", (text, origin) => {
  expect(serverOrigin(text)).toBe(origin);
});

test("an address carries its code behind the #; https need not be typed", () => {
  expect(parseAddress(" https://c.example/#abcd efgh ")).toEqual({ server: "https://c.example", code: "ABCDEFGH" });
  expect(parseAddress("c.example#ABCDEFGH")).toEqual({ server: "https://c.example", code: "ABCDEFGH" });
  for (const bad of ["https://c.example", "https://c.example#ABC", "#ABCDEFGH", "http://c.example#ABCDEFGH"]) {
    expect(parseAddress(bad), bad).toBeNull();
  }
  expect(pairingCode("ABCDEFG!")).toBeNull();
});

test("a reason is a sentence, also one from a newer server; what earlier servers left out is known", () => {
  expect(sentenceFor("challenge", "member")).toMatch(/LinkedIn wants/);
  expect(sentenceFor("quite_new", null)).toBe("The server says: quite new.");
  expect(sentenceFor(null, null)).toBe("");
  expect(["challenge", "restricted", "needs_review"].every((reason) => waitsForMember(reason, null))).toBe(true);
  expect(["signed_out", "throttled", "nothing_due", "paused", null].some((reason) => waitsForMember(reason, null))).toBe(false);
  expect(waitsForMember("clock", "admin")).toBe(false);
});

test("whom the member invited is forgotten here after thirty days, with the note, also without a pairing", async () => {
  const day = 86_400_000;
  const entry = { urn: "u", slug: null, name: "Ada", note: "Hello" };
  const made = [29, 31].map((days) => ({ ...entry, task: `${days} days ago`, at: Date.now() - days * day }));
  await fakeBrowser.storage.local.set({ made });
  expect((await snapshot()).made).toEqual([made[0]]);
  await wake(true);
  expect((await fakeBrowser.storage.local.get("made"))["made"]).toEqual([made[0]]);
});
