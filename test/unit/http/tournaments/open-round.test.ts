/** What the public learns of an open round: that an agent has decided, and nothing of the decision. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNews } from "../../../../src/feed/events.ts";
import type { DecisionReply } from "../../../../src/rounds/ports.ts";
import { count, testClock, type World, world } from "../../../support/builders.ts";
import { closeTestServer, makeTemplate } from "../../../support/database.ts";
import { KEY } from "../../../support/http-app.ts";
import { type HttpEngine, openEngine } from "../../../support/http-engine.ts";
import { inProcess } from "../../../support/in-process.ts";
import { openRoundOf } from "../../../support/round-scene.ts";

let template: string;
let cup: World;
/** The tasks of the first entry: its decision, its recovery, and one run without recovery, which has no key. */
let tasks: { readonly decide: string; readonly recover: string; readonly again: string };

beforeAll(async () => {
  template = await makeTemplate(async (query) => {
    cup = await world(query, { entries: 3 });
    const clock = await testClock(query, cup.due(0));
    const scene = { query, db: query, clock, cup };
    if (!(await openRoundOf(scene, 0))) throw new Error("the round did not open");
    await clock.add(1000);
    const { ports } = inProcess(query);
    const [first] = cup.entries;
    const whose = { tournament_id: cup.id, agent_id: first?.agentId ?? "" };
    const made = (name: string, args: Record<string, unknown>) => ports.enqueue(name, args, { by: "test" });
    tasks = {
      decide: (await made("run_agent_decision", whose)).taskId,
      recover: (await made("recover_agent_state", whose)).taskId,
      again: (await made("run_agent_decision", { ...whose, recover_from_crash: false })).taskId,
    };
  });
});
afterAll(closeTestServer);

const choice = (orders: object[], memory?: object): DecisionReply => ({
  kind: "choice",
  choice: { orders, reasoning: `it places ${orders.length}`, confidence: 1, ...(memory ? { memory } : {}) },
  recovered: false,
});
const buy = (amount: string) => ({ side: "buy", symbol: "BTC-USDT", amount });
const wrong = (what: string): DecisionReply => ({ kind: "failed", code: "agent.failed", message: what });

/** Every way to decide; each must look like every other one. */
const decided: Readonly<Record<string, DecisionReply>> = {
  "a hold": choice([]),
  "a hold with notes": choice([], { plan: "wait" }),
  "an order": choice([buy("50")]),
  "an order with notes": choice([buy("50")], { plan: "buy" }),
  "two orders": choice([buy("50"), buy("60")]),
  "a refused order": choice([buy("100000")]),
};
const failed: Readonly<Record<string, DecisionReply>> = {
  "a failure": wrong("no answer"),
  "a failure that says what it wanted": wrong("can't buy 50 of BTC-USDT"),
};

async function deliver({ run }: HttpEngine, taskId: string): Promise<void> {
  run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: [taskId] } });
  await run.drain();
}

/** A copy of the scene in which the first entry gives the answer, is asked again, and is recovered. */
async function after<T>(reply: DecisionReply | null, look: (engine: HttpEngine) => Promise<T>): Promise<T> {
  const engine = await openEngine({ metricsOpen: true }, template);
  const { api, run } = engine;
  try {
    if (reply) {
      run.answer(cup.entries[0]?.id ?? "", () => reply);
      await deliver(engine, tasks.decide);
      await deliver(engine, tasks.again);
      await deliver(engine, tasks.recover);
    }
    expect(await count(api.db.query, "rounds where state = 'open'"), "the round is open").toBe(1);
    return await look(engine);
  } finally {
    await api.db.close();
  }
}

/** Every path that a GET can have here, from the routes themselves. */
function pathsOf({ api }: HttpEngine): string[] {
  const agents = cup.entries.map(({ agentId }) => agentId);
  const ids: Readonly<Record<string, readonly string[]>> = {
    tournaments: [cup.id],
    agents,
    tasks: Object.values(tasks),
  };
  const routes = api.app.routes.filter(({ method, path }) => method === "GET" && !path.endsWith("*"));
  const paths = routes.flatMap(({ path }) => {
    const [, first = "", second] = path.split("/");
    const whole = path.replace(":number", "0").replaceAll(/:(?!id)\w+/g, "1");
    if (second !== ":id") return [whole];
    return (ids[first] ?? [cup.id]).map((id) => whole.replace(":id", id));
  });
  const asked = ["", `?tournament_id=${cup.id}`, `?agent_id=${agents[0]}`];
  return [...new Set(paths)].flatMap((path) => asked.map((query) => path + query));
}

type Seen = Record<string, unknown>;

async function see(engine: HttpEngine, key: string | null = null): Promise<Seen> {
  const seen: Seen = {};
  for (const path of pathsOf(engine)) {
    const { status, headers, body } = await engine.api.call("GET", path, { key });
    seen[path] = { status, headers: Object.fromEntries(headers), body };
  }
  const { query } = engine.api.db;
  const news = await readNews(query, cup.id, null);
  seen.feed = news;
  const began = await openEngine({}, template);
  const before = await readNews(began.api.db.query, cup.id, null);
  await began.api.db.close();
  if (!before || before === "too_far") throw new Error("no feed");
  seen["feed since"] = await readNews(query, cup.id, before.cursor);
  return seen;
}

const differing = (a: Seen, b: Seen) =>
  Object.keys(a).filter((path) => JSON.stringify(a[path]) !== JSON.stringify(b[path]));

test("the walk sees every public list, and each task by its id", async () => {
  const seen = await after(null, see);
  const open = Object.entries(seen).filter(([, answer]) => JSON.stringify(answer).includes('"status":200'));
  const paths = open.map(([path]) => path);
  expect(paths.length).toBeGreaterThan(40);
  const [agent] = cup.entries.map(({ agentId }) => agentId);
  for (const path of [
    `/tournaments/${cup.id}/agents`,
    `/tournaments/${cup.id}/rounds/0`,
    `/tournaments/${cup.id}/decisions`,
    `/agents/${agent}/state`,
    `/agents/${agent}/memory`,
    `/agents/${agent}/stats`,
    `/tasks/${tasks.decide}`,
    `/tasks/${tasks.decide}/why`,
    `/tasks/${tasks.recover}`,
    "/metrics",
    "/health",
  ]) {
    expect(paths).toContain(path);
  }
});

test.each([
  ["decided", decided],
  ["failed", failed],
])(
  "however an agent has %s in the open round, all public answers and the feed are the same",
  async (_, replies) => {
    const [first, ...others] = Object.entries(replies);
    const base = await after(first?.[1] ?? null, see);
    for (const [name, reply] of others) {
      const other = await after(reply, see);
      for (const path of differing(base, other)) expect(other[path], `${name}: ${path}`).toEqual(base[path]);
      expect(differing(base, other), name).toEqual([]);
    }
  },
  240_000,
);

test("only counts, the feed and tasks show that an agent has decided", async () => {
  const before = await after(null, see);
  const held = await after(choice([]), see);
  const paths = differing(before, held).map((path) => path.replaceAll(/[0-9a-f-]{36}/g, "ID").replace(/\?.*/, ""));
  expect([...new Set(paths)].toSorted()).toEqual(
    [
      // Recoveries are counted, whatever was decided.
      "/agents/ID/state",
      "/tournaments/ID/agents",
      "/metrics",
      "/tasks/ID",
      "/tasks/ID/why",
      "/tournaments/ID/rounds/ID",
      "feed",
      "feed since",
    ]
      .map((path) => path.replace("rounds/ID", "rounds/0"))
      .toSorted(),
  );
});

test("the operator sees all of it at once", async () => {
  await after(decided["an order"] ?? null, async ({ api }) => {
    const [entry] = cup.entries;
    const entries = await api.get(`/tournaments/${cup.id}/agents`);
    const own = entries.body.items.find((item: { agent_id: string }) => item.agent_id === entry?.agentId);
    // An order and a recovery.
    expect(own.version).toBe(2);
    expect((await api.get(`/agents/${entry?.agentId}/state`)).body).toMatchObject({ version: 2, live_hidden: false });
    const task = await api.get(`/tasks/${tasks.decide}`, { key: KEY });
    expect(task.body.result).toMatchObject({ outcome: "made", orders: [buy("50")] });
    expect((await api.get(`/tasks/${tasks.recover}`)).body.result).toMatchObject({ from_version: 1, version: 2 });
    expect((await api.see(`/tasks/${tasks.recover}`)).body.result).toMatchObject({ recoveries: 1, hidden: true });
  });
  await after(failed["a failure that says what it wanted"] ?? null, async ({ api }) => {
    expect((await api.get(`/tasks/${tasks.decide}`)).body.error.message).toContain("can't buy 50");
    expect((await api.see(`/tasks/${tasks.decide}`)).body.error).toEqual({ hidden: true });
  });
});

test("once the round has closed, the public sees it too", async () => {
  await after(decided["an order"] ?? null, async ({ api }) => {
    await api.db.query(`update rounds set state = 'closed', closed_at = agonus_now()`);
    const [entry] = cup.entries;
    expect((await api.see(`/agents/${entry?.agentId}/state`)).body).toMatchObject({ version: 2, live_hidden: false });
    expect((await api.see(`/tasks/${tasks.decide}`)).body.result).toMatchObject({ outcome: "made" });
  });
});

test("a round that opens while the object answers hides the object's state", async () => {
  const [entry] = cup.entries;
  const engine = await openEngine(
    {
      liveState: async () => {
        await engine.api.db.query("update rounds set state = 'open', closed_at = null");
        return { account: "of the open round" };
      },
    },
    template,
  );
  await engine.api.db.query("update rounds set state = 'closed', closed_at = agonus_now()");
  const { body } = await engine.api.see(`/agents/${entry?.agentId}/state`);
  await engine.api.db.close();
  expect(body).toMatchObject({ version: null, live: null, live_hidden: true });
});

test("only operators see a rehearsal while the tournament runs: the next round may ask the same", async () => {
  await after(null, async ({ api }) => {
    const result = { outcome: "rehearsal", round: null, orders: [buy("50")], refused: [], reasoning: "it buys" };
    await api.db.query(`update rounds set state = 'skipped', skip_reason = 'late'`);
    await api.db.query(
      `update tasks set state = 'SUCCESS', result = $2::jsonb, finished_at = agonus_now() where id = $1`,
      [tasks.again, JSON.stringify(result)],
    );
    const path = `/tasks/${tasks.again}`;
    expect((await api.get(path)).body.result).toEqual(result);
    const hidden = { outcome: "rehearsal", round: null, orders: [], refused: [], reasoning: null, hidden: true };
    expect((await api.see(path)).body.result).toEqual(hidden);
    await api.db.query(`update tournaments set status = 'cancelled', ended_at = agonus_now()`);
    expect((await api.see(path)).body.result).toEqual(result);
  });
});
