/**
 * Agents from outside by REST: their decisions a second against house agents, decisions at 16 connections against the FastAPI
 * twin's m7, how soon a thousand waiters are woken, and what they cost while they wait.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { outsideAgents } from "../../support/outside-agents.ts";
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { type Measured, median, quantile } from "../figure.ts";
import { Crowd } from "../outside-bench.ts";
import { headOf, type Peers } from "../peers.ts";
import { act, type BenchStack, makeReplay, newReplay, onStack, Replay, until } from "../scene.ts";

const CONNECTIONS = 16;
const SPARE_ROUNDS = 60;
const IDLE_SECONDS = 20;
const OPEN = `select coalesce(max(number), -1)::int + 1 as n from rounds where tournament_id = $1 and state = 'open'`;

const submitted = z.object({ req_per_s: z.number(), p50_ms: z.number(), p99_ms: z.number(), bad: z.literal(0) });

/** The peer's m7 at 16 connections, once. */
async function peerPosts(peers: Peers) {
  return submitted.parse(
    await peers.python(`${headOf("m7_submit.py", "\nout = {}")}
got = json.loads(subprocess.run(["node", LOAD, "POST", str(N), "${CONNECTIONS}", *urls], capture_output=True, check=True,
                                env={**os.environ, "BODY": BODY}).stdout)
api.stop()
print(json.dumps(got))`),
  );
}

export const doors: Bench = {
  name: "doors",
  what: "1,000 agents from outside: decisions, waking, waiting; the FastAPI twin's m7",
  run: (context) =>
    onStack(
      context,
      async (stack) => {
        const players = await whoPlays(context, stack);
        const posts = await whoPosts(context, stack);
        return [...players, posts];
      },
      // As in a live tournament: a replay of house agents alone would take 128 rounds at a time.
      { benchWorker: true, blockRounds: 0 },
    ),
};

/** Playing, waking and waiting: one tournament, by turns with one of as many house agents. */
async function whoPlays(context: BenchContext, stack: BenchStack): Promise<Measured[]> {
  const count = context.quick ? 200 : 1000;
  const rounds = 2;
  const house = await newReplay(context, stack, count, SPARE_ROUNDS);
  const members = await outsideAgents(stack.query, count, "Player");
  const ids = members.map(({ id }) => id);
  const outside = new Replay(context, stack, await makeReplay(stack, ids, SPARE_ROUNDS), count);
  const baseline = await perSecond(stack, IDLE_SECONDS / 2);
  const crowd = await Crowd.gather(stack.url, outside.id, members);
  try {
    await crowd.ask({ kind: "play" });
    const idle = await idleCost(context, stack, crowd, baseline);
    context.print("  warm-up");
    await house.play({ warmUp: 1, rounds: 1 });
    await crowd.ask({ kind: "together", together: true });
    await outside.play({ warmUp: 1, rounds: 1 });
    await crowd.ask({ kind: "report" });
    const { ours: waking } = await inTurn(
      context,
      async () => {
        await outside.play({ warmUp: 1, rounds });
        const lag = await lags(stack, outside.id, crowd);
        context.print(`  woken: p50 ${quantile(lag, 0.5).toFixed(0)} ms, p99 ${quantile(lag, 0.99).toFixed(0)} ms`);
        return lag;
      },
      null,
    );
    await crowd.ask({ kind: "together", together: false });
    const played = async (replay: Replay, name: string) => {
      const { decisions, seconds, statements } = await replay.play({ warmUp: 1, rounds });
      const rate = decisions / seconds;
      context.print(
        `  ${name} ${rate.toFixed(0)} decisions/s, ${(statements / decisions).toFixed(2)} statements a decision`,
      );
      return rate;
    };
    const { ours: rates } = await inTurn(
      context,
      async () => ({ ours: await played(outside, "outside"), peer: await played(house, "house") }),
      null,
    );
    const { faults, busy = 0 } = await crowd.ask({ kind: "report" });
    if (faults?.length) throw new Error(`an agent was refused: ${JSON.stringify(faults.slice(0, 5))}`);
    for (const { id } of [house, outside]) await act(stack, id, "cancel");
    await crowd.ask({ kind: "stop" });
    await check(stack.query, context, { played: [house.id, outside.id] });
    return [
      {
        name: "doors-play",
        unit: "decisions/s",
        better: "more",
        bar: { kind: "ratio", least: 0.5 },
        runs: rates,
        against: "as many house agents, round by round",
        ...(busy > 0 ? { note: `${busy} answers of 503, sent again` } : {}),
      },
      {
        name: "doors-wake",
        unit: "ms (p99)",
        better: "less",
        bar: { kind: "most", value: 1000 },
        runs: waking.map((lag) => ({ ours: quantile(lag, 0.99), peer: null })),
        note: `p50 ${median(waking.map((lag) => quantile(lag, 0.5))).toFixed(0)} ms, from the round's opening to the whole page`,
      },
      idle,
    ];
  } finally {
    await crowd.leave();
  }
}

/** Statements that the Worker sends in a second. */
async function perSecond(stack: BenchStack, seconds: number): Promise<number> {
  const before = stack.statements();
  await sleep(seconds * 1000);
  return (stack.statements() - before) / seconds;
}

/** What those who wait cost, before their tournament starts: statements beyond a look-up of keys for each request. */
async function idleCost(context: BenchContext, stack: BenchStack, crowd: Crowd, baseline: number): Promise<Measured> {
  // All have come, and many have asked a second time.
  await sleep(25_000, undefined, { signal: context.signal });
  const { ours } = await inTurn(
    context,
    async () => {
      await crowd.ask({ kind: "report" });
      const all = await perSecond(stack, IDLE_SECONDS);
      const { asked = 0 } = await crowd.ask({ kind: "report" });
      context.print(
        `  idle: ${all.toFixed(1)} statements/s, ${baseline.toFixed(1)} without waiters, ${(asked / IDLE_SECONDS).toFixed(1)} requests/s`,
      );
      return { all, asked: asked / IDLE_SECONDS };
    },
    null,
  );
  return {
    name: "doors-idle",
    unit: "statements/s beyond keys",
    better: "less",
    bar: { kind: "most", value: 1 },
    runs: ours.map(({ all, asked }) => ({ ours: Math.max(0, all - baseline - asked), peer: null })),
    note: `${median(ours.map(({ all }) => all)).toFixed(1)} a second in all at ${median(ours.map(({ asked }) => asked)).toFixed(0)} requests/s; ${baseline.toFixed(1)} without waiters`,
  };
}

/** Milliseconds from each round's opening to each page of it. */
async function lags(stack: BenchStack, tournamentId: string, crowd: Crowd): Promise<number[]> {
  const { woken = [] } = await crowd.ask({ kind: "report" });
  const rows = await stack.query<{ number: number; ms: number }>(
    "select number, agonus_ms(opened_at) as ms from rounds where tournament_id = $1",
    [tournamentId],
  );
  const openedAt = new Map(rows.map(({ number, ms }) => [number, ms]));
  return woken.map(([round, atMs]) => atMs - (openedAt.get(round) ?? Number.NaN));
}

/** Decisions at 16 connections: each agent of a large tournament sends one a round. */
async function whoPosts(context: BenchContext, stack: BenchStack): Promise<Measured> {
  const count = context.quick ? 500 : 2000;
  const members = await outsideAgents(stack.query, count, "Poster");
  const ids = members.map(({ id }) => id);
  const id = await makeReplay(stack, ids, SPARE_ROUNDS);
  const crowd = await Crowd.gather(stack.url, id, members);
  const post = async (round: number) => {
    await until(stack.query, context, round + 1, OPEN, [id]);
    const {
      perSecond: rate = 0,
      p50Ms = 0,
      p99Ms = 0,
    } = await crowd.ask({
      kind: "post",
      round,
      connections: CONNECTIONS,
    });
    context.print(`  ours ${rate.toFixed(0)} decisions/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`);
    return rate;
  };
  try {
    await act(stack, id, "start");
    await post(0);
    const { ours, peer } = await inTurn(
      context,
      (nth) => post(nth + 1),
      async (peers) => {
        const got = await peerPosts(peers);
        context.print(
          `  FastAPI ${got.req_per_s.toFixed(0)} decisions/s, p50 ${got.p50_ms.toFixed(1)} ms, p99 ${got.p99_ms.toFixed(1)} ms`,
        );
        return got.req_per_s;
      },
    );
    await act(stack, id, "cancel");
    await check(stack.query, context, { tournamentIds: [id] });
    return {
      name: "doors-post",
      unit: "decisions/s",
      better: "more",
      bar: { kind: "ratio", least: 1 },
      runs: ours.map((rate, i) => ({ ours: rate, peer: peer[i] ?? null })),
      ...(peer.length > 0 ? { against: "FastAPI and PostgreSQL, m7" } : {}),
    };
  } finally {
    await crowd.leave();
  }
}
