/** Creates tournaments and agents for tests in workerd, through the API. */
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { uuidv7 } from "uuidv7";
import { expect } from "vitest";
import { connect } from "../../src/db/client.ts";
import { COMPOSED, composed, DECISION_KEYS, type Stored } from "../../src/db/statements/tasks/decided.ts";
import type { LoopPlan } from "../../src/rounds/ports.ts";
import { syntheticReplay } from "../support/synthetic-replay.ts";

export const KEY = "operator-key-of-the-tests";
export const SYMBOLS = ["BTC-USDT", "ETH-USDT"];
/** An interval so long that only the test itself moves a live round: its window is 150 s, and the next round is an hour away. */
export const HOUR_SECONDS = 3600;

export const query = connect(env.DATABASE_URL ?? "", env.DATABASE_PROXY_URL ?? null);

/** Sets the database's clock, which alone decides what is due, this far ahead of the real one. */
export const ahead = (seconds: number) => query("update test_clock set ahead_seconds = $1", [seconds]);

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  readonly body: any;
}

export async function call(method: string, path: string, body?: unknown, key: string | null = KEY): Promise<Answer> {
  const response = await exports.default.fetch(`https://agonus.test${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function made(path: string, body: unknown): Promise<string> {
  const answer = await call("POST", path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

export const makeAgent = (fields: Record<string, unknown> = {}): Promise<string> =>
  made("/agents", { name: `Agent ${uuidv7()}`, strategy_type: "momentum", ...fields });

export interface Entered {
  readonly tournamentId: string;
  readonly agentId: string;
  readonly entryId: string;
}

async function entryOf(tournamentId: string, agentId: string): Promise<Entered> {
  const [row] = await query<{ id: string }>("select id from entries where tournament_id = $1 and agent_id = $2", [
    tournamentId,
    agentId,
  ]);
  if (!row) throw new Error("no entry");
  return { tournamentId, agentId, entryId: row.id };
}

/** A live tournament whose round 0 is open: its one entry owes the decision, and its own alarm is an hour away. */
export async function liveRound(agent: Record<string, unknown> = {}): Promise<Entered & { roundId: string }> {
  // Each test fires Beat itself. So its alarm of another test goes, and so does the row by which the Arena would see it silent
  // since that test, or since the clock jumped.
  await runInDurableObject(env.BEAT.getByName("beat"), (_, state) => state.storage.deleteAlarm());
  await query("delete from clocks where name = 'beat'");
  const agentId = await makeAgent(agent);
  const startsAt = Date.now() - 2000;
  const tournamentId = await made("/tournaments", {
    name: `Live ${uuidv7()}`,
    market: "synthetic",
    symbols: SYMBOLS,
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(startsAt + 24 * HOUR_SECONDS * 1000).toISOString(),
    interval_seconds: HOUR_SECONDS,
    agent_ids: [agentId],
  });
  expect((await call("POST", `/tournaments/${tournamentId}/start`)).status).toBe(200);
  const round = await eventually("round 0 is open", async () => {
    const [row] = await query<{ id: string }>("select id from rounds where tournament_id = $1 and state = 'open'", [
      tournamentId,
    ]);
    return row;
  });
  return { ...(await entryOf(tournamentId, agentId)), roundId: round.id };
}

/** A replay on stored synthetic candles, not yet started. */
export async function replay(
  rounds: number,
  agentIds: readonly string[],
  rules: Record<string, unknown> = {},
): Promise<string> {
  return made("/tournaments", await syntheticReplay(query, rounds, agentIds, rules));
}

export async function loopPlan({ tournamentId, entryId }: Entered): Promise<LoopPlan> {
  const [row] = await query<{ starts: number; ends: number; interval_seconds: number }>(
    `select agonus_ms(starts_at) as starts, agonus_ms(ends_at) as ends, interval_seconds from tournaments where id = $1`,
    [tournamentId],
  );
  if (!row) throw new Error("no tournament");
  return {
    tournamentId,
    entryId,
    startsAt: row.starts,
    endsAt: row.ends,
    intervalSeconds: row.interval_seconds,
    jitterMs: 1,
  };
}

/** A task whose message was lost is sent again by the sweep after 20 s. On a loaded machine all of it takes several times as long. */
const PATIENCE_SECONDS = 120;

/** Calls `look` until it finds something, and returns that. */
export async function eventually<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (const end = Date.now() + PATIENCE_SECONDS * 1000; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not in ${PATIENCE_SECONDS} s: ${what}`);
}

export const decisionOf = async ({ roundId, entryId }: { roundId: string; entryId: string }) =>
  (
    await query<{ outcome: string }>("select * from decisions where round_id = $1 and entry_id = $2", [
      roundId,
      entryId,
    ])
  )[0];

type Row = {
  state: string;
  args: Record<string, unknown>;
  attempt: number;
  result: Record<string, unknown> | null;
  error: { code: string } | null;
  history: { why: string }[];
  lease_until: string | null;
  token: string | null;
};

/** Its row, with what is composed of its decision. */
export const taskOf = async (id: string) => {
  const rows = await query<Stored<Row>>(
    `select t.*, ${COMPOSED.history} as history, ${DECISION_KEYS} from tasks t where id = $1`,
    [id],
  );
  const [row] = await composed<Row>(query, rows);
  return row;
};

export const finished = (id: string) =>
  eventually(`task ${id} is finished`, async () => {
    const task = await taskOf(id);
    return task && ["SUCCESS", "FAILURE", "REVOKED"].includes(task.state) ? task : null;
  });
