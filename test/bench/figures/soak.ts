/**
 * A live system for 15 minutes: the last three minutes against minutes 3 to 6. Compared are the medians of workerd's and
 * PostgreSQL's memory and of dead tuples, and the 95th percentile of the rounds' lag.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { postgresProcesses, runtimes } from "../../chaos/processes.ts";
import type { Bench } from "../bench.ts";
import { check } from "../checks.ts";
import { type Measured, median, quantile } from "../figure.ts";
import { memory } from "../memory.ts";
import { act, type BenchStack, makeAgents, makeLive, onStack, until } from "../scene.ts";

/** No divisor of autovacuum's ten seconds: dead tuples would always be counted at the same moment of its cycle. */
const SAMPLE_SECONDS = 7;
const MOST = 1.1;

interface Sample {
  readonly minute: number;
  readonly workerd: number;
  readonly postgres: number;
  /** The part of it that is PostgreSQL's shared buffers. */
  readonly buffers: number;
  readonly dead: number;
}

/** The 95th percentile of the milliseconds from a round's deadline to its settlement, over rounds settled in these minutes. */
async function lag(stack: BenchStack, since: string, from: number, to: number): Promise<number> {
  const rounds = await stack.query<{ ms: number }>(
    `select agonus_ms(settled_at) - agonus_ms(deadline_at) as ms from rounds
     where state = 'settled' and settled_at > $1::timestamptz + make_interval(secs => $2) and settled_at <= $1::timestamptz + make_interval(secs => $3)`,
    [since, from * 60, to * 60],
  );
  if (rounds.length === 0) return Number.NaN;
  const ms = rounds.map((round) => round.ms);
  return quantile(ms, 0.95);
}

async function databaseNow(stack: BenchStack): Promise<string> {
  const [row] = await stack.query<{ now: string }>("select agonus_now()::text as now");
  if (!row) throw new Error("the database did not say its time");
  return row.now;
}

async function sample(stack: BenchStack, minute: number): Promise<Sample> {
  const [row] = await stack.query<{ dead: number }>("select sum(n_dead_tup)::int as dead from pg_stat_user_tables");
  const database = postgresProcesses(stack.dataDir).map(({ pid }) => pid);
  return {
    minute,
    workerd: memory(runtimes(stack.dataDir).map(({ pid }) => pid)),
    postgres: memory(database),
    buffers: memory(database, "Pss_Shmem"),
    dead: row?.dead ?? 0,
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
      const since = await databaseNow(stack);
      const began = performance.now();
      for (let n = 1; n * SAMPLE_SECONDS <= minutes * 60; n++) {
        await sleep(Math.max(0, began + n * SAMPLE_SECONDS * 1000 - performance.now()), undefined, {
          signal: context.signal,
        });
        const now = await sample(stack, (n * SAMPLE_SECONDS) / 60);
        samples.push(now);
        if (Math.floor(now.minute) > Math.floor(now.minute - SAMPLE_SECONDS / 60)) {
          context.print(
            `  minute ${Math.floor(now.minute)}: workerd ${now.workerd.toFixed(0)} MB, PostgreSQL ${now.postgres.toFixed(0)} MB (buffers ${now.buffers.toFixed(0)} MB), ${now.dead} dead tuples, lag p95 ${(await lag(stack, since, now.minute - 1, now.minute)).toFixed(0)} ms`,
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
      const figure = (what: string, unit: string, base: number, end: readonly number[]): Measured => ({
        name: `soak-${what}`,
        unit: "× minutes 3–6",
        better: "less",
        bar: { kind: "most", value: MOST },
        ownBase: true,
        runs: end.map((value) => ({ ours: value / base, peer: null })),
        note: `${median(end).toFixed(0)} ${unit} at the end, ${base.toFixed(0)} ${unit} at the beginning`,
      });
      const sampled = (what: "workerd" | "postgres" | "dead", unit: string): Measured => {
        const within = (a: number, b: number) =>
          samples.filter(({ minute }) => minute > a && minute <= b).map((one) => one[what]);
        return figure(what, unit, median(within(from, to)), within(last, minutes));
      };
      // Not minute by minute: the 95th percentile of sixteen rounds is the slowest one.
      const lags = [await lag(stack, since, from, to), await lag(stack, since, last, minutes)] as const;
      return [
        sampled("workerd", "MB"),
        sampled("postgres", "MB"),
        sampled("dead", "tuples"),
        figure("lag", "ms", lags[0], [lags[1]]),
      ];
    }),
};
