/**
 * A live system for 15 minutes: memory of workerd and PostgreSQL, dead tuples, the 95th percentile of the rounds' lag.
 * The median of the last three minutes against that of minutes 3 to 6.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { postgresProcesses, runtimes } from "../chaos/processes.ts";
import type { Bench } from "./bench.ts";
import { check } from "./checks.ts";
import { type Measured, median, quantile } from "./figure.ts";
import { act, type BenchStack, makeAgents, makeLive, onStack, until } from "./scene.ts";

const SAMPLE_SECONDS = 10;
const MOST = 1.1;

interface Sample {
  readonly minute: number;
  readonly workerd: number;
  readonly postgres: number;
  /** Of which PostgreSQL's shared buffers. */
  readonly buffers: number;
  readonly dead: number;
  readonly lag: number;
}

/** Proportional share of memory, in MB: all of it, or what processes share (PostgreSQL's buffers, as far as they were touched). */
function memory(pids: readonly number[], which: "Pss" | "Pss_Shmem" = "Pss"): number {
  return pids.reduce((sum, pid) => {
    try {
      const [, kilobytes = "0"] =
        new RegExp(`^${which}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
      return sum + Number(kilobytes) / 1024;
    } catch {
      return sum;
    }
  }, 0);
}

async function sample(stack: BenchStack, minute: number): Promise<Sample> {
  const [row] = await stack.query<{ dead: number }>("select sum(n_dead_tup)::int as dead from pg_stat_user_tables");
  const rounds = await stack.query<{ ms: number }>(
    `select agonus_ms(settled_at) - agonus_ms(deadline_at) as ms from rounds
     where state = 'settled' and settled_at > agonus_now() - interval '30 seconds'`,
  );
  const database = postgresProcesses(stack.dataDir).map(({ pid }) => pid);
  return {
    minute,
    workerd: memory(runtimes(stack.dataDir).map(({ pid }) => pid)),
    postgres: memory(database),
    buffers: memory(database, "Pss_Shmem"),
    dead: row?.dead ?? 0,
    lag:
      rounds.length === 0
        ? Number.NaN
        : quantile(
            rounds.map(({ ms }) => ms),
            0.95,
          ),
  };
}

export const soak: Bench = {
  name: "soak",
  what: "15 minutes live: memory, dead tuples, p95 of the rounds' lag, the end against the beginning",
  long: true,
  run: (context) =>
    onStack(context, async (stack) => {
      const minutes = context.quick ? 3 : 15;
      const [from, to, last] = context.quick ? [0.6, 1.2, 2.4] : [3, 6, 12];
      const ids: string[] = [];
      for (const [name, entries, intervalSeconds] of [
        ["Quick", 12, 5],
        ["Steady", 250, 15],
      ] as const) {
        const agents = await makeAgents(stack.query, entries, name);
        ids.push(await makeLive(stack, agents, { intervalSeconds, inSeconds: 3, name }));
      }
      const samples: Sample[] = [];
      const began = performance.now();
      for (let n = 1; n * SAMPLE_SECONDS <= minutes * 60; n++) {
        await sleep(Math.max(0, began + n * SAMPLE_SECONDS * 1000 - performance.now()), undefined, {
          signal: context.signal,
        });
        const now = await sample(stack, (n * SAMPLE_SECONDS) / 60);
        samples.push(now);
        if (n % 6 === 0) {
          context.say(
            `  minute ${now.minute.toFixed(0)}: workerd ${now.workerd.toFixed(0)} MB, PostgreSQL ${now.postgres.toFixed(0)} MB (buffers ${now.buffers.toFixed(0)} MB), ${now.dead} dead tuples, lag p95 ${now.lag.toFixed(0)} ms`,
          );
        }
      }
      for (const id of ids) await act(stack, id, "pause");
      await until(
        stack.query,
        context,
        1,
        `select 1 - least(1, count(*))::int as n from rounds where state in ('open', 'closed', 'quoted')`,
        [],
        200,
      );
      await check(stack.query, context);
      const figure = (what: Exclude<keyof Sample, "minute" | "buffers">, unit: string): Measured => {
        const within = (a: number, b: number) =>
          samples.filter((s) => s.minute > a && s.minute <= b && !Number.isNaN(s[what])).map((s) => s[what]);
        const base = median(within(from, to));
        const end = within(last, minutes);
        return {
          name: `soak-${what}`,
          unit: "× minutes 3–6",
          better: "less",
          bar: { kind: "most", value: MOST },
          ownBase: true,
          runs: end.map((value) => ({ ours: value / base, peer: null })),
          note: `${median(end).toFixed(0)} ${unit} at the end, ${base.toFixed(0)} ${unit} at the beginning`,
        };
      };
      return [figure("workerd", "MB"), figure("postgres", "MB"), figure("dead", "tuples"), figure("lag", "ms")];
    }),
};
