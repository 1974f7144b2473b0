/** What a model did and cost, as the API shows it: every step, once a round has closed; prompts, once the tournament is over. */
import { afterAll, afterEach, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { openApi } from "../../../support/http-app.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, type Reply, says, text } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
let api: Awaited<ReturnType<typeof openApi>>;
afterEach(async () => {
  await scene.close();
  await api.db.close();
});
afterAll(closeTestServer);

const prices = { input_usd_per_million: "2", output_usd_per_million: "10" };
async function begin(...args: Parameters<typeof modelScene>): Promise<void> {
  scene = await modelScene(...args);
  api = await openApi({ query: scene.db.query });
}
function answers(...replies: Reply[]): void {
  const before = scene.model.received.length;
  scene.model.script((_, n) => replies[n - before] ?? text("nothing"));
}
const agentId = () => scene.cup.entries[0]?.agentId ?? "";
const stepsOf = (round: number) => `/tournaments/${scene.cup.id}/rounds/${round}/steps?agent_id=${agentId()}`;
const end = () => scene.db.query("update tournaments set status = 'cancelled', ended_at = agonus_now()");

test("a decision is shown as it was made: each request, each answer, tokens, cost and time", async () => {
  await begin({ prices, instructions: "Buy low." });
  answers(
    { kind: "answer", status: 500, body: "oops" },
    calls("get_price", { symbol: "BTC-USDT" }),
    decides(buy("50")),
  );
  await scene.decide(0);
  await scene.settle();
  await end();
  const { status, body } = await api.see(stepsOf(0));
  expect(status).toBe(200);
  expect(body).toMatchObject({ hidden: false, prompt_hidden: false, fault: null });
  expect(body.steps).toMatchObject([
    { step: 0, attempt: 0, state: "failed", status: 500, code: "agent.model_unavailable", usd: "0" },
    {
      step: 0,
      attempt: 1,
      state: "answered",
      input_tokens: 1000,
      output_tokens: 100,
      usd: "0.003",
      estimated: false,
      excess_tokens: 0,
    },
    { step: 1, attempt: 0, state: "answered", finish_reason: "tool_calls" },
  ]);
  // The request can be put together again, byte for byte.
  const sent = scene.model.received.at(-1)?.body;
  const { request, answer_hash } = body.steps[2];
  expect(JSON.parse(body.contents[request.head]).model).toBe("scripted");
  const messages = request.messages.map(({ parts }: { parts: { name: string; hash: string }[] }) =>
    parts.map(({ hash }) => body.contents[hash]).join("\n\n"),
  );
  expect(messages.slice(0, 2)).toEqual(sent?.messages.slice(0, 2).map(({ content }) => content));
  expect(messages[0]).toContain("Buy low.");
  expect(body.contents[answer_hash]).toContain("submit_decision");
});

test("what models see is stored once, and recording costs little more than the distinct prompts", async () => {
  await begin({}, { entries: 5 });
  for (let round = 0; round < 3; round++) {
    scene.model.script((request) =>
      request.messages.length < 4 ? calls("get_portfolio", {}) : decides({ orders: [], reasoning: "wait" }),
    );
    await scene.decide(round);
    await scene.settle();
  }
  const [stored] = await scene.db.query<{ contents: number; rows: number; steps: number }>(
    `select (select sum(octet_length(content)) from model_contents)::float8 as contents, (select sum(pg_column_size(request)) from model_steps)::float8 as rows,
       (select count(*)::int from model_steps) as steps`,
  );
  expect(stored?.steps).toBe(30);
  // Five entries that see the same send the same; a second step repeats the first one's prompt.
  const prompts = new Set(
    scene.model.received.filter(({ body }) => body.messages.length === 2).map(({ body }) => JSON.stringify(body)),
  );
  const bytes = [...prompts].reduce((sum, prompt) => sum + Buffer.byteLength(prompt), 0);
  expect(prompts.size).toBe(3);
  expect((stored?.contents ?? 0) + (stored?.rows ?? 0)).toBeLessThan(bytes * 1.2);
});

test("an open round's steps are secret, and prompts are until the end of the tournament", async () => {
  await begin({ instructions: "A secret plan." });
  answers(decides(buy("50")));
  await scene.decide(0);
  expect((await api.see(stepsOf(0))).body).toEqual({
    hidden: true,
    prompt_hidden: true,
    fault: null,
    steps: [],
    contents: {},
  });
  expect((await api.get(stepsOf(0))).body.steps).toHaveLength(1);
  await scene.settle();
  const closed = await api.see(stepsOf(0));
  expect(closed.body).toMatchObject({ hidden: false, prompt_hidden: true });
  expect(closed.body.steps).toHaveLength(1);
  expect(JSON.stringify(closed.body)).toContain("It looks cheap.");
  expect(JSON.stringify(closed.body)).not.toContain("A secret plan.");
  expect(JSON.stringify((await api.get(stepsOf(0))).body)).toContain("A secret plan.");
  await end();
  expect(JSON.stringify((await api.see(stepsOf(0))).body)).toContain("A secret plan.");
});

test("a hold without a decision says why, and the model's text is kept", async () => {
  await begin();
  answers(text("I would rather not."), text("Still not."));
  await scene.decide(0);
  await scene.settle();
  const { body } = await api.see(stepsOf(0));
  expect(body.fault).toBe("agent.bad_answer");
  expect(JSON.stringify(body.contents)).toContain("I would rather not.");
});

test("costs are summed in all and by round, with what is left of the budget and a warning at four fifths", async () => {
  await begin({ prices, budget: { usd_total: "0.2" } });
  // 40,000 tokens in at 2 dollars a million are 8 cents.
  const counts = { prompt_tokens: 40_000, completion_tokens: 0 };
  const costs = (query = "") => api.see(`/tournaments/${scene.cup.id}/costs${query}`);
  for (let round = 0; round < 2; round++) {
    answers(says({ calls: [{ name: "submit_decision", args: { orders: [], reasoning: "wait" } }], usage: counts }));
    await scene.decide(round);
    await scene.settle();
    expect((await costs()).body.items[0]).toMatchObject(
      round === 0
        ? { budget_left_usd: "0.12", budget_warning: false }
        : { budget_left_usd: "0.04", budget_warning: true },
    );
  }
  const { body } = await costs();
  expect(body.items).toMatchObject([
    {
      agent_id: agentId(),
      model: "scripted",
      calls: 2,
      input_tokens: 80_000,
      output_tokens: 0,
      usd: "0.16",
      estimated: false,
      budget_usd: "0.2",
    },
  ]);
  expect(body.totals).toEqual({
    calls: 2,
    input_tokens: 80_000,
    output_tokens: 0,
    usd: "0.16",
    estimated: false,
    unpriced: 0,
  });
  const byRound = await costs(`?by=round&agent_id=${agentId()}`);
  expect(byRound.body.items.map(({ round, usd }: { round: number; usd: string }) => [round, usd])).toEqual([
    [1, "0.08"],
    [0, "0.08"],
  ]);
});

test("a model without a known price shows its tokens and no dollars", async () => {
  await begin();
  answers(says({ calls: [{ name: "submit_decision", args: { orders: [], reasoning: "wait" } }], usage: null }));
  await scene.decide(0);
  const { body } = await api.see(`/tournaments/${scene.cup.id}/costs`);
  expect(body.items[0]).toMatchObject({ usd: null, estimated: true, budget_left_usd: null, budget_warning: false });
  expect(body.items[0].input_tokens).toBeGreaterThan(1000);
  expect(body.totals).toMatchObject({ usd: "0", unpriced: 1 });
});
