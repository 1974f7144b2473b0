/** The Worker bundled for a data folder: by wrangler, or from the last bundles of the same sources, which are in dist/worker. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { fingerprint } from "../fingerprint.ts";
import { privateFolder } from "../private-folder.ts";
import { movedConfig, PROJECT, spawnWrangler } from "./wrangler.ts";

/** Parts of `src` that are not the Worker's. */
export const NOT_THE_WORKERS: readonly string[] = ["cli", "dashboard", "local"];
const SCRIPT = "index.js";
const MAP = "index.js.map";
const KEPT_MAX = 4;

/**
 * Bundles the Worker once, so that a file saved in an editor doesn't restart a running tournament. Answers the configuration to
 * serve it by: wrangler.toml's own text, with its paths made right for where it now stands.
 * Throws an Error with what wrangler says.
 */
export async function bundleWorker(project: string, dataDir: string): Promise<{ config: string; script: string }> {
  const folder = privateFolder(join(dataDir, "worker"));
  const make = () => runWrangler(project, dataDir, folder);
  // Tests' projects import code from outside of their folder.
  if (project !== PROJECT) await make();
  else
    await keptBundle({
      store: join(project, "dist", "worker"),
      key: fingerprint(project, sources(project)),
      folder,
      make,
    });
  const config = join(folder, "wrangler.toml");
  const moved = movedConfig(readFileSync(join(project, "wrangler.toml"), "utf8"), project);
  writeFileSync(config, withOwnPages(moved, project, folder), { mode: 0o600 });
  return { config, script: join(folder, SCRIPT) };
}

function sources(project: string): string[] {
  const parts = readdirSync(join(project, "src")).filter((name) => !NOT_THE_WORKERS.includes(name));
  return [
    ...parts.map((name) => join("src", name)),
    "durable-objects",
    "wrangler.toml",
    "tsconfig.json",
    "package-lock.json",
  ];
}

export interface KeptBundle {
  /** Where bundles are kept, each in a folder that is named by its key. */
  readonly store: string;
  readonly key: string;
  /** Gets the script and its map; it is private. */
  readonly folder: string;
  /** Writes both into `folder`. */
  readonly make: () => Promise<void>;
}

/** Puts the bundle of this key into `folder`. Resolves true when it was made, false when it was there. Throws what `make` throws. */
export async function keptBundle({ store, key, folder, make }: KeptBundle): Promise<boolean> {
  const kept = join(store, key);
  try {
    copy(kept, folder);
    utimesSync(kept, new Date(), new Date());
    return false;
  } catch {
    // There is none, another account's can't be read, or another start has just removed it.
  }
  await make();
  try {
    keep(folder, kept);
    dropOld(store);
  } catch {
    // The project can't be written to, or another start was faster: the next start bundles again.
  }
  return true;
}

function copy(from: string, to: string): void {
  for (const name of [SCRIPT, MAP]) {
    const file = join(to, name);
    // A file that is there keeps its mode.
    if (existsSync(file)) chmodSync(file, 0o600);
    copyFileSync(join(from, name), file);
    chmodSync(file, 0o600);
  }
}

/** Under another name first, so that nobody takes half a bundle. */
function keep(folder: string, kept: string): void {
  const apart = privateFolder(`${kept}.${process.pid}`);
  try {
    copy(folder, apart);
    writeFileSync(join(apart, MAP), withWholePaths(readFileSync(join(apart, MAP), "utf8"), folder));
    rmSync(kept, { recursive: true, force: true });
    renameSync(apart, kept);
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
}

/** A map names its sources relative to where it was made. */
function withWholePaths(map: string, folder: string): string {
  const parsed: { sources: string[] } = JSON.parse(map);
  return JSON.stringify({ ...parsed, sources: parsed.sources.map((source) => resolve(folder, source)) });
}

function dropOld(store: string): void {
  const all = readdirSync(store).map((name) => ({
    path: join(store, name),
    used: statSync(join(store, name)).mtimeMs,
  }));
  for (const { path } of all.sort((a, b) => b.used - a.used).slice(KEPT_MAX))
    rmSync(path, { recursive: true, force: true });
}

async function runWrangler(project: string, dataDir: string, folder: string): Promise<void> {
  const child = spawnWrangler(["deploy", "--dry-run", "--outdir", folder, "--env", ""], { project, dataDir });
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(null);
    });
    child.once("close", done);
  });
  if (code !== 0) throw new Error(`The Worker could not be bundled:\n${output.trim().slice(-4000)}`);
}

/** The built pages as they are now: wrangler restarts the Worker whenever a file of its assets changes. */
function withOwnPages(toml: string, project: string, folder: string): string {
  const built = join(project, "dist", "dashboard");
  if (!existsSync(built)) return toml;
  const own = join(folder, "dashboard");
  rmSync(own, { recursive: true, force: true });
  cpSync(built, own, { recursive: true });
  return toml.replaceAll(JSON.stringify(built), JSON.stringify(own));
}
