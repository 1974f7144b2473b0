/** The Worker of a local run: its runtime as a process group of our own. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LogFile } from "../log-file.ts";
import { portHolder } from "../port.ts";
import { privateFolder } from "../private-folder.ts";
import { signal } from "../process.ts";
import { endGroup, endLeftovers, MARK, workerdPids, writeGroup } from "../process-group.ts";
import { answersWithin, watchRuntime } from "./watch-runtime.ts";
import { PROJECT, spawnRuntime } from "./wrangler.ts";

export interface WorkerOptions {
  readonly dataDir: string;
  readonly port: number;
  /** DATABASE_URL, DATABASE_PROXY_URL, OPERATOR_KEY, ENVIRONMENT, LOCAL_SECRET: passed by a file that its owner alone can read. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Secrets of others: passed in the process's environment, and in no file. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called after Miniflare has restarted workerd by itself; nothing is left to do. */
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
  /** Serves what is bundled by now, in place. */
  reload(): void;
  stop(): Promise<void>;
}

/** Another program listens on the Worker's port, or on the runtime's own, which was free a moment ago. */
export class PortTaken extends Error {}

const READY_SECONDS = 90;
/** What `startWorker` serves: a configuration, and the Worker bundled for it. */
export interface Served {
  readonly config: string;
  readonly script: string;
}

/** Resolves when GET /health answers (in whatever state). Throws an Error with the end of its log when it doesn't come up. */
export async function startWorker(served: Served, options: WorkerOptions): Promise<LocalWorker> {
  const { dataDir, port } = options;
  const groupFile = join(dataDir, "worker.pid");
  await endLeftovers(groupFile);
  const mark = randomBytes(12).toString("hex");
  const child = spawnWorker(served, options, mark);
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
  const { promise: exited, resolve: reportExit } = Promise.withResolvers<string>();
  const end = (why: string) => {
    ended ??= why;
    reportExit(ended);
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
    // The port was free a moment ago, but bundling took seconds: another program's answer must not pass for the Worker's.
    const holder = portHolder(port);
    if (holder && holder.group !== group) throw new PortTaken(`Port ${port} is taken by pid ${holder.pid}.`);
  } catch (error) {
    await stop();
    if (error instanceof PortTaken) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (tail(logPath).includes("ERR_ADDRESS_IN_USE")) throw new PortTaken(`Port ${port} was taken meanwhile: ${why}.`);
    throw new Error(`The Worker did not start: ${why}. The end of ${logPath} says:\n${tail(logPath)}`);
  }
  let reloading = false;
  void watchRuntime(url, {
    list: () => workerdPids(group),
    over: () => ended !== null,
    reloading: () => reloading,
    end,
    restarted: (why) => {
      // A reload ends workerd as well, and that is no fault.
      if (!reloading) options.onRestart?.(why);
      reloading = false;
    },
  });
  const reload = () => {
    reloading = true;
    signal(group, "SIGUSR2");
  };
  return { url, exited, reload, stop };
}

function spawnWorker(
  { config, script }: Served,
  { dataDir, port, ...options }: WorkerOptions,
  mark: string,
): ChildProcess {
  const storage = privateFolder(join(dataDir, "workerd"));
  const secrets = join(dataDir, "worker.env");
  rmSync(secrets, { force: true });
  const lines = Object.entries(options.secrets).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(secrets, lines.join(""), { mode: 0o600, flag: "wx" });
  const tool = { project: options.project ?? PROJECT, dataDir, variables: { [MARK]: mark, ...options.environment } };
  return spawnRuntime(
    ["--config", config, "--script", script, "--env-file", secrets, "--persist-to", storage, "--port", String(port)],
    tool,
  );
}

/** Any answer will do: right after the start the clocks have not run yet, and health may say 503. */
async function waitForHealth(url: string, ended: () => string | null): Promise<void> {
  for (const end = Date.now() + READY_SECONDS * 1000; Date.now() < end; await sleep(50)) {
    const why = ended();
    if (why !== null) throw new Error(why);
    if (await answersWithin(url, 10_000)) return;
  }
  throw new Error(`no answer within ${READY_SECONDS} s`);
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
