/**
 * The web app's files in dist/dashboard, built when their sources changed. A build is made in another folder and copied into
 * place, index.html last: a stack that serves the folder meanwhile never serves half a build.
 */
import { spawn } from "node:child_process";
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
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fingerprint } from "./fingerprint.ts";
import { releaseLockFile, takeLockFile } from "./lock-file.mjs";
import { isSameProcess, thisProcess } from "./process.ts";
import { PROJECT } from "./worker/wrangler.ts";

/** What a build depends on. The pages run code of the rules, the wire contract and the markets' list of symbols. */
const SOURCES = ["src/dashboard", "src/core", "src/api", "src/markets", "src/http"];
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
  const wanted = fingerprint(project, [...SOURCES, ...SINGLE, ...documentsOf(project)]);
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

/** Builds again whenever a source changes, until it is stopped. When a source doesn't build, the error is reported and the pages stay as they were. */
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

/** The documents are pages too: /docs. */
function documentsOf(project: string): string[] {
  const folder = join(project, "docs");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (name.endsWith(".md") ? [join("docs", name)] : []));
}

function stampOf(project: string): string {
  return join(project, "dist", "dashboard.stamp");
}

function isFresh(project: string, wanted: string): boolean {
  return hasDashboard(project) && existsSync(stampOf(project)) && readFileSync(stampOf(project), "utf8") === wanted;
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

const lockOwnerSchema = z.object({ pid: z.number(), began: z.string() });

/** One build at a time, of all processes and of this one: waits until the lock is free. */
async function takeLock(file: string): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = thisProcess();
  const isAlive = (owner: unknown) => {
    const { data } = lockOwnerSchema.safeParse(owner);
    return data !== undefined && isSameProcess(data.pid, data.began);
  };
  while (takeLockFile(file, mine, isAlive) !== null) await sleep(100);
  return () => releaseLockFile(file, mine);
}
