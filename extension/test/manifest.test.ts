/// <reference types="node" />
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const read = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(new URL(`../${path}`, import.meta.url), "utf8")) as Record<string, unknown>;

test("the manifest asks for these permissions and no other", async () => {
  const manifest = await read("manifest.json");
  expect(manifest["manifest_version"]).toBe(3);
  expect(manifest["permissions"]).toEqual(["storage", "alarms", "scripting", "activeTab"]);
  expect(manifest["host_permissions"]).toEqual(["https://www.linkedin.com/*"]);
  expect(manifest["externally_connectable"]).toEqual({ ids: [] });
  for (const closed of ["optional_permissions", "optional_host_permissions", "web_accessible_resources", "content_scripts", "content_security_policy"]) {
    expect(manifest, closed).not.toHaveProperty(closed);
  }
});

test("Firefox's build differs in its manifest, and may ring a bell on this machine", async () => {
  const manifest = await read("dist/firefox/manifest.json");
  expect(manifest["background"]).toEqual({ scripts: ["worker.js"] });
  expect(manifest["permissions"]).toEqual((await read("manifest.json"))["permissions"]);
  expect(JSON.stringify(manifest["content_security_policy"])).toContain("script-src 'self'");
  expect(JSON.stringify(manifest["content_security_policy"])).not.toContain("upgrade-insecure-requests");
  for (const only of ["key", "minimum_chrome_version", "externally_connectable", "storage"]) {
    expect(manifest, only).not.toHaveProperty(only);
  }
});

test("its key gives the id that the README names", async () => {
  const { key } = await read("manifest.json");
  const digest = createHash("sha256").update(Buffer.from(key as string, "base64")).digest("hex").slice(0, 32);
  const id = [...digest].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join("");
  expect(await readFile(new URL("../README.md", import.meta.url), "utf8")).toContain(id);
});

test("its version is the package's", async () => {
  expect((await read("manifest.json"))["version"]).toBe((await read("package.json"))["version"]);
});

test("administrators can lay down an address and a code, nothing else", async () => {
  expect(Object.keys((await read("managed.json"))["properties"] as object)).toEqual(["serverUrl", "pairingToken"]);
});

test("the lock names no place to download from", async () => {
  expect(await readFile(new URL("../package-lock.json", import.meta.url), "utf8")).not.toContain('"resolved"');
});
