/** What a model's decision asks of the database, and which texts it sends there. */
import { afterAll, afterEach, expect, test } from "vitest";
import { count } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { calls, decides, hold } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

interface Sent {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** What `work` sends to the database. */
async function sentBy(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const { query } = scene.db;
  const recording: typeof query = (text, params = []) => {
    sent.push({ text, params });
    return query(text, params);
  };
  Object.assign(scene.run.ports, { query: recording });
  await work();
  Object.assign(scene.run.ports, { query });
  return sent;
}

/** Two models of one author. `instructions`: a text that no other test has stored in this process. */
async function twoModels(instructions = "") {
  scene = await modelScene({ instructions }, { entries: 2 });
  scene.model.script((request) =>
    request.messages.length === 2 ? calls("get_price", { symbol: "BTC-USDT" }) : decides(hold),
  );
  const [first, second] = await scene.open(0);
  if (!first || !second) throw new Error("two models have jobs");
  return { first, second };
}

/** The texts that a statement brings, if it reserves a step. */
const textsOf = ({ text, params }: Sent): string[] =>
  text.includes("guard model-budget") ? Object.values(JSON.parse(String(params[12])) as Record<string, string>) : [];
const UNKNOWN = `(select x->>'hash' as hash from model_steps, jsonb_path_query(request, '$.messages[*].parts[*]') x
  union select request->>'head' from model_steps) h where hash not in (select hash from model_contents)`;

test("a decision of two steps reads three times side by side, and has two statements a step", async () => {
  const { first, second } = await twoModels();
  await scene.think(first);
  expect(await sentBy(() => scene.think(second))).toHaveLength(7);
});

test("a model's task is claimed, finds its entry, and is handed over", async () => {
  scene = await modelScene();
  const sent = await sentBy(() => scene.open(0));
  const claim = sent.findIndex(({ text }) => text.includes("guard claim-due"));
  expect(sent.slice(claim)).toHaveLength(2);
});

test("a text is sent to the database once, whoever's step it belongs to", async () => {
  const instructions = `Hold, as ${crypto.randomUUID()} says.`;
  const { first, second } = await twoModels(instructions);
  const carried = async (job: typeof first) =>
    (await sentBy(() => scene.think(job))).flatMap(textsOf).filter((text) => text.includes(instructions)).length;
  expect([await carried(first), await carried(second)]).toEqual([1, 0]);
  expect(scene.model.received.filter(({ body }) => JSON.stringify(body).includes(instructions))).toHaveLength(4);
  expect(await count(scene.db.query, UNKNOWN)).toBe(0);
});

test("a text that the database has lost meanwhile is stored again", async () => {
  const { first, second } = await twoModels();
  await scene.think(first);
  await scene.db.query("delete from model_steps");
  await scene.db.query("delete from model_contents");
  await scene.think(second);
  expect(await count(scene.db.query, "model_steps")).toBe(2);
  expect(await count(scene.db.query, UNKNOWN)).toBe(0);
});
