/**
 * 100 language models that answer after two seconds, in rounds of a minute: whether all decide in time, what is ours of a
 * decision's time, what recording costs, and what house agents beside them lose.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { type Measured, median, quantile } from "../figure.ts";
import type { ModelOrder, ModelReport } from "../model-server.ts";
import { nextMessage } from "../next-message.ts";
import { processorMs } from "../processor.ts";
import { act, type BenchStack, makeAgents, makeLive, makeReplay, onStack, until } from "../scene.ts";

const AGENTS = 100;
const MODEL_MS = 2000;
const STEPS = 2;
/** As many as a Worker may have that wait for their answer's head. */
const CONNECTIONS_MAX = 6;
const LOSS_MAX = 0.05;
/** What is ours of a decision. */
const OWN_MS_MAX = 60;
const ROUNDS_ALONE = 100;
const HOUSE_ROUNDS = 10_000;
const SETTLED = `select count(*)::int as n from rounds where tournament_id = $1 and state = 'settled'`;
const withId = z.looseObject({ id: z.string() });

export const models: Bench = {
  name: "models",
  what: "100 language models in rounds of a minute, beside house agents",
  run: (context) =>
    onStack(context, (stack) => measure(context, stack), { benchWorker: true, blockRounds: 0, models: true }),
};

class Provider {
  readonly #child = fork(join(import.meta.dirname, "../model-server.ts"));

  async ask(order: ModelOrder): Promise<ModelReport> {
    const answered = nextMessage(this.#child);
    this.#child.send(order);
    return (await answered) as ModelReport;
  }

  async leave(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

async function measure(context: BenchContext, stack: BenchStack): Promise<Measured[]> {
  const provider = new Provider();
  try {
    const { url } = await provider.ask({ delayMs: 0 });
    const single = await oneByOne(context, stack, url);
    return [single, ...(await allAtOnce(context, stack, provider, url))];
  } finally {
    await provider.leave();
  }
}

async function thinkers(stack: BenchStack, url: string, count: number, name: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const llm = { base_url: url, model: `${name} ${i}`, instructions: `You are ${name} ${i}.` };
    ids.push((await stack.api.post("/agents", { name: `${name} ${i}`, kind: "llm", config: { llm } }, withId)).id);
  }
  return ids;
}

/** Milliseconds from a round's opening to each stored decision, and to the claim of its task, with which its work begins. */
const TIMES = `
select r.number, agonus_ms(d.decided_at) - agonus_ms(r.opened_at) as ms,
  (select agonus_ms(min(t.started_at)) from tasks t where t.entry_id = d.entry_id and t.key = agonus_decision_key(r.id, d.entry_id))
    - agonus_ms(r.opened_at) as begun_ms,
  (select coalesce(sum(s.latency_ms), 0) from model_steps s where s.round_id = r.id and s.entry_id = d.entry_id)::float8 as model_ms
from rounds r join decisions d on d.round_id = r.id where r.tournament_id = $1 and r.number >= $2`;

async function times(stack: BenchStack, id: string, fromRound: number) {
  return stack.query<{ number: number; ms: number; begun_ms: number; model_ms: number }>(TIMES, [id, fromRound]);
}

/** One agent in a replay, whose model answers at once: what is left of a decision's time is ours. */
async function oneByOne(context: BenchContext, stack: BenchStack, url: string): Promise<Measured> {
  const [warmUp, rounds] = [5, context.quick ? 30 : ROUNDS_ALONE];
  const agents = await thinkers(stack, url, 1, "Single");
  const { ours } = await inTurn(
    context,
    async () => {
      const id = await makeReplay(stack, agents, warmUp + rounds);
      await act(stack, id, "start");
      await until(stack.query, context, warmUp + rounds, SETTLED, [id], 200);
      const own = (await times(stack, id, warmUp)).map(({ ms, model_ms }) => ms - model_ms);
      context.print(
        `  one by one: own share p50 ${quantile(own, 0.5).toFixed(0)} ms, p95 ${quantile(own, 0.95).toFixed(0)} ms`,
      );
      return own;
    },
    null,
  );
  return {
    name: "models-share",
    unit: "ms (p95)",
    better: "less",
    bar: { kind: "most", value: OWN_MS_MAX },
    runs: ours.map((own) => ({ ours: quantile(own, 0.95), peer: null })),
    note: `p50 ${median(ours.map((own) => quantile(own, 0.5))).toFixed(0)} ms, from the round's opening to the stored decision of ${STEPS} steps, less the model's time`,
  };
}

async function allAtOnce(
  context: BenchContext,
  stack: BenchStack,
  provider: Provider,
  url: string,
): Promise<Measured[]> {
  const intervalSeconds = context.quick ? 40 : 60;
  await provider.ask({ delayMs: MODEL_MS });
  const agents = await thinkers(stack, url, AGENTS, "Thinker");
  const id = await makeLive(stack, agents, { intervalSeconds, inSeconds: 3, name: "Models" });
  const [before] = await stack.query<{ bytes: number }>(RECORDED);
  const { promptBytes } = await provider.ask({ delayMs: MODEL_MS });
  await until(stack.query, context, 1, SETTLED, [id], 500);
  // The first round wakes the objects.
  const { ours: rounds } = await inTurn(context, (nth) => roundOf(context, stack, id, nth + 1), null);
  const [after] = await stack.query<{ bytes: number }>(RECORDED);
  const report = await provider.ask({ delayMs: MODEL_MS });
  const recorded = ((after?.bytes ?? 0) - (before?.bytes ?? 0)) / (report.promptBytes - promptBytes);
  const rates = await beside(context, stack, id, intervalSeconds);
  await act(stack, id, "cancel");
  await check(stack.query, context);
  return [
    {
      name: "models-share-100",
      unit: "ms (p95)",
      better: "less",
      bar: { kind: "most", value: OWN_MS_MAX },
      runs: rounds.map(({ own }) => ({ ours: quantile(own, 0.95), peer: null })),
      note: `p50 ${median(rounds.map(({ own }) => quantile(own, 0.5))).toFixed(0)} ms, from the claim of its task to the stored decision; the tasks begin within ${median(rounds.map(({ begunMs }) => begunMs / 1000)).toFixed(1)} s`,
    },
    {
      name: "models-processor",
      unit: "ms of processor time a decision",
      better: "less",
      bar: { kind: "none" },
      runs: rounds.map(({ processor }) => ({ ours: processor, peer: null })),
      note: `${STEPS} steps, in the runtime, the database and its proxy`,
    },
    {
      name: "models-connections",
      unit: "at once an object",
      better: "less",
      bar: { kind: "most", value: CONNECTIONS_MAX },
      runs: [{ ours: report.openAtOnce, peer: null }],
    },
    {
      name: "models-recorded",
      unit: "× the bytes of the distinct prompts",
      better: "less",
      bar: { kind: "most", value: 1.2 },
      runs: [{ ours: recorded, peer: null }],
    },
    {
      name: "models-beside",
      unit: "decisions/s of the house",
      better: "more",
      bar: { kind: "ratio", least: 1 - LOSS_MAX },
      runs: rates,
      against: "the same house agents while the models rest",
    },
  ];
}

const RECORDED = `
select ((select coalesce(sum(octet_length(content)), 0) from model_contents)
  + (select coalesce(sum(pg_column_size(request)), 0) from model_steps))::float8 as bytes`;

interface Round {
  /** Milliseconds of each decision that are not the model's. */
  readonly own: readonly number[];
  /** Milliseconds from the round's opening to the claim of its last task. */
  readonly begunMs: number;
  /** Milliseconds of processor time for one decision, in all processes. */
  readonly processor: number;
}

/** The decisions of a round. Throws unless every agent has decided it in time, by its model. */
async function roundOf(context: BenchContext, stack: BenchStack, id: string, number: number): Promise<Round> {
  const before = processorMs(stack.dataDir);
  await until(stack.query, context, number + 1, SETTLED, [id], 500);
  const processor = (processorMs(stack.dataDir) - before) / AGENTS;
  const decided = (await times(stack, id, number)).filter((row) => row.number === number);
  const [wrong] = await stack.query<{ n: number }>(
    `select count(*)::int as n from rounds r join entries e on e.tournament_id = r.tournament_id
     left join decision_details d on d.round_id = r.id and d.entry_id = e.id
     where r.tournament_id = $1 and r.number = $2 and (d.entry_id is null or d.fault is not null)`,
    [id, number],
  );
  if (wrong?.n !== 0) throw new Error(`${wrong?.n} of ${AGENTS} models did not decide round ${number} in time`);
  const own = decided.map(({ ms, begun_ms }) => ms - begun_ms - STEPS * MODEL_MS);
  const begunMs = Math.max(...decided.map(({ begun_ms }) => begun_ms));
  context.print(
    `  round ${number}: ${decided.length} decided in ${(Math.max(...decided.map(({ ms }) => ms)) / 1000).toFixed(1)} s at most, ${processor.toFixed(0)} ms of processor time each; own share p95 ${quantile(own, 0.95).toFixed(0)} ms`,
  );
  return { own, begunMs, processor };
}

/** Decisions a second of a house replay over an interval in which the models decide once, by turns with one in which they rest. */
async function beside(context: BenchContext, stack: BenchStack, id: string, intervalSeconds: number) {
  await act(stack, id, "pause");
  const house = await makeReplay(stack, await makeAgents(stack.query, 100, "House"), HOUSE_ROUNDS);
  await act(stack, house, "start");
  await until(stack.query, context, 20, SETTLED, [house], 100);
  const rate = async () => {
    const from = Date.now();
    await sleep(intervalSeconds * 1000, undefined, { signal: context.signal });
    const [row] = await stack.query<{ n: number }>(
      `select count(*)::int as n from rounds r join decisions d on d.round_id = r.id
       where r.tournament_id = $1 and agonus_ms(d.decided_at) >= $2 and agonus_ms(d.decided_at) < $3`,
      [house, from, from + intervalSeconds * 1000],
    );
    return (row?.n ?? 0) / intervalSeconds;
  };
  const { ours } = await inTurn(
    context,
    async () => {
      const alone = await rate();
      await act(stack, id, "resume");
      const with100 = await rate();
      await act(stack, id, "pause");
      const active = `select 1 - count(*)::int as n from rounds where tournament_id = $1 and state in ('open', 'closed', 'quoted')`;
      await until(stack.query, context, 1, active, [id]);
      context.print(`  house: ${alone.toFixed(0)} decisions/s alone, ${with100.toFixed(0)} beside the models`);
      return { ours: with100, peer: alone };
    },
    null,
  );
  await act(stack, house, "cancel");
  return ours;
}
