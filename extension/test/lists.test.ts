/** The lists that tell what became of invitations: read far enough and no further, and never believed beyond that. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { NO_ANSWER, type Json, type Reading } from "../src/linkedin/answer";
import { connectionsOf, peopleOf, readConnections, readConnectionsPage, readSent, sentOf } from "../src/linkedin/lists";
import type { Page } from "../src/linkedin/page";

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;
const onward = (): Promise<boolean> => Promise.resolve(true);
const GOOD = { ...NO_ANSWER, reached: true, status: 200, path: "/voyager/api/x" };

function connections(people: [string, number][]): Json {
  const urn = (id: string) => `urn:li:fsd_connection:${id}`;
  return {
    data: { "*elements": people.map(([id]) => urn(id)) },
    included: [
      { entityUrn: "urn:li:fsd_profile:ACoAAOther", firstName: "Not" },
      ...people.map(([id, ago]) => ({ entityUrn: urn(id), createdAt: NOW - ago, connectedMember: `urn:li:fsd_profile:${id}` })),
    ],
  };
}

function sent(people: [string, number][]): Json {
  return {
    data: {
      "*elements": people.map(([id]) => `urn:li:fs_relSentInvitationView:urn:li:invitation:${id}`),
      paging: { count: 100, start: 0 },
    },
    included: [
      { entityUrn: "urn:li:fs_miniProfile:SELF" },
      // In no order: the one that stands last in the list comes first.
      ...[...people].reverse().map(([id, ago]) => ({
        entityUrn: `urn:li:fs_relInvitation:${id}`,
        mailboxItemId: `urn:li:invitation:${id}`,
        invitationType: "SENT",
        sentTime: NOW - ago,
        toMemberId: id,
      })),
      { entityUrn: "urn:li:i:theirs", invitationType: "PENDING", sentTime: NOW, toMemberId: "SELF" },
    ],
  };
}

function pageOf(...bodies: (Json | Partial<Reading>)[]): Page & { asked: string[] } {
  const asked: string[] = [];
  const read = (path: string): Promise<Reading> => {
    asked.push(path);
    const next = bodies.shift() ?? { data: { "*elements": [] }, included: [] };
    const whole = next !== null && typeof next === "object" && "answer" in next;
    return Promise.resolve(whole ? (next as Reading) : { answer: GOOD, body: next as Json, servedAt: NOW });
  };
  return { asked, read, arm: () => Promise.reject(new Error("no act")), act: () => Promise.reject(new Error("no act")) };
}

beforeEach(() => {
  vi.stubGlobal("setTimeout", (run: () => void) => {
    queueMicrotask(run);
    return 0;
  });
  return () => vi.unstubAllGlobals();
});

describe("a list", () => {
  test("is read until it reaches far enough back", async () => {
    const page = pageOf(connections([["A", 1 * HOUR], ["B", 2 * HOUR]]), connections([["C", 3 * HOUR], ["D", 9 * HOUR]]));
    const list = await readConnections(page, 5 * HOUR, onward);
    expect(list).toMatchObject({ trouble: null, complete: true });
    expect(list.entries.map(({ profile }) => profile)).toEqual(["A", "B", "C", "D"]);
    expect(page.asked.map((path) => new URL(path, "https://x").searchParams.get("start"))).toEqual(["0", "40"]);
  });

  test("is read to its end, which is a page without elements", async () => {
    const page = pageOf(sent([["A", HOUR]]));
    expect(await readSent(page, 5 * HOUR, onward)).toMatchObject({ complete: true, entries: [{ profile: "A", ms_ago: HOUR }] });
    expect(page.asked).toHaveLength(2);
  });

  test("is not read for ever, and says that it was not read whole", async () => {
    const page = pageOf(...Array.from({ length: 40 }, (_, number) => sent([[`A${number}`, HOUR]])));
    expect(await readSent(page, 5 * HOUR, onward)).toMatchObject({ complete: false, trouble: null });
    expect(page.asked).toHaveLength(20);
  });

  test("ends where its last entry is old enough, whatever order it comes in", async () => {
    const one = pageOf(sent([["A", HOUR], ["B", 9 * HOUR]]));
    expect(await readSent(one, 5 * HOUR, onward)).toMatchObject({ complete: true });
    expect(one.asked).toHaveLength(1);
    const odd = pageOf(sent([["B", 9 * HOUR], ["A", HOUR]]));
    expect(await readSent(odd, 5 * HOUR, onward)).toMatchObject({ complete: true });
    expect(odd.asked).toHaveLength(2);
  });

  test("is read no further once the member has pressed Pause", async () => {
    const page = pageOf(sent([["A", HOUR]]), sent([["B", 2 * HOUR]]));
    const list = await readSent(page, 5 * HOUR, () => Promise.resolve(page.asked.length < 1));
    expect(list).toMatchObject({ stopped: true, complete: false });
    expect(page.asked).toHaveLength(1);
  });

  test("of which nothing can be read is one we do not know", async () => {
    const strange = { data: { "*elements": ["urn:x:1", "urn:x:2", "urn:x:3"] }, included: [] };
    expect(await readSent(pageOf(strange), HOUR, onward)).toMatchObject({ trouble: "client_outdated", complete: false });
  });

  test("of which half cannot be read says nothing of who is not in it", async () => {
    const body = sent([["A", HOUR]]) as { data: { "*elements": string[] } };
    body.data["*elements"].push("urn:x:1", "urn:x:2");
    expect(await readSent(pageOf(body), 5 * HOUR, onward)).toMatchObject({ trouble: null, complete: false });
  });

  test.each([
    ["throttled", { ...GOOD, status: 429 }],
    ["challenge", { ...GOOD, challengeInBody: true }],
    ["not_attempted", NO_ANSWER],
  ])("that cannot be read says why: %s", async (trouble, answer) => {
    const page = pageOf({ answer, body: null, servedAt: NOW });
    expect(await readSent(page, HOUR, onward)).toMatchObject({ trouble, complete: false, entries: [] });
  });

  test("that is no list is one we do not know", async () => {
    expect(await readSent(pageOf({ hello: "there" }), HOUR, onward)).toMatchObject({ trouble: "client_outdated", complete: false });
  });

  test("keeps what it read before it broke off, and is not complete", async () => {
    const page = pageOf(sent([["A", HOUR]]), { answer: { ...GOOD, status: 500 }, body: null, servedAt: NOW });
    expect(await readSent(page, 5 * HOUR, onward)).toMatchObject({ trouble: "not_attempted", complete: false });
  });
});

test("only invitations that the member sent count, whoever else is in the answer", () => {
  expect(sentOf(sent([["A", 5]]), NOW)).toEqual({ entries: [{ profile: "A", ms_ago: 5 }], size: 1 });
});

test("elements may be inline, and one that cannot be read counts as one", () => {
  const inline = { elements: [{ createdAt: NOW - 7, "*connectedMemberResolutionResult": "urn:li:fsd_profile:A" }, {}] };
  expect(connectionsOf(inline, NOW)).toEqual({ entries: [{ profile: "A", ms_ago: 7 }], size: 2 });
});

test("a clock ahead of LinkedIn's makes no negative age", () => {
  expect(connectionsOf(connections([["A", -HOUR]]), NOW).entries).toEqual([{ profile: "A", ms_ago: 0 }]);
});

describe("a page of connections", () => {
  const body = {
    data: { "*elements": ["urn:li:fsd_connection:A", "urn:li:fsd_connection:B"] },
    included: [
      { entityUrn: "urn:li:fsd_connection:B", createdAt: NOW, connectedMember: "urn:li:fsd_profile:B" },
      {
        entityUrn: "urn:li:fsd_connection:A",
        createdAt: NOW - HOUR,
        connectedMember: "urn:li:fsd_profile:A",
        "*connectedMemberResolutionResult": "urn:li:fsd_profile:A",
      },
      { entityUrn: "urn:li:fsd_profile:A", firstName: "Ada", lastName: "Example", headline: "Analyst", publicIdentifier: "ada-é" },
    ],
  };

  test("has who they are, and null for what is not said", () => {
    expect(peopleOf(body)).toEqual([
      {
        name: "Ada Example",
        headline: "Analyst",
        profile_urn: "urn:li:fsd_profile:A",
        profile_slug: "ada-é",
        profile_url: "https://www.linkedin.com/in/ada-%C3%A9",
        connected_at: new Date(NOW - HOUR).toISOString(),
      },
      {
        name: null,
        headline: null,
        profile_urn: "urn:li:fsd_profile:B",
        profile_slug: null,
        profile_url: null,
        connected_at: new Date(NOW).toISOString(),
      },
    ]);
  });

  test("is asked for as the caller wished", async () => {
    const page = pageOf(body);
    await readConnectionsPage(page, { keyword: "a & b (c), d", sort_type: "FIRSTNAME_LASTNAME", start: 80, count: 20 });
    const asked = new URL(page.asked[0] ?? "", "https://x").searchParams;
    const expected = { keyword: "a & b (c), d", sortType: "FIRSTNAME_LASTNAME", start: "80", count: "20" };
    expect(Object.fromEntries(asked)).toMatchObject(expected);
    expect(page.asked[0]).not.toMatch(/[(),]/);
  });

  test.each([
    [{ total: 812 }, 812],
    [{ total: 0 }, null],
    [{ count: 40 }, null],
    [null, null],
  ])("whose paging says %j has the total %s", async (paging, total) => {
    const page = pageOf({ ...body, data: { ...body.data, paging } });
    expect((await readConnectionsPage(page, { keyword: null, sort_type: "RECENTLY_ADDED", start: 0, count: 40 })).total).toBe(total);
  });

  test("that is no list is none", () => expect(peopleOf({ hello: 1 })).toBeNull());
});
