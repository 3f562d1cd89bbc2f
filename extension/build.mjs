/** Builds readable, unminified extensions for Chrome and Firefox, and a byte-identical zip of each. */
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build } from "esbuild";
import { zipSync } from "fflate";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
const SCRIPTS = { worker: "worker.ts", page: "linkedin/page.ts", popup: "popup/popup.ts", options: "options/options.ts" };
const PAGES = ["theme.css", "popup/popup.html", "popup/popup.css", "options/options.html", "options/options.css"];
/** The zip format knows no year before 1980; any fixed day makes the archive the same on every build. */
const STAMP = new Date(1980, 0, 2);

/** The Chrome manifest as written, or with the keys in which Firefox differs. */
function manifestFor(browser, base) {
  if (browser === "chrome") return base;
  const { key: _key, minimum_chrome_version: _chrome, externally_connectable: _closed, ...rest } = base;
  return {
    ...rest,
    background: { scripts: ["worker.js"] },
    // Without its own word here Firefox would turn the bell's ws: into wss:, also to the server on this machine. That only
    // loopback is spoken to without TLS is seen to by agent/address.ts.
    content_security_policy: { extension_pages: "script-src 'self'; object-src 'self'" },
    browser_specific_settings: {
      gecko: {
        id: "curtsy@curtsy.invalid",
        strict_min_version: "128.0",
        data_collection_permissions: { required: ["personallyIdentifyingInfo", "websiteActivity"] },
      },
    },
  };
}

async function filesUnder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function zip(folder, target) {
  const tree = {};
  for (const file of await filesUnder(folder)) {
    tree[relative(folder, file).split(sep).join("/")] = [await readFile(file), { mtime: STAMP, level: 9 }];
  }
  await writeFile(target, zipSync(tree));
}

async function assemble(browser, base) {
  const folder = join(DIST, browser);
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(SCRIPTS).map(([out, source]) => ({ in: join("src", source), out })),
    bundle: true,
    format: "iife",
    target: browser === "chrome" ? "chrome116" : "firefox128",
    charset: "utf8",
    outdir: folder,
    logLevel: "warning",
  });
  for (const page of PAGES) await cp(join(ROOT, "src", page), join(folder, page.split("/").at(-1)));
  await cp(join(ROOT, "icons"), join(folder, "icons"), { recursive: true, filter: (path) => !path.endsWith(".mjs") });
  await cp(join(ROOT, "managed.json"), join(folder, "managed.json"));
  const manifest = manifestFor(browser, base);
  if (browser === "firefox") delete manifest.storage;
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await zip(folder, join(DIST, `curtsy-${browser}.zip`));
}

const base = JSON.parse(await readFile(join(ROOT, "manifest.json"), "utf8"));
await rm(DIST, { recursive: true, force: true });
for (const browser of ["chrome", "firefox"]) await assemble(browser, base);
console.log(`built ${relative(process.cwd(), DIST) || "."}: chrome, firefox and their zips`);
