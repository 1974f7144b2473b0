/** Plan steps and theses as the API shows them: what the last orders came to, and what a tournament's end leaves of them. */
import { afterAll, afterEach, expect, test } from "vitest";
import type { Mind } from "../../../../src/core/agents/mind.ts";
import { START } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { openApi } from "../../../support/http-app.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, type Reply, says } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
let api: Awaited<ReturnType<typeof openApi>>;
afterEach(async () => {
  await scene.close();
  await api.db.close();
});
afterAll(closeTestServer);

async function begin(rounds: number): Promise<void> {
  scene = await modelScene({}, { rounds });
  api = await openApi({ query: scene.db.query });
}
async function play(round: number, ...replies: Reply[]): Promise<void> {
  const before = scene.model.received.length;
  scene.model.script((_, n) => replies[n - before] ?? decides(hold));
  await scene.decide(round);
  await scene.settle();
}
const agentId = () => scene.cup.entries[0]?.agentId ?? "";
type Shown = Pick<Mind, "theses"> & { plan_steps: { number: number; state: string; reason: string | null }[] };
async function shown(): Promise<Shown> {
  return (await api.see(`/agents/${agentId()}/memory?tournament_id=${scene.cup.id}`)).body;
}
const ends = async () => (await shown()).plan_steps.map(({ state, reason }) => `${state}: ${reason}`);
/** Due in the next round, and after the end. */
const plan = says({
  calls: [
    {
      name: "plan_step",
      args: { type: "OPEN_POSITION", at: new Date(START + 300_000).toISOString(), symbol: "BTC-USDT" },
      id: "a",
    },
    { name: "plan_step", args: { type: "RESEARCH", at: "2040-01-01T00:00:00Z", note: "Look again." }, id: "b" },
  ],
});
test("a tournament that ends skips what is still planned, and shows what the last orders came to", async () => {
  await begin(2);
  await play(0, plan, decides(hold));
  expect(await ends()).toEqual(["planned: null", "planned: null"]);
  await play(1, decides(buy("50")));
  // The last decision is settled: nobody will decide again, and the rows are as it left them.
  await scene.db.query("update tournaments set status = 'completed', ended_at = agonus_now()");
  expect(await ends()).toEqual(["executed: It was carried out.", "skipped: The tournament ended before."]);
  expect((await shown()).theses).toMatchObject([{ state: "open", symbol: "BTC-USDT" }]);
});

test("an order that is not settled yet leaves its step and its thesis as they are", async () => {
  await begin(12);
  await play(0, plan, decides(hold));
  const before = scene.model.received.length;
  scene.model.script((_, n) => (n === before ? decides(buy("50")) : decides(hold)));
  await scene.decide(1);
  const operator = await api.get(`/agents/${agentId()}/memory?tournament_id=${scene.cup.id}`);
  expect(operator.body.theses).toMatchObject([{ state: "ordered" }]);
  expect(operator.body.plan_steps).toMatchObject([{ state: "planned", reason: null, attempts: 1 }, {}]);
  await scene.settle();
  expect(await ends()).toEqual(["executed: It was carried out.", "planned: null"]);
});

test("a cancelled tournament skips its steps, and so does an agent that leaves", async () => {
  await begin(12);
  await play(0, plan, calls("cancel_plan_step", { number: 1 }), decides(hold));
  await api.post(`/tournaments/${scene.cup.id}/cancel`);
  expect(await ends()).toEqual(["cancelled: The model took it back.", "skipped: The tournament was cancelled before."]);
  await scene.close();
  await api.db.close();
  await begin(12);
  await play(0, plan, decides(hold));
  await api.call("DELETE", `/tournaments/${scene.cup.id}/agents/${agentId()}`);
  expect(await ends()).toEqual(Array(2).fill("skipped: The agent left the tournament before."));
});

test("a step that was due and not ordered says so, whatever becomes of the tournament", async () => {
  await begin(12);
  await play(0, plan, decides(hold));
  await play(1, decides(hold));
  await api.post(`/tournaments/${scene.cup.id}/cancel`);
  expect((await ends())[0]).toBe("skipped: It was due, and the decision had no order for it.");
});

test("a step whose answer can't come any more is lost, once its round is over", async () => {
  await begin(12);
  const [job] = await scene.open(0);
  if (!job) throw new Error("no job");
  const reset = new AbortController();
  scene.model.script(() => {
    reset.abort();
    return { kind: "stall" };
  });
  await scene.think(job, reset.signal);
  // A reset takes the object's memory, and with it the end of the step.
  await scene.db.query("update model_steps set state = 'reserved'");
  const path = `/tournaments/${scene.cup.id}/rounds/0/steps?agent_id=${agentId()}`;
  expect((await api.get(path)).body.steps).toMatchObject([{ state: "reserved", lost: false }]);
  await api.post(`/tournaments/${scene.cup.id}/cancel`);
  expect((await api.get(path)).body.steps).toMatchObject([{ state: "reserved", lost: true }]);
});
