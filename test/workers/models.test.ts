/** Agents that think by a language model, in workerd: their objects, their leases, and what is loaded when. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, inject, test } from "vitest";
import type { TradingAgent } from "../../durable-objects/trading-agent.ts";
import { call, decisionOf, eventually, finished, liveRound, query } from "./arrange.ts";

const llm = (model: string, more: object = {}) => ({
  strategy_type: undefined,
  kind: "llm",
  config: { llm: { base_url: inject("modelUrl"), model, ...more } },
});
// biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
const liveOf = async (entryId: string): Promise<Record<string, any>> => env.TRADING_AGENT.getByName(entryId).live();
const taskIdOf = (entryId: string) =>
  eventually(
    "its task is there",
    async () => (await query<{ id: string }>("select id from tasks where entry_id = $1", [entryId]))[0]?.id,
  );
const stepsOf = (entryId: string) =>
  query<{ step: number; attempt: number; state: string; input_tokens: number }>(
    "select step, attempt, state, input_tokens from model_steps where entry_id = $1 order by step, attempt",
    [entryId],
  );
/** How many requests the model has received, in all tests. */
async function callsOf(model: string): Promise<number> {
  const received: string[] = await (await fetch(inject("modelUrl"))).json();
  return received.filter((name) => name === model).length;
}

test("a model decides in its entry's object: its steps are recorded, and its task ends with the decision", async () => {
  const live = await liveRound(llm("buyer"));
  const task = await finished(await taskIdOf(live.entryId));
  expect(task).toMatchObject({ state: "SUCCESS", attempt: 1, result: { outcome: "made", round: 0 } });
  expect(await decisionOf(live)).toMatchObject({ outcome: "made" });
  expect(await stepsOf(live.entryId)).toMatchObject([
    { step: 0, attempt: 0, state: "answered", input_tokens: 1000 },
    { step: 1, attempt: 0, state: "answered", input_tokens: 1000 },
  ]);
});

test("a dropped line and a refusal are tried again in workerd as well", async () => {
  const live = await liveRound(llm("drops then 429"));
  expect(await finished(await taskIdOf(live.entryId))).toMatchObject({ state: "SUCCESS", attempt: 1 });
  expect((await stepsOf(live.entryId)).map(({ state }) => state)).toEqual(["failed", "failed", "answered"]);
});

test("an object that is reset in the middle of a call goes on, and pays no recorded step again", async () => {
  const live = await liveRound(llm("stalls once after a tool"));
  const id = await taskIdOf(live.entryId);
  // Its reservation is stored before it is sent, so only the model knows that it was.
  await eventually("the second step is under way", async () => (await callsOf("stalls once after a tool")) === 2);
  const agent = env.TRADING_AGENT.getByName(live.entryId);
  await runInDurableObject(agent, async (_: TradingAgent, state) => state.abort("a reset")).catch(() => {});
  expect(await finished(id)).toMatchObject({ state: "SUCCESS", result: { round: 0 } });
  expect(await decisionOf(live)).toMatchObject({ outcome: "made" });
  // The first step was sent once. What the reset took stays reserved until the round is over.
  expect(await stepsOf(live.entryId)).toMatchObject([
    { step: 0, attempt: 0, state: "answered" },
    { step: 1, attempt: 0, state: "reserved" },
    { step: 1, attempt: 1, state: "answered" },
  ]);
});

test("a cancelled task ends its model's call", async () => {
  const live = await liveRound(llm("stalls"));
  const id = await taskIdOf(live.entryId);
  await eventually("the step is under way", async () => (await callsOf("stalls")) === 1);
  expect((await call("POST", `/tasks/${id}/cancel`)).status).toBeLessThan(300);
  expect(await finished(id)).toMatchObject({ state: "REVOKED" });
  await eventually("its job is gone", async () => (await liveOf(live.entryId)).thinking === null);
});

test("an operator makes such an agent by the API, and wrong settings are refused with their place", async () => {
  const make = (config: object) =>
    call("POST", "/agents", { name: `Thinker ${crypto.randomUUID()}`, kind: "llm", config: { llm: config } });
  const base_url = inject("modelUrl");
  expect((await make({ base_url, model: "buyer" })).status).toBe(201);
  const refusals = [
    [{ base_url, model: "buyer", key_secret: "OPERATOR_KEY" }, "config.llm.key_secret"],
    [{ base_url, model: "buyer", key_secret: "LLM_KEY_NONE" }, "config.llm.key_secret"],
    [{ base_url: "http://169.254.169.254/latest", model: "buyer" }, "config.llm.base_url"],
    [{ base_url: "http://user:password@127.0.0.1:1/v1", model: "buyer" }, "config.llm.base_url"],
    [{ base_url }, "config.llm.model"],
    [{ base_url, model: "buyer", tools: ["transfer_money"] }, "config.llm.tools.0"],
    [{ base_url, model: "buyer", instructions: "x".repeat(9000) }, "config.llm.instructions"],
  ] as const;
  for (const [config, path] of refusals) {
    const { status, body } = await make(config);
    expect({ status, path: body.errors[0].path }).toEqual({ status: 422, path });
  }
  const unpriced = await make({ base_url, model: "nobody knows it", budget: { usd_total: "1" } });
  expect(unpriced).toMatchObject({ status: 422, body: { code: "agent.price_unknown" } });
});
