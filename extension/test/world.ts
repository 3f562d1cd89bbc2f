/// <reference types="node" />
/**
 * A browser with nothing inside but storage, alarms and tabs; far ends of both wires that keep books. What ships runs
 * in it unchanged: the worker's modules, and page.js once per document. A worker can be made to die at any of its calls.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fakeBrowser } from "@webext-core/fake-browser";
import { vi } from "vitest";
import type { Page } from "../src/linkedin/page";
import { LinkedIn, SELF } from "./linkedin";
import { SERVER, Server } from "./server";

/** How a worker dies at a call: before its effect, while it runs on without it, or after it. */
export type Death = "before" | "during" | "after";

/** One life of the worker. */
export class Life {
  calls = 0;
  dead = false;
  readonly died: Promise<"died">;
  private tellDeath: (word: "died") => void = () => undefined;

  constructor(
    readonly diesAt: number,
    readonly how: Death,
  ) {
    this.died = new Promise((resolve) => {
      this.tellDeath = resolve;
    });
  }

  die(): Promise<never> {
    this.dead = true;
    this.tellDeath("died");
    return new Promise(() => undefined);
  }
}

const inWorker = new AsyncLocalStorage<Life | "page">();

/** Makes a call of the worker's one at which it may die; the page's own calls pass. */
function mortal<A extends unknown[], R>(effect: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const life = inWorker.getStore();
    if (!(life instanceof Life)) return effect(...args);
    if (life.dead) return life.die();
    life.calls += 1;
    if (life.calls !== life.diesAt) {
      const result = await effect(...args);
      return life.dead ? life.die() : result;
    }
    if (life.how === "before") return life.die();
    const running = effect(...args);
    if (life.how === "after") await running.catch(() => undefined);
    else running.catch(() => undefined);
    return life.die();
  };
}

interface Tab {
  id: number;
  url: string;
  status: "complete";
  page: Page | null;
}

export class World {
  readonly linkedin = new LinkedIn();
  readonly server = new Server();
  readonly tabs = new Map<number, Tab>();
  cookies = 'bcookie="v=2"; JSESSIONID="ajax:7777777777777777777"';
  /** Whether the member lets the extension into www.linkedin.com. */
  allowed = true;
  windowOpen = true;
  /** While the member drags a tab no tab can be closed. */
  dragging = false;
  private nextTab = 1;

  /** Puts the browser in place; call before each story. */
  install(): void {
    fakeBrowser.reset();
    vi.stubGlobal("chrome", this.chrome());
    vi.stubGlobal("navigator", { userAgent: "A browser for stories" });
    vi.stubGlobal("document", { cookie: "" });
    Object.defineProperty(globalThis.document, "cookie", { configurable: true, get: () => this.cookies });
    vi.stubGlobal("fetch", mortal((input: string, init: RequestInit) => this.fetch(input, init)));
  }

  /** The browser ends and starts anew: tabs and `storage.session` are gone, `storage.local` stays. */
  async restartBrowser(): Promise<void> {
    this.tabs.clear();
    await fakeBrowser.storage.session.clear();
  }

  /** Pairs this browser as the member of the stories. */
  async pair(): Promise<void> {
    const account = { urn: SELF, name: "Sam Viewer" };
    await fakeBrowser.storage.local.set({
      pairing: { server: SERVER, token: "ca_secret", agentId: "a", member: "Ada", team: "Acme", check: "47", account },
    });
  }

  /** Takes one turn in a fresh worker; resolves when the turn is over or the worker has died. */
  async turn(life = new Life(0, "before")): Promise<unknown> {
    vi.resetModules();
    const { turn } = await import("../src/agent/loop");
    return this.pass(Promise.race([inWorker.run(life, turn), life.died]));
  }

  /** Lets the clock run until a promise is settled. */
  async pass<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    while (!settled) await vi.advanceTimersByTimeAsync(50);
    return watched;
  }

  private async fetch(input: string, init: RequestInit): Promise<Response> {
    return input.startsWith("/") ? this.linkedin.answer(input, init) : this.server.answer(input, init);
  }

  private chrome(): unknown {
    const area = (name: "local" | "session"): unknown => ({
      get: mortal((keys: string | string[]) => fakeBrowser.storage[name].get(keys)),
      set: mortal((items: Record<string, unknown>) => fakeBrowser.storage[name].set(structuredClone(items))),
      remove: mortal((keys: string | string[]) => fakeBrowser.storage[name].remove(keys)),
    });
    const { alarms } = fakeBrowser;
    return {
      alarms,
      permissions: { contains: () => Promise.resolve(this.allowed) },
      runtime: { ...fakeBrowser.runtime, getManifest: () => ({ version: "0.1.0" }) },
      storage: { local: area("local"), session: area("session") },
      tabs: {
        create: mortal(async ({ url }: { url: string }) => this.openTab(url)),
        get: mortal(async (id: number) => this.tabs.get(id) ?? Promise.reject(new Error("No such tab"))),
        remove: mortal(async (id: number) => {
          if (this.dragging) throw new Error("Tabs cannot be edited right now");
          this.tabs.delete(id);
        }),
        onUpdated: { addListener: () => undefined, removeListener: () => undefined },
      },
      scripting: { executeScript: mortal((injection: Injection) => this.execute(injection)) },
    };
  }

  private openTab(url: string): Tab {
    if (!this.windowOpen) throw new Error("No current window");
    const tab: Tab = { id: this.nextTab, url, status: "complete", page: null };
    this.nextTab += 1;
    this.tabs.set(tab.id, tab);
    return tab;
  }

  /** Runs in a tab as Chromium does; what the tab was doing when it closed is never heard of again. */
  private async execute({ target, files, func, args }: Injection): Promise<{ result: unknown }[]> {
    const tab = this.tabs.get(target.tabId);
    if (tab === undefined) throw new Error("No tab with that id");
    if (!this.allowed) throw new Error("Cannot access contents of the page");
    const holder = globalThis as { curtsy?: Page };
    if (files !== undefined) {
      vi.resetModules();
      delete holder.curtsy;
      await import("../src/linkedin/page");
      tab.page ??= holder.curtsy ?? null;
      return [{ result: null }];
    }
    if (tab.page === null) delete holder.curtsy;
    else holder.curtsy = tab.page;
    const result = await inWorker.run("page", () => func?.(...(args ?? [])));
    if (!this.tabs.has(tab.id)) throw new Error("The tab was closed");
    return [{ result: structuredClone(result) }];
  }
}

interface Injection {
  target: { tabId: number };
  files?: string[];
  func?: (...args: unknown[]) => unknown;
  args?: unknown[];
}
