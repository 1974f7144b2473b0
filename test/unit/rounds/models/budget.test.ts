/** A model's budget: taken before each step, given back after it, and never overdrawn. */
import fc from "fast-check";
import { afterAll, afterEach, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { reserveStep } from "../../../../src/db/statements/models/reserve.ts";
import { settleStep } from "../../../../src/db/statements/models/settle.ts";
import { listShortOfMoney } from "../../../../src/db/statements/models/short-of-money.ts";
import { count } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { withTwin } from "../../../support/guards.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, says } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

const prices = { input_usd_per_million: "2", output_usd_per_million: "10" };
const account = async () => {
  const [row] = await scene.db.query<Record<string, unknown>>(
    `select trim_scale(usd)::text as usd, trim_scale(held_usd)::text as held, trim_scale(round_usd)::text as round_usd, round_tokens,
       calls, input_tokens, output_tokens from model_accounts`,
  );
  return row;
};
const faultOf = async () => {
  const [row] = await scene.db.query<{ fault: string | null }>("select fault from decision_details");
  return row?.fault;
};

interface Room {
  readonly tokensPerRound?: number;
  readonly usdPerRound?: string;
  readonly usdTotal?: string;
}
const reserve = async (query: Query, roundId: string, step: number, tokens: number, usd: string, room: Room = {}) => {
  const { isTaken } = await reserveStep(query, {
    roundId,
    entryId: scene.cup.entries[0]?.id ?? "",
    step,
    attempt: 0,
    tokens,
    usd,
    tokensPerRound: room.tokensPerRound ?? null,
    usdPerRound: room.usdPerRound ?? null,
    usdTotal: room.usdTotal ?? null,
    model: "scripted",
    requestHash: `request ${step}`,
    request: {},
    contents: {},
    known: [],
  });
  return isTaken;
};
const settle = (query: Query, roundId: string, step: number, input: number, output: number, usd: string) =>
  settleStep(query, {
    roundId,
    entryId: scene.cup.entries[0]?.id ?? "",
    step,
    attempt: 0,
    state: "answered",
    code: null,
    detail: null,
    status: 200,
    answer: "answer",
    answerHash: "hash of the answer",
    finishReason: "stop",
    inputTokens: input,
    outputTokens: output,
    usd,
    estimated: false,
    latencyMs: 1,
  });

async function openRound(): Promise<string> {
  const [job] = await scene.open(0);
  if (!job) throw new Error("no job");
  return job.roundId;
}

test("a step costs what the provider counted, at the author's prices", async () => {
  scene = await modelScene({ prices, budget: { usd_total: "5" } });
  scene.model.script(() => decides(buy("50")));
  await scene.decide(0);
  // 1,000 tokens at 2 dollars and 100 at 10 dollars a million.
  expect(await account()).toEqual({
    usd: "0.003",
    held: "0",
    round_usd: "0.003",
    round_tokens: 1100,
    calls: 1,
    input_tokens: 1000,
    output_tokens: 100,
  });
});

test("a step is not sent when it could cost more than the budget has, and the entry holds", async () => {
  scene = await modelScene({ budget: { tokens_per_round: 3000 } });
  scene.model.script(() => decides(buy("50")));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(0);
  expect(await faultOf()).toBe("agent.budget_spent");
  expect(await count(scene.db.query, "model_steps")).toBe(0);
  expect(await count(scene.db.query, "entries where misses = 0 and halted_at is null")).toBe(1);
});

test("a budget that is spent in the middle keeps the decision that is there", async () => {
  scene = await modelScene({ budget: { tokens_per_round: 40_000 }, max_output_tokens: 100 });
  const large = { prompt_tokens: 1000, completion_tokens: 38_500 };
  scene.model.script(() => says({ calls: [{ name: "submit_decision", args: buy("5000") }], usage: large }));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(1);
  expect(await faultOf()).toBeNull();
});

test("a provider that counts more than was reserved is recorded", async () => {
  scene = await modelScene({ max_output_tokens: 10 });
  scene.model.script(() =>
    says({
      calls: [{ name: "submit_decision", args: hold }],
      usage: { prompt_tokens: 1_000_000, completion_tokens: 5 },
    }),
  );
  await scene.decide(0);
  expect(await count(scene.db.query, "model_steps where input_tokens + output_tokens > reserved_tokens")).toBe(1);
  expect(await account()).toMatchObject({ input_tokens: 1_000_000 });
});

test("a dollar budget without a known price holds, and the rules' budget is kept as well", async () => {
  scene = await modelScene();
  await scene.db.query(`update tournaments set rules = rules || '{"model_budget": {"usd_per_round": "1"}}'`);
  scene.model.script(() => decides(hold));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(0);
  expect(await faultOf()).toBe("agent.price_unknown");
});

test("a decision that begins again sends no recorded step a second time", async () => {
  scene = await modelScene();
  scene.model.script((_, n) => (n === 0 ? calls("get_portfolio", {}) : decides(buy("50"))));
  const [job] = await scene.open(0);
  if (!job) throw new Error("no job");
  // The object is reset after its first step: the second one's answer never comes.
  const reset = new AbortController();
  scene.model.script((_, n) => {
    if (n === 0) return calls("get_portfolio", {});
    reset.abort();
    return { kind: "stall" };
  });
  expect(await scene.think(job, reset.signal)).toEqual({ kind: "over" });
  scene.model.script(() => decides(buy("50")));
  await scene.answer(job, await scene.think(job));
  expect(scene.model.received).toHaveLength(3);
  expect(await count(scene.db.query, "decisions where outcome = 'made'")).toBe(1);
  // Played once more, it needs no call at all and says the same.
  expect(await account()).toMatchObject({ input_tokens: 2000, output_tokens: 200 });
});

test("a crash between a reservation and its end keeps what was taken until the round is over", async () => {
  scene = await modelScene();
  const roundId = await openRound();
  const room = { tokensPerRound: 100, usdPerRound: "1", usdTotal: "1" };
  expect(await reserve(scene.db.query, roundId, 0, 60, "0.6", room)).toBe(true);
  expect(await reserve(scene.db.query, roundId, 1, 60, "0.1", room)).toBe(false);
  expect(await reserve(scene.db.query, roundId, 1, 10, "0.5", room)).toBe(false);
  const [next] = await scene.db.query<{ id: string }>(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at) select gen_random_uuid(), tournament_id, 99, 'scheduled', due_at, deadline_at
     from rounds where id = $1 returning id`,
    [roundId],
  );
  expect(await reserve(scene.db.query, next?.id ?? "", 0, 60, "0.6", room)).toBe(true);
});

test("two objects of one entry never reserve the same money", async () => {
  scene = await modelScene();
  const roundId = await openRound();
  const room = { tokensPerRound: 1000, usdTotal: "1" };
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, step) => reserve(scene.db.query, roundId, step, 90, "0.09", room)),
  );
  expect(all.filter((taken) => taken)).toHaveLength(11);
  expect(await account()).toMatchObject({ round_tokens: 990, held: "0.99" });
});

test("without its guard a budget is overdrawn", async () => {
  scene = await modelScene();
  const roundId = await openRound();
  const twin = withTwin(scene.db.query, { guard: "model-budget", broken: "true" });
  await reserve(twin, roundId, 0, 60, "0.6", { tokensPerRound: 100 });
  expect(await reserve(twin, roundId, 1, 60, "0.6", { tokensPerRound: 100 })).toBe(true);
});

test("a step is settled once, and without its guard it would be paid twice", async () => {
  scene = await modelScene();
  const roundId = await openRound();
  await reserve(scene.db.query, roundId, 0, 100, "1");
  await settle(scene.db.query, roundId, 0, 50, 10, "0.4");
  await settle(scene.db.query, roundId, 0, 50, 10, "0.4");
  expect(await account()).toMatchObject({ usd: "0.4", held: "0", round_tokens: 60, calls: 1 });
  await settle(withTwin(scene.db.query, { guard: "model-settle-once" }), roundId, 0, 50, 10, "0.4");
  expect(await account()).toMatchObject({ usd: "0.8", calls: 2 });
});

test("an entry that only holds for lack of money is told, and one that has spent four fifths", async () => {
  const dollars = { usd_total: "0.5" };
  scene = await modelScene({ prices, budget: dollars, max_output_tokens: 100 });
  const [entry] = scene.cup.entries;
  const short = () => listShortOfMoney(scene.db.query, 10);
  scene.model.script(() => decides(hold));
  await scene.decide(0);
  await scene.settle();
  expect(await short()).toEqual([]);
  await scene.db.query("update model_accounts set usd = 0.4");
  const told = { agent_id: entry?.agentId, tournament_id: scene.cup.id, usd: "0.4", budget_usd: "0.5" };
  expect(await short()).toMatchObject([{ ...told, holds: 0 }]);
  await scene.db.query("update model_accounts set usd = 0.49999");
  for (const round of [1, 2]) {
    await scene.decide(round);
    await scene.settle();
    expect(await short()).toMatchObject([{ ...told, usd: "0.49999", holds: round }]);
  }
  await scene.db.query("update model_accounts set usd = 0");
  await scene.decide(3);
  expect(await short()).toEqual([]);
  // The rules' budget counts where it is the lower one.
  await scene.db.query(`update tournaments set rules = rules || '{"model_budget": {"usd_total": "0.002"}}'`);
  expect(await short()).toMatchObject([{ budget_usd: "0.002", holds: 0 }]);
  await scene.db.query("update tournaments set status = 'completed'");
  expect(await short()).toEqual([]);
});

test("no history of 200 spends a token that was not reserved", async () => {
  scene = await modelScene();
  const roundId = await openRound();
  const step = fc.record({
    most: fc.integer({ min: 1, max: 60 }),
    used: fc.double({ min: 0, max: 1, noNaN: true }),
    crashes: fc.boolean(),
  });
  let at = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 20, max: 150 }),
      async (steps, room) => {
        await scene.db.query("delete from model_accounts");
        let [spent, held] = [0, 0];
        for (const { most, used, crashes } of steps) {
          at += 1;
          const taken = await reserve(scene.db.query, roundId, at, most, "0", { tokensPerRound: room });
          expect(taken).toBe(spent + held + most <= room);
          if (!taken) continue;
          if (crashes) held += most;
          else {
            const tokens = Math.floor(most * used);
            await settle(scene.db.query, roundId, at, tokens, 0, "0");
            spent += tokens;
          }
          expect(spent + held).toBeLessThanOrEqual(room);
          expect(await account()).toMatchObject({ round_tokens: spent + held, input_tokens: spent });
        }
      },
    ),
    { numRuns: 200, seed: 7 },
  );
});
