/**
 * The peers, run as the README in their folder describes. Their scripts run unchanged, on private services whose state is
 * in a folder of this run. A script that measures more than is needed is cut before its main part, and the needed function
 * is called instead.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../src/local/port.ts";
import { signal } from "../../src/local/process.ts";

interface PeerRun {
  readonly env?: Readonly<Record<string, string>>;
}

/** A peer's Python program that runs until it is told to end. */
export interface Standing {
  /** The program's first line. */
  readonly firstLine: string;
  stop(): Promise<void>;
}

const ENDS_MILLISECONDS = 25_000;

export class Peers {
  readonly #dir: string;
  readonly #state: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #print: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #children = new Set<ChildProcess>();
  #services: Promise<void> | null = null;
  #modules: Promise<string> | null = null;

  private constructor(
    dir: string,
    state: string,
    env: Record<string, string>,
    print: (line: string) => void,
    signal: AbortSignal,
  ) {
    this.#dir = dir;
    this.#state = state;
    this.#env = env;
    this.#print = print;
    this.#signal = signal;
  }

  /** Starts nothing. Throws with a sentence when the folder doesn't hold the peers. */
  static async open(dir: string, print: (line: string) => void, signal: AbortSignal): Promise<Peers> {
    const folder = resolve(dir);
    for (const file of ["env.sh", "services.sh", "bench/lib.py"]) {
      if (!existsSync(join(folder, file))) throw new Error(`--peers ${dir}: there is no ${file} in it.`);
    }
    const state = mkdtempSync(join(tmpdir(), "agonus-bench-peers-"));
    chmodSync(state, 0o755);
    const env = {
      LAB_RUN: state,
      LAB_REDIS_PORT: String(await freePort()),
      LAB_PG_PORT: String(await freePort()),
      LAB_API_PORT: String(await freePort()),
    };
    return new Peers(folder, state, env, print, signal);
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#env.LAB_API_PORT}`;
  }

  /** Runs a Python text in the peers' bench folder and answers the last line of its output, parsed. */
  async python(text: string, { env = {} }: PeerRun = {}): Promise<unknown> {
    await this.#up();
    const output = await this.#run(`source ./env.sh; cd bench; exec "$PY" -c "$PEER_TEXT"`, {
      ...env,
      PEER_TEXT: text,
    });
    return lastJson(output);
  }

  /** As `python`, for a server: it prints a line when it is ready, and ends when its input ends. */
  async standing(text: string): Promise<Standing> {
    await this.#up();
    const child = this.#spawn(`source ./env.sh; cd bench; exec "$PY" -c "$PEER_TEXT"`, { PEER_TEXT: text });
    const { promise: firstLine, resolve: heard, reject } = Promise.withResolvers<string>();
    const output = collect(child, (line) => heard(line));
    const ended = new Promise<void>((done) =>
      child.once("close", (code) => {
        reject(new Error(`The peer ended (${code}):\n${output.errors().slice(-2000)}`));
        done();
      }),
    );
    return {
      firstLine: await firstLine,
      stop: async () => {
        child.stdin?.end();
        await ended;
        this.#children.delete(child);
      },
    };
  }

  /** Runs a peer's Node script, with its text changed by `edit`, and answers the last line of its output, parsed. */
  async node(file: string, edit: (text: string) => string, env: Readonly<Record<string, string>>): Promise<unknown> {
    await this.#up();
    this.#modules ??= this.#install();
    const folder = await this.#modules;
    const script = join(folder, `bench-${file}`);
    writeFileSync(script, edit(readFileSync(join(this.#dir, "node", file), "utf8")));
    return lastJson(
      await this.#run(`exec "$PEER_NODE" "$PEER_SCRIPT"`, { ...env, PEER_NODE: process.execPath, PEER_SCRIPT: script }),
    );
  }

  /** Ends the processes that it started, by their pids, and removes its folder. */
  async close(): Promise<void> {
    for (const child of this.#children) await end(child);
    if (this.#services) {
      await this.#services.catch(() => {});
      await this.#run("./services.sh stop", {}, false).catch((error: Error) => this.#print(error.message));
    }
    rmSync(this.#state, { recursive: true, force: true });
  }

  #up(): Promise<void> {
    this.#services ??= (async () => {
      this.#print("Starting the peers' Redis and PostgreSQL …");
      await this.#run("./services.sh start", {});
    })();
    return this.#services;
  }

  async #install(): Promise<string> {
    const folder = join(this.#state, "node");
    mkdirSync(folder);
    for (const file of readdirSync(join(this.#dir, "node"))) {
      const from = join(this.#dir, "node", file);
      if (statSync(from).isFile()) cpSync(from, join(folder, file));
    }
    this.#print("Installing the peers' packages …");
    await this.#run(`cd "$PEER_FOLDER" && npm install --no-audit --no-fund --loglevel=error`, { PEER_FOLDER: folder });
    return folder;
  }

  #spawn(command: string, env: Readonly<Record<string, string>>): ChildProcess {
    // A process group of its own: the terminal's Ctrl-C reaches it through us alone, so it can end its workers.
    const child = spawn("bash", ["-c", command], {
      cwd: this.#dir,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "", ...this.#env, ...env },
    });
    this.#children.add(child);
    return child;
  }

  async #run(command: string, env: Readonly<Record<string, string>>, interruptible = true): Promise<string> {
    if (interruptible) this.#signal.throwIfAborted();
    const child = this.#spawn(command, env);
    const output = collect(child);
    const stop = () => void end(child);
    if (interruptible) this.#signal.addEventListener("abort", stop, { once: true });
    // Not "close": services that it started still hold its pipes.
    const code = await new Promise<number | null>((done) => {
      child.once("error", () => done(null));
      child.once("exit", done);
    });
    await new Promise((done) => setTimeout(done, 50));
    this.#signal.removeEventListener("abort", stop);
    this.#children.delete(child);
    if (interruptible) this.#signal.throwIfAborted();
    if (code !== 0) {
      throw new Error(
        `A peer failed (exit ${code}): ${command}\n${output.errors().slice(-3000) || output.text().slice(-3000)}`,
      );
    }
    return output.text();
  }
}

function collect(child: ChildProcess, onLine?: (line: string) => void) {
  let text = "";
  let errors = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const [line] = text.split("\n", 1);
    if (onLine && line !== undefined && text.includes("\n")) onLine(line);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  return { text: () => text, errors: () => errors };
}

/** Interrupts the group, so that Python ends its workers, and then kills what is left of it. */
async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise<boolean>((done) => child.once("exit", () => done(true)));
  signal(pid, "SIGINT");
  const patience = new Promise<boolean>((done) => setTimeout(() => done(false), ENDS_MILLISECONDS).unref());
  if (!(await Promise.race([over, patience]))) signal(-pid, "SIGKILL");
}

function lastJson(output: string): unknown {
  const line = output.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`A peer printed no JSON: ${line.slice(0, 400)}`);
  }
}

/** A peer's Python script up to `mark`, without the part behind it. */
export function headOf(file: string, mark: string): string {
  return [
    "import sys, json",
    `sys.argv = [${JSON.stringify(file)}]`,
    `text, cut, rest = open(${JSON.stringify(file)}).read().partition(${JSON.stringify(mark)})`,
    `assert cut, ${JSON.stringify(`${file} has changed: the bench cuts it where it isn't cut any more`)}`,
    `exec(compile(text, ${JSON.stringify(file)}, "exec"))`,
    "",
  ].join("\n");
}
