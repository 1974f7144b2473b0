/** One simulated history: a number of steps under a seed's faults, then no faults until everything is done. */
import { hash32 } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { lastDueMs } from "../../src/engine/schedules/due.ts";
import { schedules } from "../../src/tasks/schedules.ts";
import { START } from "../support/builders.ts";
import { makeTemplate, openTestDatabase } from "../support/database.ts";
import { audit, leftBehind, unfinished } from "./audit.ts";
import { SimDatabase } from "./database.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import { follow, followEndpoints, realNow } from "./globals.ts";
import { freshWorker, theTwin } from "./hooks.ts";
import { Operator } from "./operator.ts";
import { hasOutsiders, Outsiders } from "./outsiders.ts";
import { Platform } from "./platform.ts";
import { prepare, START_BEFORE_MS } from "./prepare.ts";
import { build, installAgents } from "./scenery.ts";
import { Scheduler } from "./scheduler.ts";
import { seedIds } from "./uuid.ts";
import { SimWorker } from "./world.ts";

export interface SimOptions extends FaultOptions {
  readonly seed: string;
  readonly steps: number;
  readonly operator: boolean;
  readonly onLine?: (line: string) => void;
  /** Called at each full audit. */
  readonly onProgress?: (steps: number, simulatedSeconds: number) => void;
}

export interface SimResult {
  readonly seed: string;
  readonly steps: number;
  readonly statements: number;
  readonly violations: readonly { step: number; text: string }[];
  readonly faults: Readonly<Record<string, number>>;
  /** The single strikes, by fault and number, in their order. */
  readonly struck: readonly string[];
  readonly rounds: Readonly<Record<string, number>>;
  readonly decisions: number;
  readonly missed: Readonly<Record<string, number>>;
  readonly trades: number;
  readonly simulatedSeconds: number;
  readonly seconds: number;
  /** The hash of the log, taken line by line. */
  readonly hash: string;
  readonly lines: readonly string[];
}

/** How many rounds of a replay a block may have, by the seed. 0: there are none. */
const BLOCK_ROUNDS = [7, 128, 2, 0];
const AUDIT_EVERY = 100;
const DRAIN_MAX_MS = 12 * 60_000;
const DRAIN_LOOK_MS = 5000;
const LANDS_MS = 12_000;
const GRACE_MS = 5000;
const WEATHER_MS = 5000;

class Found extends Error {}

export async function simulate(options: SimOptions): Promise<SimResult> {
  template ??= makeTemplate(prepare);
  const base = await openTestDatabase(await template);
  try {
    for (const statement of theTwin()?.sql ?? []) await base.query(statement);
    return await play(options, base.url);
  } finally {
    await base.close();
  }
}

async function play(options: SimOptions, url: string): Promise<SimResult> {
  const startedAt = realNow();
  const { seed } = options;
  const startAt = START - START_BEFORE_MS - 60_000 * (Math.abs(Number.parseInt(seed, 10)) % 7 || 0);
  const sim = new Scheduler(seed, startAt);
  sim.onLine = options.onLine ?? null;
  const faults = new Faults(seed, options);
  const platform = new Platform(sim, faults);
  const database = await SimDatabase.open(platform, url);
  const violations: { step: number; text: string }[] = [];
  const violated = (text: string) => {
    violations.push({ step: sim.steps, text });
    sim.log(`VIOLATION ${text}`);
  };
  database.onViolation = violated;
  let lastSweepMs = 0;
  database.onStatement = (text) => {
    if (text.includes("its lease ran out: whoever ran it is gone")) lastSweepMs = sim.now;
  };
  follow(sim, seed);
  seedIds(seed);
  installAgents(platform);
  const blockRounds = BLOCK_ROUNDS[hash32(`${seed}:blocks`) % BLOCK_ROUNDS.length] ?? 0;
  const worker = new SimWorker(platform, await import(`../../src/index.ts?run=${freshWorker()}`), blockRounds);
  worker.onViolation = violated;
  const check = async (operator: Operator | null) => {
    for (const text of await audit(database.query, operator, { lastSweepMs: lastSweepMs - 1 })) violated(text);
    if (violations.length > 0) throw new Found();
  };
  try {
    faults.off = true;
    const settled = async <T>(promise: Promise<T>): Promise<T> => {
      let over = false;
      promise.finally(() => {
        over = true;
      });
      while (!over && (await sim.next(Number.POSITIVE_INFINITY)));
      return promise;
    };
    const outsiders = hasOutsiders(seed) ? new Outsiders(worker, platform, seed) : null;
    followEndpoints(outsiders);
    const scenery = await build(worker, database.query, sim.random, sim.now, settled, outsiders);
    const operator = new Operator(worker, scenery, sim, seed);
    operator.onViolation = violated;
    faults.off = false;
    sim.calm = options.rate === 0;
    worker.startCrons(cronTable());
    weather(platform, database, worker);
    if (options.operator) operator.start();
    if (outsiders) outsiders.onViolation = violated;
    outsiders?.start();
    sim.steps = 0;
    for (let audited = 0; sim.steps < options.steps; ) {
      await sim.next(Number.POSITIVE_INFINITY);
      if (violations.length > 0) throw new Found();
      if (sim.steps - audited < AUDIT_EVERY) continue;
      audited = sim.steps;
      await check(operator);
      options.onProgress?.(sim.steps, Math.round((sim.now - startAt) / 1000));
    }
    // From here on nothing fails, and everything that is owed must happen.
    faults.off = true;
    sim.calm = true;
    operator.stopped = true;
    database.comeUp();
    worker.resume();
    sim.log("CALM");
    const calmAt = sim.now;
    // Two looks, because messages that dead isolates sent arrive between them.
    await settled(operator.release());
    while (await sim.next(calmAt + LANDS_MS)) if (violations.length > 0) throw new Found();
    await settled(operator.release());
    for (let left: string[] = [""]; left.length > 0; ) {
      const lookAt = sim.now + DRAIN_LOOK_MS;
      while (await sim.next(lookAt)) if (violations.length > 0) throw new Found();
      sim.now = Math.max(sim.now, lookAt);
      left = await unfinished(database.query, sim.now, GRACE_MS);
      if (left.length > 0 && sim.now - calmAt > DRAIN_MAX_MS) {
        for (const text of left) violated(`after ${DRAIN_MAX_MS / 60_000} calm minutes, ${text}`);
      }
    }
    for (const task of operator.tasks.values()) operator.look(task);
    const lookAt = sim.now + DRAIN_LOOK_MS;
    while (await sim.next(lookAt));
    await check(operator);
    for (const text of await leftBehind(database.query)) violated(text);
    for (const text of (await outsiders?.broken(database.query)) ?? []) violated(text);
    if (options.rate === 0) for (const text of await withoutCause(database.query)) violated(text);
    if (outsiders) outsiders.stopped = true;
  } catch (error) {
    if (!(error instanceof Found)) {
      await database.close();
      throw error;
    }
  } finally {
    sim.onLine = null;
  }
  const facts = await factsOf(database.query);
  const result = {
    seed,
    steps: sim.steps,
    statements: database.statements,
    violations,
    faults: Object.fromEntries(faults.happened),
    struck: faults.log,
    ...facts,
    simulatedSeconds: Math.round((sim.now - startAt) / 1000),
    seconds: (realNow() - startedAt) / 1000,
    hash: sim.hash,
    lines: sim.lines,
  };
  await database.close();
  return result;
}

/** Made once a process: each seed gets a copy. */
let template: Promise<string> | null = null;

function cronTable() {
  const crons = new Map(schedules.flatMap((schedule) => (schedule.cron ? [[schedule.cron, schedule] as const] : [])));
  return [...crons].map(([cron, schedule]) => ({
    cron,
    matches: (minuteMs: number) => lastDueMs(schedule, minuteMs) === minuteMs,
  }));
}

/** Outages begin and end by themselves. Each is a step, so a history ends even when nothing else happens. */
function weather(platform: Platform, database: SimDatabase, worker: SimWorker): void {
  platform.sim.after(WEATHER_MS, "weather", null, () => {
    if (platform.strikes("database_outage")) database.goDown();
    if (platform.strikes("cron_outage")) worker.stopCrons();
    if (platform.strikes("queue_stalled")) worker.stallQueue();
    if (!platform.faults.off) weather(platform, database, worker);
  });
}

/** Without a fault no entry misses a round and no round is skipped. A round that a resume opened late doesn't count. */
async function withoutCause(query: Query): Promise<string[]> {
  const rows = await query<{ text: string }>(
    `select format('without any fault %s missed round %s: %s', m.entry_id, m.round, m.reason) as text
     from missed_decisions m join rounds r on r.id = m.round_id
     where m.reason in ('round.no_answer', 'round.late') and r.opened_at < r.due_at + interval '1 second'
     union all
     select format('without any fault round %s was skipped: %s', number, skip_reason) from rounds
     where skip_reason in ('outage', 'late', 'no_candles')`,
  );
  return rows.map(({ text }) => text);
}

async function factsOf(query: Query) {
  const counts = async (text: string) =>
    Object.fromEntries((await query<{ k: string; n: number }>(text)).map(({ k, n }) => [k, n]));
  const [row] = await query<{ decisions: number; trades: number }>(
    `select (select count(*) from decisions) as decisions, (select count(*) from trades) as trades`,
  );
  return {
    rounds: await counts(
      `select case when state = 'skipped' then 'skipped: ' || skip_reason else state end as k, count(*) as n from rounds group by 1 order by 1`,
    ),
    missed: await counts(`select reason as k, count(*) as n from missed_decisions group by 1 order by 1`),
    decisions: row?.decisions ?? 0,
    trades: row?.trades ?? 0,
  };
}
