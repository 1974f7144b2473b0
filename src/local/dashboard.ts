/**
 * The web app's files in dist/dashboard, built when their sources changed. Built apart and then copied into place, the page last:
 * a stack that serves the folder meanwhile never meets half a build.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processFacts } from "./process.ts";
import { PROJECT } from "./wrangler.ts";

/** What a build depends on; `src` whole, because the app takes schemas from the API's own files. */
const SOURCES = ["src/dashboard", "src/core", "src/http"];
const SINGLE = ["package-lock.json", "tsconfig.json"];
/** Files of earlier builds stay a day, for pages that were opened before. */
const KEEP_MILLISECONDS = 86_400_000;

export interface DashboardOptions {
  /** Default: this project's. */
  readonly project?: string;
  readonly onLine?: (line: string) => void;
}

/** Resolves true when it built, false when all was fresh. Throws an Error with what the build says. */
export async function ensureDashboard(options: DashboardOptions = {}): Promise<boolean> {
  const project = options.project ?? PROJECT;
  const wanted = fingerprint(project);
  if (isFresh(project, wanted)) return false;
  const release = await takeLock(join(project, "dist", "dashboard.lock"));
  try {
    if (isFresh(project, wanted)) return false;
    const started = performance.now();
    await build(project);
    writeFileSync(stampOf(project), wanted);
    options.onLine?.(`Built the pages in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    return true;
  } finally {
    release();
  }
}

/** Builds again whenever a source changes, until it is stopped. What doesn't build is said, and the pages stay as they were. */
export function watchDashboard(options: Required<Pick<DashboardOptions, "onLine">>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rebuild = () => {
    ensureDashboard(options).catch((error) => {
      options.onLine(error instanceof Error ? error.message : String(error));
    });
  };
  const watchers = SOURCES.map((folder) =>
    watch(join(PROJECT, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(rebuild, 200);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** Whether there is a build, fresh or not. */
export function hasDashboard(project = PROJECT): boolean {
  return existsSync(join(project, "dist", "dashboard", "index.html"));
}

function stampOf(project: string): string {
  return join(project, "dist", "dashboard.stamp");
}

function isFresh(project: string, wanted: string): boolean {
  return hasDashboard(project) && existsSync(stampOf(project)) && readFileSync(stampOf(project), "utf8") === wanted;
}

function fingerprint(project: string): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath, entry.name)),
  ).sort();
  for (const file of [...files, ...SINGLE.map((name) => join(project, name))]) {
    hash
      .update(`${file.slice(project.length)}\n`)
      .update(readFileSync(file))
      .update("\n");
  }
  return hash.digest("hex");
}

async function build(project: string): Promise<void> {
  const apart = join(project, "dist", `dashboard.${process.pid}`);
  try {
    await runVite(project, apart);
    const target = join(project, "dist", "dashboard");
    mkdirSync(target, { recursive: true });
    cpSync(apart, target, { recursive: true, filter: (from) => !from.endsWith("index.html") });
    cpSync(join(apart, "index.html"), join(target, "index.html"));
    dropOld(join(target, "assets"), new Set(readdirSync(join(apart, "assets"))));
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
}

async function runVite(project: string, outDir: string): Promise<void> {
  const vite = join(PROJECT, "node_modules", "vite", "bin", "vite.js");
  const config = join(project, "src", "dashboard", "vite.config.ts");
  const child = spawn(process.execPath, [vite, "build", "--config", config, "--outDir", outDir], {
    cwd: project,
    env: { ...process.env, NODE_ENV: "production", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise<number | null>((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(null);
    });
    child.once("close", done);
  });
  if (code !== 0) throw new Error(`The pages could not be built:\n${output.trim().slice(-4000)}`);
}

function dropOld(folder: string, current: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (!current.has(name) && Date.now() - statSync(file).mtimeMs > KEEP_MILLISECONDS) rmSync(file, { force: true });
  }
}

/** One build at a time: making a folder is atomic. The lock of a process that has ended is taken over. */
async function takeLock(folder: string): Promise<() => void> {
  mkdirSync(join(folder, ".."), { recursive: true });
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, "pid"), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const file = join(folder, "pid");
    const owner = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (owner > 0 ? processFacts(owner) === null : isOld(folder)) rmSync(folder, { recursive: true, force: true });
    await sleep(100);
  }
}

/** Made, and never named: its maker died in between. */
function isOld(folder: string): boolean {
  const facts = statSync(folder, { throwIfNoEntry: false });
  return facts !== undefined && Date.now() - facts.mtimeMs > 5_000;
}
