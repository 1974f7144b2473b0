/** One tournament, one round a fault of a provider: each ends in the decision that it should. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { fakeWorkersAi, WORKERS_AI_MODEL } from "../../../support/models/fake-workers-ai.ts";
import { modelFaults } from "../../../support/models/model-faults.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { decides, hold } from "../../../support/models/scripted-model.ts";

const faults = Object.entries(modelFaults).map(([name, fault], round) => ({ name, fault, round }));
afterAll(closeTestServer);

describe.for(["chat completions", "the older shape of Workers AI"])("a provider's fault in %s", (shape) => {
  let scene: ModelScene;
  beforeAll(async () => {
    const isBinding = shape !== "chat completions";
    const config = isBinding ? { provider: "workers-ai" as const, model: WORKERS_AI_MODEL } : {};
    scene = await modelScene(config, { rounds: faults.length });
    if (isBinding) scene.settings.workersAi = fakeWorkersAi(scene.model, { shape: "older" });
    await scene.db.query(
      `update entries set limits = '{"risk_score": "1", "max_position_share": "1", "cash_reserve_share": "0", "max_trades_per_round": 9}'`,
    );
  });
  afterAll(() => scene.close());

  test.for(faults)("$name", async ({ fault, round }) => {
    const before = scene.model.received.length;
    scene.model.script((_, n) => fault.replies[n - before] ?? decides(hold));
    await scene.decide(round);
    expect(scene.model.received.length - before).toBe(fault.requests);
    const [decision] = await scene.db.query(
      `select d.order_count as orders, x.fault, t.state, (select count(*)::int from model_steps s where s.round_id = r.id) as sent,
       (select count(*)::int from model_steps s where s.round_id = r.id and s.state = 'reserved') as held
     from rounds r join decisions d on d.round_id = r.id join decision_details x using (round_id, entry_id)
     join task_keys k on k.key = agonus_decision_key(r.id, d.entry_id) join tasks t on t.id = k.task_id where r.number = $1`,
      [round],
    );
    expect(decision).toEqual({ ...fault.stored, state: "SUCCESS", sent: fault.requests, held: 0 });
    const [account] = await scene.db.query<{ kept: boolean }>(
      "select round_tokens >= 0 and held_usd = 0 as kept from model_accounts",
    );
    expect(account?.kept).toBe(true);
    await scene.settle();
  });
});
