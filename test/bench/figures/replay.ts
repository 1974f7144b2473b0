/**
 * Replays of the default field on the default synthetic market, by the command that a user types: rounds a second, against
 * another checkout; and ninety days of 5-minute candles, with the memory of all that runs and the time of the ledger check.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { signal } from "../../../src/local/process.ts";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";
import { postgresProcesses, runtimes } from "../../chaos/processes.ts";
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { median } from "../figure.ts";
import { memory, peakMemory } from "../memory.ts";

const ROUNDS = { whole: 2000, quick: 300 };
/** Ninety days of 5 minutes, but for the warm-up. */
const LONG_ROUNDS = { whole: 25_700, quick: 2000 };
const SAMPLE_MS = 500;
const SETTLED = /^Rounds: (\d+) of (\d+) rounds/gm;

const line = z.looseObject({
  rounds: z.number(),
  hash: z.string(),
  elapsed_ms: z.number(),
  ledger: z.looseObject({ ok: z.boolean() }),
});

/** MB, and how much of the replay was settled at that time: 0 to 1. */
interface Sample {
  readonly share: number;
  readonly workerd: number;
  readonly postgres: number;
}

interface Replayed {
  readonly hash: string;
  /** From the start of the tournament to its end. */
  readonly playSeconds: number;
  /** From the start of the command to its end. */
  readonly wholeSeconds: number;
  /** From the last round to the end of the command: the ledger check, the hash, and the stop of the stack. */
  readonly checkSeconds: number;
  /** MB, of the command's own process, which checks the ledger. */
  readonly peak: number;
  readonly samples: readonly Sample[];
}

/** Runs `npm run tournament` of a checkout in a data folder of its own. Throws when its ledger is wrong. */
async function replayIn(project: string, rounds: number, { signal: stop }: BenchContext): Promise<Replayed> {
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-bench-"));
  chmodSync(dataDir, 0o711);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ["src/cli/tournament.ts", "--rounds", String(rounds), "--json", "--data", dataDir],
    { cwd: project, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  const interrupt = () => child.pid !== undefined && signal(-child.pid, "SIGINT");
  stop.addEventListener("abort", interrupt, { once: true });
  let [out, said] = ["", ""];
  let share = 0;
  let playedAt = Number.NaN;
  let peak = 0;
  const samples: Sample[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    for (const [, done, of] of text.matchAll(SETTLED)) share = Number(done) / Number(of);
    if (share === 1 && Number.isNaN(playedAt)) playedAt = performance.now();
  });
  const sampler = setInterval(() => {
    peak = Math.max(peak, child.pid === undefined ? 0 : peakMemory(child.pid));
    if (share > 0 && share < 1) {
      const [workerd, postgres] = [runtimes(dataDir), postgresProcesses(dataDir)].map((all) =>
        memory(all.map(({ pid }) => pid)),
      );
      samples.push({ share, workerd: workerd ?? 0, postgres: postgres ?? 0 });
    }
  }, SAMPLE_MS);
  try {
    const code = await new Promise((done) => child.once("close", done));
    stop.throwIfAborted();
    if (code !== 0) throw new Error(`the replay in ${project} ended with ${code}:\n${said.slice(-2000)}`);
    const ended = performance.now();
    const { hash, elapsed_ms, ledger } = line.parse(JSON.parse(out.trim().split("\n").at(-1) ?? ""));
    if (!ledger.ok) throw new Error(`the ledger in ${project} is wrong:\n${said.slice(-2000)}`);
    return {
      hash,
      playSeconds: elapsed_ms / 1000,
      wholeSeconds: (ended - began) / 1000,
      checkSeconds: (ended - playedAt) / 1000,
      peak,
      samples,
    };
  } finally {
    clearInterval(sampler);
    stop.removeEventListener("abort", interrupt);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const speed = (rounds: number, { playSeconds }: Replayed) => rounds / playSeconds;

export const replay: Bench = {
  name: "replay",
  what: "rounds a second of a replay of 2,000 rounds, 15 entries; --base: against another checkout",
  async run(context) {
    const rounds = context.quick ? ROUNDS.quick : ROUNDS.whole;
    const { base } = context;
    const runs: { ours: number; peer: number | null }[] = [];
    await inTurn(
      context,
      async () => {
        const ours = speed(rounds, await replayIn(PROJECT, rounds, context));
        const peer = base === null ? null : speed(rounds, await replayIn(base, rounds, context));
        context.print(`  ${ours.toFixed(0)} rounds/s${peer === null ? "" : `, the other checkout ${peer.toFixed(0)}`}`);
        runs.push({ ours, peer });
      },
      null,
    );
    const against = base === null ? {} : { against: `the checkout ${base}` };
    return [{ name: "replay", unit: "rounds/s", better: "more", bar: { kind: "ratio", least: 8 }, runs, ...against }];
  },
};

/** The median of the samples between two shares of the replay. */
function within(samples: readonly Sample[], what: "workerd" | "postgres", from: number, to: number): number {
  return median(samples.filter(({ share }) => share >= from && share < to).map((sample) => sample[what]));
}

export const replayLong: Bench = {
  name: "replay-long",
  what: "a replay of 25,700 rounds (90 days of 5 minutes): its time with the ledger check, and memory",
  long: true,
  async run(context) {
    const rounds = context.quick ? LONG_ROUNDS.quick : LONG_ROUNDS.whole;
    const { wholeSeconds, checkSeconds, playSeconds, peak, samples } = await replayIn(PROJECT, rounds, context);
    context.print(`  ${playSeconds.toFixed(0)} s of play, ${checkSeconds.toFixed(0)} s of checks`);
    const most = (name: string, unit: string, value: number, limit: number, note = "") => ({
      name: `replay-long${name}`,
      unit,
      better: "less" as const,
      bar: { kind: "most" as const, value: limit },
      runs: [{ ours: value, peer: null }],
      ...(note ? { note } : {}),
    });
    const grown = (what: "workerd" | "postgres") => {
      const [early, late] = [within(samples, what, 0.2, 0.4), within(samples, what, 0.8, 1)];
      const note = `${late.toFixed(0)} MB in the last fifth, ${early.toFixed(0)} MB in the second`;
      return most(`-${what}`, "× the second fifth", late / early, 1.1, note);
    };
    return [
      most("", "s", wholeSeconds, 240, "from the command to its end"),
      most("-check", "s", checkSeconds, 45, "the ledger check, the hash, and the stop of the stack"),
      most("-check-memory", "MB", peak, 400, "the most that the command's process had"),
      grown("workerd"),
      grown("postgres"),
    ];
  },
};
