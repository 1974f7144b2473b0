/** Whole decisions by seed, with faults of the provider and resets of the object: what is sent was reserved before. */
import { afterAll, afterEach, expect, test } from "vitest";
import { type Random, seededRandom } from "../../../../src/core/random.ts";
import type { ThinkingJob } from "../../../../src/rounds/ports.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, type Reply, says, text } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

const SEEDS = 200;
const OUTPUT = 200;
const prices = { input_usd_per_million: "2", output_usd_per_million: "10" };

/** The rows of the one entry, as they stand now. */
async function books() {
  const [row] = await scene.db.query<
    Record<"sent" | "reserved" | "kept" | "spent" | "round", number> & { usd: string }
  >(
    `select (select count(*) from model_steps)::int as sent,
       (select reserved_tokens from model_steps order by step desc, attempt desc limit 1)::int as reserved,
       (select coalesce(sum(reserved_tokens), 0) from model_steps where state = 'reserved')::int as kept,
       (select coalesce(sum(input_tokens + output_tokens), 0) from model_steps)::int as spent,
       round_tokens::int as round, trim_scale(usd + held_usd)::text as usd from model_accounts`,
  );
  if (!row) throw new Error("nothing is reserved");
  return row;
}

function replyOf({ next, int }: Random, bytes: number): Reply {
  const pick = <T>(one: T, ...more: readonly T[]): T => more[int(more.length + 1)] ?? one;
  const usage = { prompt_tokens: int(bytes), completion_tokens: int(OUTPUT) };
  const dice = next();
  if (dice < 0.2)
    return says({ calls: [{ name: "submit_decision", args: pick<unknown>(hold, buy("50"), buy("5000")) }], usage });
  if (dice < 0.6) return says({ calls: [{ name: pick("get_portfolio", "get_memory", "unknown"), args: {} }], usage });
  if (dice < 0.7) return calls("plan_step", { type: "RESEARCH", at: "2030-01-01T00:00:00Z", note: "Look." });
  if (dice < 0.85) return { kind: "answer", status: pick(429, 500, 503), headers: { "retry-after": "0" }, body: "{}" };
  return pick(text("no decision"), decides({ orders: "none" }), says({ usage: null }));
}

/** Tells the faults that came, and what was wrong. */
async function playSeed(seed: number, job: ThinkingJob) {
  const dice = seededRandom(`model ${seed}`);
  const room = 30_000 + dice.int(500_000);
  const dollars = (0.1 + dice.next() * 2).toFixed(4);
  await scene.db.query("delete from model_steps");
  await scene.db.query("delete from model_accounts");
  await scene.db.query("update entries set params = jsonb_set(params, '{llm,budget}', $1::jsonb)", [
    JSON.stringify({ tokens_per_round: room, usd_total: dollars }),
  ]);
  const first = scene.model.received.length;
  const wrong: string[] = [];
  let reset = new AbortController();
  scene.model.script(async (_, n) => {
    const bytes = scene.model.received[n]?.bytes ?? 0;
    const { sent, reserved, round, usd } = await books();
    if (sent !== n - first + 1) wrong.push(`request ${n - first} came with ${sent} reservations`);
    if (reserved < bytes + OUTPUT) wrong.push(`${reserved} were reserved for ${bytes} bytes`);
    if (round > room) wrong.push(`${round} tokens of ${room}`);
    if (Number(usd) > Number(dollars)) wrong.push(`$${usd} of $${dollars}`);
    if (dice.next() >= 0.1) return replyOf(dice, bytes);
    reset.abort();
    return { kind: "stall" };
  });
  let [resets, fault] = [0, null as string | null];
  for (;;) {
    const answer = await scene.think(job, reset.signal);
    if (answer.kind === "choice") {
      fault = answer.fault;
      break;
    }
    resets += 1;
    reset = new AbortController();
  }
  if (scene.model.received.length > first) {
    const { kept, spent, round } = await books();
    if (round !== spent + kept) wrong.push(`the account has ${round} tokens, its steps ${spent} and ${kept}`);
    if (spent + kept > room) wrong.push(`${spent} and ${kept} of ${room} at the end`);
  }
  return { wrong, fault, resets };
}

test("in 200 seeds each request was reserved before it came, and no budget was overdrawn", {
  timeout: 240_000,
}, async () => {
  scene = await modelScene({ prices, max_output_tokens: OUTPUT, max_steps: 6 });
  const [job] = await scene.open(0);
  if (!job) throw new Error("no job");
  const ends: Record<string, number> = {};
  let resets = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const played = await playSeed(seed, job);
    expect(played.wrong, `seed ${seed}`).toEqual([]);
    resets += played.resets;
    ends[played.fault ?? "decided"] = (ends[played.fault ?? "decided"] ?? 0) + 1;
  }
  // The seeds go all ways: decisions, spent budgets, bad answers, and resets in mid call.
  expect(Object.keys(ends).sort()).toEqual(["agent.bad_answer", "agent.budget_spent", "decided"]);
  for (const times of Object.values(ends)) expect(times).toBeGreaterThan(5);
  expect(resets).toBeGreaterThan(20);
});
