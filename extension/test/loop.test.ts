import { fakeBrowser } from "@webext-core/fake-browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SELF, TARGET, failure } from "./linkedin";
import { refusal } from "./server";
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

describe("one invitation", () => {
  test("is looked at, started, sent once and reported", async () => {
    world.server.queue();
    expect(await world.turn()).toEqual({ ms: 0, deaf: false });
    expect(world.linkedin.sent).toMatchObject([{ invitee: TARGET, message: "Hello Ada" }]);
    expect(world.server.told.map(({ path }) => path)).toEqual([
      "/agent/lease",
      "/agent/tasks/task-1/start",
      "/agent/tasks/task-1/finish",
    ]);
    expect(world.server.calls("/start")[0]?.body).toMatchObject({
      lease: "lease-1",
      linkedin_urn: SELF,
      profile_urn: TARGET,
      profile_slug: "ada-example",
      before: { relation: "none" },
    });
    expect(world.server.last).toMatchObject({
      outcome: "sent",
      evidence: { acted: true, before: "none", http_status: 200, invitation_urn: world.linkedin.sent[0]?.urn, profile_urn: TARGET },
    });
    expect(await stored("journal")).toBeUndefined();
    expect(await stored("made")).toMatchObject([{ name: "Ada Example", slug: "ada-example", note: "Hello Ada" }]);
  });

  test("what is read back follows as a second report with the same lease", async () => {
    world.server.queue();
    await world.turn();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(world.server.finishes).toHaveLength(2);
    expect(world.server.last).toMatchObject({ outcome: "sent", lease: "lease-1", evidence: { after: "pending_out", message_equal: true } });
  });

  test("is one POST with the minimum of headers and the body of generation G3", async () => {
    world.server.queue();
    await world.turn();
    const [post, ...more] = world.linkedin.posts;
    expect(more).toEqual([]);
    expect(post?.path).toBe(
      "/voyager/api/voyagerRelationshipsDashMemberRelationships?action=verifyQuotaAndCreateV2" +
        "&decorationId=com.linkedin.voyager.dash.deco.relationships.InvitationCreationResultWithInvitee-2",
    );
    expect(post?.headers).toEqual({
      accept: "application/vnd.linkedin.normalized+json+2.1",
      "csrf-token": "ajax:7777777777777777777",
      "x-restli-protocol-version": "2.0.0",
      "x-li-lang": "en_US",
      "content-type": "application/json; charset=UTF-8",
    });
    expect(post?.redirect).toBe("manual");
    expect(post?.body).toBe(`{"invitee":{"inviteeUnion":{"memberProfile":"${TARGET}"}},"customMessage":"Hello Ada"}`);
  });

  test("without a note has no key for one", async () => {
    world.server.queue({ note: null });
    await world.turn();
    expect(world.linkedin.posts[0]?.body).toBe(`{"invitee":{"inviteeUnion":{"memberProfile":"${TARGET}"}}}`);
  });

  test("tells the server nothing of cookies or tokens of LinkedIn", async () => {
    world.server.queue();
    await world.turn();
    await vi.advanceTimersByTimeAsync(2_000);
    const everything = JSON.stringify([world.server.told, await fakeBrowser.storage.local.get(), await fakeBrowser.storage.session.get()]);
    expect(everything).not.toContain("7777777777777777777");
    expect(everything).not.toContain("JSESSIONID");
  });
});

describe("nothing is sent", () => {
  const nothingSent = (): void => expect(world.linkedin.posts).toEqual([]);

  test("when somebody else is signed in, and nobody is looked at", async () => {
    world.server.queue();
    world.linkedin.signedIn = "urn:li:fsd_profile:ACoAAASOMEBODY";
    await world.turn();
    expect(world.server.last?.outcome).toBe("wrong_member");
    expect(world.linkedin.requests).toHaveLength(1);
  });

  test("when signed out, which the next lease says too", async () => {
    world.server.queue();
    world.linkedin.onMe = () => failure(401);
    await world.turn();
    expect(world.server.last?.outcome).toBe("signed_out");
    await world.turn();
    expect(world.server.calls("/lease").at(-1)?.body["linkedin"]).toBeNull();
    nothingSent();
  });

  test("when the page holds no session cookie", async () => {
    world.server.queue();
    world.cookies = "";
    await world.turn();
    expect(world.server.last?.outcome).toBe("signed_out");
    expect(world.linkedin.requests).toEqual([]);
  });

  test.each([
    ["connected", "already_connected"],
    ["pending_in", "incoming_pending"],
  ] as const)("when the relationship is %s", async (relation, outcome) => {
    world.server.queue();
    world.linkedin.relation = relation;
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome, evidence: { before: relation, acted: false } });
    nothingSent();
  });

  test("when an invitation stands already, and the report says since when and with which note", async () => {
    world.linkedin.sent.push({ urn: "urn:li:fsd_invitation:7", invitee: TARGET, message: "Hi", at: Date.now() - 60_000 });
    world.server.queue();
    await world.turn();
    expect(world.server.last).toMatchObject({
      outcome: "already_pending",
      evidence: { invitation_urn: "urn:li:fsd_invitation:7", message_equal: false },
    });
    expect(world.server.last?.evidence.invitation_sent_ms_ago).toBeGreaterThanOrEqual(60_000);
    nothingSent();
  });

  test("when the note is longer than this account's", async () => {
    world.server.queue({ note: "x".repeat(201) });
    await world.turn();
    expect(world.server.last?.outcome).toBe("note_unavailable");
    nothingSent();
    world.linkedin.premium = true;
    world.server.queue({ note: "x".repeat(300) });
    await world.turn();
    expect(world.server.last?.outcome).toBe("sent");
  });

  test("when the server refuses the start, and the lease is dropped", async () => {
    world.server.queue();
    world.server.instead.push({ path: "/start", reply: () => refusal(409, "cancelled") });
    await world.turn();
    expect(world.server.finishes).toEqual([]);
    expect(await stored("journal")).toBeUndefined();
    nothingSent();
  });

  test("when start was answered too late", async () => {
    world.server.queue();
    const late = async (): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 16_000));
      return new Response(JSON.stringify({ act_within_ms: 15_000 }));
    };
    world.server.instead.push({ path: "/start", reply: late });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "not_attempted", evidence: { acted: false } });
    nothingSent();
  });

  test("when start never answered", async () => {
    world.server.queue();
    for (let i = 0; i < 3; i += 1) world.server.instead.push({ path: "/start", reply: () => Promise.reject(new TypeError("lost")) });
    await world.turn();
    expect(world.server.last?.outcome).toBe("not_attempted");
    nothingSent();
  });

  test("when the laptop slept: one clock stood still, the other did not", async () => {
    world.server.queue();
    const asleep = async (): Promise<Response> => {
      vi.setSystemTime(Date.now() + 20_000);
      return new Response(JSON.stringify({ act_within_ms: 15_000 }));
    };
    world.server.instead.push({ path: "/start", reply: asleep });
    await world.turn();
    expect(world.server.last?.outcome).toBe("not_attempted");
    nothingSent();
  });

  test("when the member pauses after the start", async () => {
    world.server.queue();
    const pausing = async (): Promise<Response> => {
      await fakeBrowser.storage.local.set({ paused: true });
      return new Response(JSON.stringify({ act_within_ms: 15_000 }));
    };
    world.server.instead.push({ path: "/start", reply: pausing });
    await world.turn();
    expect(world.server.last?.outcome).toBe("not_attempted");
    nothingSent();
  });

  test("when the tab is lost before the act", async () => {
    world.server.queue();
    const closing = async (): Promise<Response> => {
      world.tabs.clear();
      return new Response(JSON.stringify({ act_within_ms: 15_000 }));
    };
    world.server.instead.push({ path: "/start", reply: closing });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "not_attempted", evidence: { acted: false } });
    nothingSent();
  });
});

describe("what is less than certain is read back", () => {
  test.each([
    ["nothing stands", false, "cannot_resend_yet", "none"],
    ["it stands", true, "already_pending", "pending_out"],
  ] as const)("CANT_RESEND_YET where %s", async (_where, stands, outcome, after) => {
    world.server.queue();
    world.linkedin.onPost.push((commit) => {
      if (stands) commit();
      return failure(400, "CANT_RESEND_YET");
    });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome, evidence: { after, linkedin_code: "CANT_RESEND_YET", acted: true } });
    expect(world.linkedin.posts).toHaveLength(1);
  });

  test("a 500 is doubt, whatever is read back", async () => {
    world.server.queue();
    world.linkedin.onPost.push((commit) => {
      commit();
      return failure(500);
    });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "unknown", evidence: { after: "pending_out", message_equal: true, acted: true } });
  });

  test("a stale csrf token is no act", async () => {
    world.server.queue();
    world.linkedin.onPost.push(() => new Response("CSRF check failed.", { status: 403 }));
    expect(await world.turn()).toEqual({ ms: 2_000, deaf: false });
    expect(world.server.last).toMatchObject({ outcome: "not_attempted", evidence: { linkedin_code: "CSRF", acted: false } });
  });

  test("a redirect is asked about at /me", async () => {
    world.server.queue();
    world.linkedin.onPost.push(() => {
      world.linkedin.onMe = () => failure(401);
      return { type: "opaqueredirect" } as Response;
    });
    await world.turn();
    expect(world.server.last?.outcome).toBe("signed_out");
  });
});

describe("without a tab", () => {
  test("the task is given back and the popup says why", async () => {
    world.server.queue();
    world.windowOpen = false;
    await world.turn();
    expect(world.server.calls("/release")[0]?.body).toEqual({ lease: "lease-1", reason: "no_tab" });
    expect(await stored("problem")).toMatchObject({ kind: "tab", message: expect.stringContaining("tried again") as string });
    expect(await stored("journal")).toBeUndefined();
  });

  test("that the browser lets it into, it leaves none behind", async () => {
    world.server.queue();
    world.allowed = false;
    await world.turn();
    expect(await stored("problem")).toMatchObject({ message: expect.stringContaining("keeps Curtsy out") as string });
    expect(world.tabs.size).toBe(0);
  });

  test("of its own, a tab that the member took over is left alone", async () => {
    world.server.queue();
    await world.turn();
    const [own] = world.tabs.values();
    if (own !== undefined) own.url = "https://www.linkedin.com/in/somebody/";
    world.server.queue({ id: "task-2", purpose: "verify" });
    await world.turn();
    expect([...world.tabs.values()].map(({ url }) => url)).toContain("https://www.linkedin.com/in/somebody/");
    expect(world.tabs.size).toBe(2);
  });
});
