/** The real stack of a bench, in a folder of its own, and the agents and tournaments that run on it. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import { type ApiClient, apiClient } from "../../src/cli/api-client.ts";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import type { Query } from "../../src/db/query.ts";
import { directQuery } from "../../src/local/postgres/direct-query.ts";
import { runningPostgres } from "../../src/local/postgres/postgres.ts";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { movedConfig, PROJECT } from "../../src/local/worker/wrangler.ts";
import { createSyntheticSource } from "../../src/markets/create-source.ts";
import { fillSynthetic } from "../../src/markets/synthetic-source.ts";
import { defaultField } from "../../src/strategies/default-field.ts";
import type { BenchContext } from "./bench.ts";
import { prepareProfile, reportProfile, resetProfile } from "./profile.ts";

export const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT", "XRP-USDT", "DOGE-USDT"] as const;
const INTERVAL_SECONDS = 300;
const withId = z.looseObject({ id: z.string() });

export interface BenchStack extends Stack {
  readonly dataDir: string;
  readonly api: ApiClient;
  /** Runs a statement as the superuser. No part of the stack has this role. */
  readonly adminQuery: Query;
  /** Statements that the Worker has sent so far. */
  readonly statements: () => number;
}

export interface StackOptions {
  /** True: deploys worker.ts, with its no-op task and the routes that measure it. */
  readonly benchWorker?: boolean;
  /** In place of wrangler.toml's REPLAY_BLOCK_ROUNDS. With the bench's Worker only. */
  readonly blockRounds?: number;
  /** Language models may run on this machine. */
  readonly models?: boolean;
}

/** Runs `work` on a fresh stack, and ends it whatever happens. */
export async function onStack<T>(
  context: BenchContext,
  work: (stack: BenchStack) => Promise<T>,
  options: StackOptions = {},
): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-bench-"));
  chmodSync(dataDir, 0o711);
  try {
    return await onData(context, dataDir, work, options);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The same on a folder that its caller owns, so that the caller can end a stack and start it again. */
async function onData<T>(
  context: BenchContext,
  dataDir: string,
  work: (stack: BenchStack) => Promise<T>,
  options: StackOptions = {},
): Promise<T> {
  const project = options.benchWorker ? makeProject(join(dataDir, "project"), options) : PROJECT;
  if (context.profile) await prepareProfile(dataDir, project, context);
  let statements = 0;
  const stack = await startStack({
    dataDir,
    project,
    logLevel: "warn",
    onLine: context.print,
    signal: context.signal,
    ...(options.models ? { models: { variables: { LLM_LOOPBACK: "true" }, keys: {} } } : {}),
    intercept: {
      before: (sent) => {
        statements += sent.length;
      },
    },
  });
  const admin = directQuery(runningPostgres(join(dataDir, "pg"), "superuser") ?? "", 1);
  try {
    const api = apiClient(stack.url, stack.operatorKey, context.signal);
    if (context.profile) await resetProfile(admin.query);
    const result = await work({ ...stack, dataDir, api, adminQuery: admin.query, statements: () => statements });
    if (context.profile) await reportProfile(admin.query, context);
    return result;
  } finally {
    await admin.close();
    await stack.stop();
  }
}

/** Writes a wrangler.toml beside the data, with the bench's Worker in place of the real one. */
function makeProject(folder: string, { blockRounds }: StackOptions): string {
  mkdirSync(folder, { recursive: true });
  const toml = movedConfig(readFileSync(join(PROJECT, "wrangler.toml"), "utf8"), PROJECT);
  const changed = toml.replace(/^main = .*$/m, `main = "index.ts"`);
  const blocks = /^REPLAY_BLOCK_ROUNDS = .*$/gm;
  writeFileSync(
    join(folder, "wrangler.toml"),
    blockRounds === undefined ? changed : changed.replace(blocks, `REPLAY_BLOCK_ROUNDS = "${blockRounds}"`),
  );
  const worker = JSON.stringify(join(PROJECT, "test/bench/worker.ts"));
  writeFileSync(join(folder, "index.ts"), `export * from ${worker};\nexport { default } from ${worker};\n`);
  rmSync(join(folder, "migrations"), { force: true });
  symlinkSync(join(PROJECT, "migrations"), join(folder, "migrations"));
  return folder;
}

/** Makes house agents (the six contestants over and over) and answers their ids. By SQL, since this part isn't measured. */
export async function makeAgents(query: Query, count: number, name = "Agent"): Promise<string[]> {
  const field = defaultField(SYMBOLS).filter((agent) => agent.strategy_type !== "baseline");
  const rows = Array.from({ length: count }, (_, i) => {
    const agent = field[i % field.length];
    if (!agent) throw new Error("the field is empty");
    return { ...agent, id: uuidv7(), name: `${name} ${String(i).padStart(5, "0")}` };
  });
  for (let from = 0; from < count; from += 1000) {
    await query(
      `insert into agents (id, name, personality, strategy_type, strategy, baseline, config)
       select id, name, personality, strategy_type, strategy, false, config
       from jsonb_to_recordset($1::jsonb) as a(id uuid, name text, personality text, strategy_type text, strategy text, config jsonb)`,
      [JSON.stringify(rows.slice(from, from + 1000))],
    );
  }
  return rows.map(({ id }) => id);
}

/** Makes a replay on synthetic candles, without starting it, and answers its id. */
export async function makeReplay(stack: BenchStack, agentIds: readonly string[], rounds: number): Promise<string> {
  const stepMs = INTERVAL_SECONDS * 1000;
  const startsAt = Date.parse("2025-01-01T00:00:00Z");
  const source = `synthetic:bench-${INTERVAL_SECONDS}`;
  const firstOpenAt = startsAt - WARM_UP_CANDLES * stepMs;
  await createSyntheticSource(stack.query, {
    id: source,
    seed: "bench",
    symbols: SYMBOLS,
    intervalSeconds: INTERVAL_SECONDS,
    firstOpenAt,
  });
  await fillSynthetic(stack.query, source, startsAt + (rounds + 1) * stepMs);
  const { id } = await stack.api.post(
    "/tournaments",
    {
      name: `Bench ${agentIds.length} × ${rounds}`,
      market: "replay",
      symbols: SYMBOLS,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + rounds * stepMs).toISOString(),
      interval_seconds: INTERVAL_SECONDS,
      rules: { seed: "bench", candle_source: source },
      agent_ids: agentIds,
    },
    withId,
  );
  return id;
}

/** Makes a live tournament on the synthetic market that starts in `inSeconds` and lasts a day, and answers its id. */
export async function makeLive(
  stack: BenchStack,
  agentIds: readonly string[],
  options: { readonly intervalSeconds: number; readonly inSeconds: number; readonly name: string },
): Promise<string> {
  const step = options.intervalSeconds * 1000;
  const startsAt = Math.ceil((Date.now() + options.inSeconds * 1000) / step) * step;
  const { id } = await stack.api.post(
    "/tournaments",
    {
      name: options.name,
      market: "synthetic",
      symbols: SYMBOLS,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 86_400_000).toISOString(),
      interval_seconds: options.intervalSeconds,
      rules: { seed: "bench" },
      agent_ids: agentIds,
    },
    withId,
  );
  return id;
}

export async function act(stack: BenchStack, id: string, what: "start" | "pause" | "resume" | "cancel"): Promise<void> {
  await stack.api.post(`/tournaments/${id}/${what}`, {}, z.unknown());
}

/** The longest wait without progress in a system that works: a lease and the window of a round of five minutes. */
const STALLED_MILLISECONDS = 180_000;

/** Waits until the query's one number reaches `least`. Throws when the number doesn't move for three minutes. */
export async function until(
  query: Query,
  context: BenchContext,
  least: number,
  text: string,
  params: readonly unknown[] = [],
  pauseMs = 50,
): Promise<void> {
  let [last, movedAt] = [-1, Date.now()];
  for (;;) {
    context.signal.throwIfAborted();
    const [row] = await query<{ n: number }>(text, params);
    const now = Number(row?.n ?? 0);
    if (now >= least) return;
    if (now !== last) [last, movedAt] = [now, Date.now()];
    if (Date.now() - movedAt > STALLED_MILLISECONDS) throw new Error(`It stands still at ${now} of ${least}: ${text}`);
    await sleep(pauseMs, undefined, { signal: context.signal });
  }
}

export interface Played {
  readonly decisions: number;
  readonly seconds: number;
  /** Decisions that placed an order. */
  readonly made: number;
  readonly statements: number;
  readonly walBytes: number;
}

const SETTLED = `select count(*)::int as n from rounds where tournament_id = $1 and state = 'settled'`;
const PLAYED = `
select agonus_ms(max(settled_at) filter (where number = $2::int - 1)) as from,
  agonus_ms(max(settled_at) filter (where number = $2::int + $3::int - 1)) as to,
  (select count(*) from decisions d join rounds x on x.id = d.round_id
    where x.tournament_id = $1 and x.number >= $2 and x.number < $2::int + $3::int) as decisions,
  (select count(*) from decisions d join rounds x on x.id = d.round_id
    where x.tournament_id = $1 and x.number >= $2 and x.number < $2::int + $3::int and outcome = 'made') as made
from rounds where tournament_id = $1`;

/** A replay that is played in parts: it is resumed for some rounds and then paused, so that the peer has its turn. */
export class Replay {
  readonly id: string;
  readonly #context: BenchContext;
  readonly #stack: BenchStack;
  readonly #entries: number;
  #started = false;

  constructor(context: BenchContext, stack: BenchStack, id: string, entries: number) {
    this.#context = context;
    this.#stack = stack;
    this.id = id;
    this.#entries = entries;
  }

  /** The first `warmUp` rounds wake objects and make plans. The others are measured, from settlement to settlement. */
  async play({ warmUp, rounds }: { readonly warmUp: number; readonly rounds: number }): Promise<Played> {
    const { query, statements } = this.#stack;
    const [before] = await query<{ n: number }>(SETTLED, [this.id]);
    const first = (before?.n ?? 0) + warmUp;
    // Autovacuum would have done this by now in a tournament that has run for longer.
    await query("analyze");
    await act(this.#stack, this.id, this.#started ? "resume" : "start");
    this.#started = true;
    const wal = async () => {
      const [row] = await query<{ n: string }>(`select (pg_current_wal_lsn() - '0/0')::text as n`);
      return Number(row?.n);
    };
    await until(query, this.#context, first, SETTLED, [this.id], 20);
    const [statementsBefore, walBefore] = [statements(), await wal()];
    await until(query, this.#context, first + rounds, SETTLED, [this.id], 20);
    const [statementsAfter, walAfter] = [statements(), await wal()];
    await this.#pause();
    const [row] = await query<{ from: number; to: number; made: number; decisions: number }>(PLAYED, [
      this.id,
      first,
      rounds,
    ]);
    if (row?.decisions !== this.#entries * rounds)
      throw new Error(`${row?.decisions} of ${this.#entries * rounds} decisions are stored`);
    return {
      decisions: row.decisions,
      seconds: (row.to - row.from) / 1000,
      made: row.made,
      statements: statementsAfter - statementsBefore,
      walBytes: walAfter - walBefore,
    };
  }

  /** Lets the round that is under way end. */
  async #pause(): Promise<void> {
    await act(this.#stack, this.id, "pause");
    const active = `select 1 - count(*)::int as n from rounds where tournament_id = $1 and state in ('open', 'closed', 'quoted')`;
    await until(this.#stack.query, this.#context, 1, active, [this.id]);
  }
}

/** Makes a replay of house agents, without starting it. It has rounds for all repetitions, and some to spare. */
export async function newReplay(
  context: BenchContext,
  stack: BenchStack,
  entries: number,
  rounds: number,
): Promise<Replay> {
  const agents = await makeAgents(stack.query, entries, `Agent of ${entries}`);
  return new Replay(context, stack, await makeReplay(stack, agents, rounds), entries);
}
