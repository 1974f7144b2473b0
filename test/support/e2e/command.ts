/** The project's commands as npm starts them: a process group of their own, with what they say kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class Command {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #out = "";
  #err = "";
  #over = false;

  /** `script`: the name in package.json, whose entry is src/cli/<entry>.ts. */
  constructor(script: "start" | "tournament" | "ledger" | "backup" | "restore", args: readonly string[]) {
    const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV$|AGONUS_)/.test(name));
    const run = [join("src", "local", "run.mjs"), join("src", "cli", `${script}.ts`)];
    this.#child = spawn(process.execPath, [...run, ...args], {
      cwd: PROJECT,
      env: { ...Object.fromEntries(kept), npm_lifecycle_event: script },
      // As a terminal does it: Ctrl-C reaches the whole group.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#out += chunk.toString();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#err += chunk.toString();
    });
    this.ended = new Promise((done) => {
      this.#child.once("close", (code, signal) => {
        this.#over = true;
        done({ code, signal, out: this.#out, err: this.#err });
      });
    });
  }

  get said(): string {
    return this.#out + this.#err;
  }

  /** The first match in what it has said, or will within `seconds`. Throws with all that it said. */
  async says(pattern: RegExp, seconds = 180): Promise<RegExpExecArray> {
    for (const end = Date.now() + seconds * 1_000; ; await sleep(50)) {
      const match = pattern.exec(this.said);
      if (match) return match;
      if (this.#over || Date.now() > end)
        throw new Error(`${this.#over ? "It ended" : `After ${seconds} s`} without ${pattern}. It said:\n${this.said}`);
    }
  }

  /** What Ctrl-C in a terminal does. */
  interrupt(): Promise<Ended> {
    if (!this.#over && this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGINT");
    return this.ended;
  }
}

export function run(...[script, args]: ConstructorParameters<typeof Command>): Promise<Ended> {
  return new Command(script, args).ended;
}

/** The last line of a text: what `--json` promises to be JSON. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
