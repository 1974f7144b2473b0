/** The Worker of a local run: its runtime (or, with reload on change, `wrangler dev`) as a process group of our own. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LogFile } from "./log-file.ts";
import { freePort, portHolder } from "./port.ts";
import { isSameProcess, type ProcessFacts, signal } from "./process.ts";
import { endGroup, endLeftovers, MARK, workerdPids, writeGroup } from "./process-group.ts";
import { bundleWorker, PROJECT, spawnRuntime, spawnWrangler } from "./wrangler.ts";

export interface WorkerOptions {
  readonly dataDir: string;
  readonly port: number;
  /** DATABASE_URL, DATABASE_PROXY_URL, OPERATOR_KEY, ENVIRONMENT: passed by a file that its owner alone can read. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Reload on change of a source file. Default: bundled once. */
  readonly watch?: boolean;
  /** After its workerd ended and was started again in place, so that it needs nobody. */
  readonly onRestart?: (why: string) => void;
  /** Each line of the Worker's and wrangler's output; all of them are in worker.log anyway. */
  readonly onOutput?: (line: string) => void;
  /** Where wrangler.toml is; tests have their own. */
  readonly project?: string;
}

export interface LocalWorker {
  readonly url: string;
  /** Resolves, with what ended, when it doesn't serve any more; also after `stop`. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** Somebody else listens where the Worker was to. */
export class PortTaken extends Error {}

const READY_SECONDS = 90;
const WATCH_MILLISECONDS = 500;
/** Rounds of the watch between two questions without a cause: 15 s. */
const ASK_EVERY = 30;

/** What `startWorker` serves: a configuration, and the Worker bundled for it. Without a script, whoever serves bundles. */
export interface Served {
  readonly config: string;
  readonly script?: string;
}

/** What `startWorker` needs ready-made; it takes 2 s, so it can be made while the database starts. */
export async function prepareWorker(options: { dataDir: string; watch?: boolean; project?: string }): Promise<Served> {
  const project = options.project ?? PROJECT;
  if (options.watch) return { config: join(project, "wrangler.toml") };
  return bundleWorker(project, options.dataDir);
}

/** Resolves when GET /health answers (in whatever state). Throws an Error with the end of its log when it doesn't come up. */
export async function startWorker(served: Served, options: WorkerOptions): Promise<LocalWorker> {
  const { dataDir, port } = options;
  const groupFile = join(dataDir, "worker.pid");
  await endLeftovers(groupFile);
  const mark = randomBytes(12).toString("hex");
  const child = await spawnWorker(served, options, mark);
  const group = child.pid;
  if (group === undefined) throw new Error("The Worker's runtime could not be started: run `npm ci`.");
  writeGroup(groupFile, group, mark);
  // An owner that exits without `stop` (a second Ctrl-C, a bug) takes the group with it all the same.
  const killAtExit = () => signal(-group, "SIGKILL");
  process.once("exit", killAtExit);

  const logPath = join(dataDir, "worker.log");
  const log = new LogFile(logPath);
  const heard = lines((some) => {
    log.write(`${some.join("\n")}\n`);
    if (options.onOutput) for (const line of some) options.onOutput(line);
  });
  child.stdout?.on("data", heard);
  child.stderr?.on("data", heard);
  child.once("close", () => log.close());

  let ended: string | null = null;
  const { promise: exited, resolve: tell } = Promise.withResolvers<string>();
  const end = (why: string) => {
    ended ??= why;
    tell(ended);
  };
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(`its runtime ended (${signal ?? `code ${code}`})`));
  const stop = async () => {
    ended ??= "stopped";
    await endGroup(group, mark);
    process.off("exit", killAtExit);
    rmSync(groupFile, { force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitForHealth(url, () => ended);
    // Free a moment ago, and wrangler took seconds to come: another program's answer must not pass for ours.
    const holder = portHolder(port);
    if (holder && holder.group !== group) throw new PortTaken(`Port ${port} is taken by pid ${holder.pid}.`);
  } catch (error) {
    await stop();
    if (error instanceof PortTaken) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The Worker did not start: ${why}. The end of ${logPath} says:\n${tail(logPath)}`);
  }
  void watchRuntime(
    url,
    () => (options.watch ? [] : workerdPids(group)),
    () => ended !== null,
    end,
    options.onRestart ?? (() => {}),
  );
  return { url, exited, stop };
}

async function spawnWorker(
  { config, script }: Served,
  { dataDir, port, ...options }: WorkerOptions,
  mark: string,
): Promise<ChildProcess> {
  const storage = join(dataDir, "workerd");
  mkdirSync(storage, { recursive: true });
  const secrets = join(dataDir, "worker.env");
  rmSync(secrets, { force: true });
  const lines = Object.entries(options.secrets).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(secrets, lines.join(""), { mode: 0o600 });
  const tool = { project: options.project ?? PROJECT, dataDir, variables: { [MARK]: mark } };
  const what = ["--config", config, "--env-file", secrets, "--persist-to", storage, "--port", String(port)];
  if (script !== undefined) return spawnRuntime([...what, "--script", script], tool);
  return spawnWrangler(
    [
      ...["dev", ...what, "--env", "", "--ip", "127.0.0.1", "--inspector-port", String(await freePort())],
      ...["--show-interactive-dev-session=false", "--log-level", "log"],
    ],
    tool,
  );
}

/** Any answer will do: right after the start the clocks have not run yet, and health may say 503. */
async function waitForHealth(url: string, ended: () => string | null): Promise<void> {
  for (const end = Date.now() + READY_SECONDS * 1000; Date.now() < end; await sleep(50)) {
    const why = ended();
    if (why !== null) throw new Error(why);
    if (await answers(url, [10_000])) return;
  }
  throw new Error(`no answer within ${READY_SECONDS} s`);
}

/**
 * Miniflare starts workerd again within half a second when it dies, on the same port if nobody took it meanwhile. So after a
 * death, and now and then without one, somebody must ask.
 */
async function watchRuntime(
  url: string,
  /** Those whose end means something: with reload on change, each change ends them. */
  list: () => ProcessFacts[],
  over: () => boolean,
  end: (why: string) => void,
  restarted: (why: string) => void,
): Promise<void> {
  let runtimes = list();
  for (let round = 1; !over(); round++) {
    await sleep(WATCH_MILLISECONDS, undefined, { ref: false });
    const dead = runtimes.find((runtime) => !isSameProcess(runtime.pid, runtime.began));
    if (!dead && round % ASK_EVERY !== 0) continue;
    // One that was started again in time answers within the second one.
    const patience = dead ? [1_000, 2_000] : [10_000, 10_000, 10_000];
    const answered = await answers(url, patience);
    if (over()) return;
    const why = dead ? `workerd ended, pid ${dead.pid}` : "it does not answer";
    if (!answered) end(why);
    else if (dead) restarted(why);
    runtimes = list();
  }
}

/** Asks for /health, once for each of the times (milliseconds) that an answer may take. */
async function answers(url: string, patience: readonly number[]): Promise<boolean> {
  for (const milliseconds of patience) {
    try {
      const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(milliseconds) });
      await answer.body?.cancel();
      return true;
    } catch {
      await sleep(300, undefined, { ref: false });
    }
  }
  return false;
}

/** Cuts a stream into lines, and hands over those of a chunk together. */
function lines(each: (some: readonly string[]) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const parts = (rest + chunk.toString("utf8")).split("\n");
    rest = parts.pop() ?? "";
    if (parts.length > 0) each(parts);
  };
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-15).join("\n");
  } catch {
    return "(nothing)";
  }
}
