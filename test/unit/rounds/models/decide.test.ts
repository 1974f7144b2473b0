/** An entry whose agent is a language model: repairs, refusals, deadlines. */
import { afterAll, afterEach, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, type Reply, says, text } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

/** The server answers these one after another, then holds for ever. */
function answers(...replies: Reply[]): void {
  const before = scene.model.received.length;
  scene.model.script((_, n) => replies[n - before] ?? decides(hold));
}

const stored = () =>
  scene.db.query<{
    outcome: string;
    fault: string | null;
    reasoning: string;
    orders: { symbol: string; code: string | null }[];
  }>(
    `select d.outcome, x.fault, x.reasoning, coalesce((select jsonb_agg(jsonb_build_object('symbol', o.symbol, 'code', o.code) order by o.seq)
       from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id), '[]') as orders
     from decisions d join decision_details x using (round_id, entry_id) join rounds r on r.id = d.round_id order by r.number`,
  );

const bodyAt = (n: number) => {
  const request = scene.model.received[n];
  if (!request) throw new Error(`no request ${n}`);
  return request.body;
};
const textsOf = (n: number) => bodyAt(n).messages.map(({ role, content }) => `${role}: ${content}`);

test("a prompt has no ids, hashes, times of day or seconds in it, and the same round gives the same bytes", async () => {
  scene = await modelScene({}, { entries: 2 });
  await scene.db.query("update tournaments set name = 'The cup'");
  answers();
  await scene.decide(0);
  await scene.settle();
  await scene.decide(1);
  const prompts = scene.model.received.map(({ body }) => JSON.stringify(body));
  expect(prompts[0]).toBe(prompts[1]);
  for (const prompt of prompts) {
    expect(prompt).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(prompt).not.toMatch(/[0-9a-f]{40}/);
    expect(prompt).not.toMatch(/seconds_left|deadline_at|filled_at|decided_at|snapshot_hash|rules_hash/);
  }
  expect(textsOf(2).join()).toContain(`"due_at":"${new Date(scene.cup.due(1)).toISOString()}"`);
});

test("refused orders go back once, with their codes, and the next decision counts", async () => {
  scene = await modelScene();
  answers(decides(buy("5000")), decides(buy("4000")));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(2);
  const last = bodyAt(1).messages.at(-1);
  expect(last?.role).toBe("tool");
  expect(String(last?.content)).toContain("trading.insufficient_cash");
  expect((await stored())[0]).toMatchObject({ fault: null, orders: [{ code: "trading.insufficient_cash" }] });
});

test("a model that answers refusals by a text keeps its first decision", async () => {
  scene = await modelScene();
  answers(decides(buy("5000")), text("I can't."));
  await scene.decide(0);
  expect((await stored())[0]).toMatchObject({ fault: null, orders: [{ code: "trading.insufficient_cash" }] });
});

test("an answer without a decision is asked again once, and told what was wrong", async () => {
  scene = await modelScene();
  answers(text("The market looks fine."), decides(buy("50")));
  await scene.decide(0);
  expect(textsOf(1).at(-1)).toContain("Your answer was a text without a decision.");
  expect((await stored())[0]).toMatchObject({ fault: null, orders: [{ symbol: "BTC-USDT" }] });
});

test("tools show the entry's own round, and what they refuse is told to the model", async () => {
  scene = await modelScene();
  const asked = [
    { name: "get_price", args: { symbol: "BTC-USDT" } },
    { name: "get_candles", args: { symbol: "BTC-USDT", count: 2 } },
    { name: "get_indicator", args: { symbol: "ETH-USDT", name: "rsi14" } },
    { name: "get_portfolio", args: {} },
    { name: "write_note", args: { key: "plan", text: "wait" } },
    { name: "get_price", args: { symbol: "__proto__" } },
    { name: "get_portfolio", args: { agent_id: "another" } },
  ];
  answers(says({ calls: asked.map((call, n) => ({ ...call, id: `c${n}` })) }), calls("get_memory", {}));
  await scene.decide(0);
  const results = bodyAt(1)
    .messages.filter(({ role }) => role === "tool")
    .map(({ content }) => String(content));
  expect(results).toHaveLength(asked.length);
  expect(results[0]).toMatch(/^{"price":"\d+"}$/);
  expect(JSON.parse(results[1] ?? "").candles).toHaveLength(2);
  expect(results[2]).toMatch(/^{"rsi14":/);
  expect(JSON.parse(results[3] ?? "")).toMatchObject({ cash: "500", positions: [] });
  expect(results[5]).toContain("There is no such symbol");
  expect(results[6]).toContain("agent_id");
  expect(bodyAt(2).messages.at(-1)?.content).toContain('"notes":{"plan":"wait"}');
  const [memory] = await scene.db.query("select notes, round from memories");
  expect(memory).toEqual({ notes: { plan: "wait" }, round: 0 });
});

test("tools are run where the provider does not say why its answer ended", async () => {
  scene = await modelScene();
  answers(says({ calls: [{ name: "get_portfolio", args: {} }], finish: null }));
  await scene.decide(0);
  expect(String(bodyAt(1).messages.at(-1)?.content)).toContain('"cash":"500"');
});

test("an author chooses the tools, and submit_decision is always there", async () => {
  scene = await modelScene({ tools: ["get_price"] });
  answers();
  await scene.decide(0);
  expect(
    bodyAt(0)
      .tools.map((tool) => tool.function.name)
      .sort(),
  ).toEqual(["get_price", "submit_decision"]);
});

test("a model that never decides stops after its steps", async () => {
  scene = await modelScene({ max_steps: 4 });
  scene.model.script(() => calls("get_portfolio", {}));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(4);
  expect((await stored())[0]).toMatchObject({ outcome: "held", fault: "agent.bad_answer", orders: [] });
});

test("a stall ends with the time that the model has, and the provider's line is closed", async () => {
  scene = await modelScene({ timeout_seconds: 1 });
  scene.model.script(() => ({ kind: "stall" }));
  await scene.decide(0);
  expect((await stored())[0]).toMatchObject({ outcome: "held", fault: "agent.model_unavailable" });
  await expect.poll(() => scene.model.open()).toBe(0);
});

test("a provider that asks for more time than the round has ends in a hold", async () => {
  scene = await modelScene({ timeout_seconds: 1 });
  scene.model.script(() => ({ kind: "answer", status: 429, headers: { "retry-after": "30" }, body: "slow down" }));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(1);
  expect((await stored())[0]).toMatchObject({ fault: "agent.model_unavailable" });
});

test("five rounds without a valid answer halt the entry, and one valid answer begins anew", async () => {
  scene = await modelScene();
  for (let round = 0; round < 9; round++) {
    answers(...(round === 3 ? [] : [text(""), text("")]));
    await scene.decide(round);
    await scene.settle();
    const [entry] = await scene.db.query<{ halted: boolean }>("select halted_at is not null as halted from entries");
    expect(entry?.halted).toBe(round >= 8);
  }
});

test("a task that was taken away ends the loop, and nothing is answered", async () => {
  scene = await modelScene();
  const taken = new AbortController();
  scene.model.script(() => {
    taken.abort();
    return { kind: "stall" };
  });
  const [job] = await scene.open(0);
  expect(job && (await scene.think(job, taken.signal))).toEqual({ kind: "over" });
});

test("a key goes to its hosts alone, and is hidden in what a provider repeats", async () => {
  scene = await modelScene({ key_secret: "LLM_KEY_MINE" });
  const key = "sk-very-secret";
  const host = new URL(scene.model.url).host;
  const variables: Record<string, string> = { LLM_KEY_MINE: key, LLM_HOSTS_MINE: "other.example:443" };
  scene.settings.variable = (name) => variables[name] ?? null;
  answers({ kind: "answer", status: 500, body: `your key ${key} is wrong` }, text(`Your key is ${key}.`));
  await scene.decide(0);
  expect(scene.model.received).toHaveLength(0);
  expect((await stored())[0]).toMatchObject({ fault: "agent.bad_model" });
  variables.LLM_HOSTS_MINE = `other.example:443, ${host}`;
  await scene.settle();
  await scene.decide(1);
  expect(scene.model.received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill(`Bearer ${key}`));
  const rows = await scene.db.query("select * from model_steps");
  const contents = await scene.db.query("select * from model_contents");
  expect(JSON.stringify([rows, contents, scene.run.events])).not.toContain(key);
  expect(JSON.stringify(contents)).toContain("[hidden]");
});
