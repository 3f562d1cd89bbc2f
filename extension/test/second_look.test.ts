/** A second look at what an act came to. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TARGET } from "./linkedin";
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

describe("a second look", () => {
  test("reads both surfaces in a fresh tab and never acts", async () => {
    world.linkedin.sent.push({ urn: "urn:li:fsd_invitation:7", invitee: TARGET, message: "Hello Ada", at: Date.now() });
    world.server.queue({ purpose: "verify" });
    await world.turn();
    expect(world.server.last).toMatchObject({
      outcome: "pending",
      evidence: { tab_closed: true, message_equal: true, invitation_urn: "urn:li:fsd_invitation:7", acted: false },
    });
    expect(world.linkedin.posts).toEqual([]);
  });

  test("does not claim a fresh tab when the old one would not close", async () => {
    world.server.queue();
    await world.turn();
    await vi.advanceTimersByTimeAsync(6_000);
    world.dragging = true;
    world.server.queue({ purpose: "verify" });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "pending", evidence: { tab_closed: false } });
  });

  test("says absent when both show nothing, and unreadable when the session is not the member's", async () => {
    world.server.queue({ purpose: "verify" });
    await world.turn();
    expect(world.server.last).toMatchObject({ outcome: "absent", evidence: { after: "none" } });
    world.linkedin.signedIn = "urn:li:fsd_profile:ACoAAASOMEBODY";
    world.server.queue({ purpose: "verify" });
    await world.turn();
    expect(world.server.last?.outcome).toBe("unreadable");
  });
});
