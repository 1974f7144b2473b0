/** Models of Workers AI: the binding in both of its shapes, what it throws, where it is absent, and its cassette. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { readCassette } from "../../../../src/cli/cassette/file.ts";
import { playCassette } from "../../../../src/cli/cassette/play.ts";
import { recordCassette } from "../../../../src/cli/cassette/record.ts";
import { closeTestServer } from "../../../support/database.ts";
import { openApi } from "../../../support/http-app.ts";
import { type FakeWorkersAi, fakeWorkersAi, WORKERS_AI_MODEL } from "../../../support/models/fake-workers-ai.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, type Reply } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene?.close());
afterAll(closeTestServer);

type Misbehaviour = NonNullable<Parameters<typeof fakeWorkersAi>[1]>;
async function begin(wrong: Misbehaviour = {}, config: Parameters<typeof modelScene>[0] = {}): Promise<FakeWorkersAi> {
  scene = await modelScene({ provider: "workers-ai", model: WORKERS_AI_MODEL, ...config });
  const ai = fakeWorkersAi(scene.model, wrong);
  scene.settings.workersAi = ai;
  return ai;
}
const answers = (...replies: Reply[]) => scene.model.script((_, n) => replies[n] ?? decides(hold));
const fault = async () => {
  const [row] = await scene.db.query<{ fault: string | null }>("select fault from decision_details");
  return row?.fault;
};
const steps = () =>
  scene.db.query<{ state: string; status: number | null; usd: string | null }>(
    "select state, status, trim_scale(usd)::text as usd from model_steps order by step, attempt",
  );

test.each(["choices", "older"] as const)("a model that answers in %s decides, at the table's price", async (shape) => {
  const ai = await begin({ shape }, { budget: { usd_total: "1" } });
  answers(calls("get_price", { symbol: "BTC-USDT" }), decides(buy("50")));
  await scene.decide(0);
  expect(await fault()).toBeNull();
  const [order] = await scene.db.query("select symbol, side from orders");
  expect(order).toEqual({ symbol: "BTC-USDT", side: "buy" });
  expect(ai.ran.map(({ model }) => model)).toEqual([WORKERS_AI_MODEL, WORKERS_AI_MODEL]);
  expect(ai.ran[0]?.inputs).toMatchObject({ max_tokens: 2000, tools: expect.any(Array) });
  expect(ai.ran[0]?.inputs).not.toHaveProperty("model");
  const messages = ai.ran[1]?.inputs.messages;
  expect(Array.isArray(messages) && messages.slice(2)).toMatchObject([
    { role: "assistant", content: "", tool_calls: [{ function: { name: "get_price" } }] },
    { role: "tool", name: "get_price", content: expect.stringMatching(/^{"price":"\d+"}$/) },
  ]);
  const paid = await steps();
  expect(paid.map(({ state }) => state)).toEqual(["answered", "answered"]);
  // 1,000 tokens at 0.293 dollars a million, and 100 at 2.253.
  expect(paid[0]?.usd).toBe("0.0005183");
});

test("what it throws by a code for later is tried again, and another code is not", async () => {
  await begin({
    throws: [new Error("3040: Capacity temporarily exceeded, please try again."), new Error("a lost line")],
  });
  answers(decides(buy("50")));
  await scene.decide(0);
  expect(await fault()).toBeNull();
  expect(await steps()).toMatchObject([{ status: 429 }, { status: null }, { status: 200 }]);
  await scene.close();
  await begin({ throws: [new Error("InferenceUpstreamError: 5007: No such model")] });
  await scene.decide(0);
  expect(await fault()).toBe("agent.model_unavailable");
  expect(await steps()).toMatchObject([{ state: "failed", status: 400, usd: "0" }]);
});

test("a binding that does not heed the end of the time holds nobody", async () => {
  await begin({ isDeaf: true }, { timeout_seconds: 1 });
  scene.model.script(() => ({ kind: "stall" }));
  await scene.decide(0);
  expect(await fault()).toBe("agent.model_unavailable");
});

test("without the binding such an agent is refused with what to do, and holds where it plays already", async () => {
  await begin();
  scene.settings.workersAi = null;
  await scene.decide(0);
  expect(await fault()).toBe("agent.bad_model");
  expect(scene.model.received).toHaveLength(0);
  const api = await openApi({ models: scene.settings });
  const make = (llm: object) => api.post("/agents", { name: `Thinker ${Math.random()}`, kind: "llm", config: { llm } });
  const config = { provider: "workers-ai", model: WORKERS_AI_MODEL };
  const refused = await make(config);
  expect(refused).toMatchObject({ status: 422, body: { code: "agent.bad_model" } });
  expect(refused.body.errors).toMatchObject([{ path: "config.llm.provider" }]);
  expect(refused.body.errors[0].message).toContain('add binding = "AI" to its section ai in wrangler.toml');
  scene.settings.workersAi = fakeWorkersAi(scene.model);
  expect((await make(config)).status).toBe(201);
  for (const [more, path, word] of [
    [{ base_url: scene.model.url }, "base_url", "is not for workers-ai"],
    [{ key_secret: "LLM_KEY_MINE" }, "key_secret", "is not for workers-ai"],
    [{ model: "gpt-4o" }, "model", "begins with @cf/"],
    [{ provider: "openai-compatible" }, "base_url", "or the provider workers-ai"],
  ] as const) {
    const { status, body } = await make({ ...config, ...more });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 422, path: `config.llm.${path}` });
    expect(body.errors[0].message).toContain(word);
  }
  await api.db.close();
});

test("its cassette plays without the binding, to the same decision", async () => {
  const ai = await begin({ shape: "older" });
  answers(calls("get_portfolio", {}), decides(buy("50")));
  const [job] = await scene.open(0);
  if (!job) throw new Error("no job");
  const first = await scene.think(job);
  expect(first).toMatchObject({ kind: "choice", fault: null });
  const folder = mkdtempSync(join(tmpdir(), "agonus-workers-ai-"));
  const path = join(folder, "models.jsonl");
  expect(await recordCassette(scene.db.query, scene.cup.id, "The cup", path)).toBe(2);
  const cassette = await readCassette(path);
  rmSync(folder, { recursive: true });
  if (typeof cassette === "string") throw new Error(cassette);
  const player = await playCassette(cassette);
  await scene.db.query("delete from model_steps");
  Object.assign(scene.settings, { cassette: player.url, workersAi: null });
  expect(await scene.think(job)).toEqual(first);
  expect(ai.ran).toHaveLength(2);
  await player.close();
});
