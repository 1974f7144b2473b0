/**
 * The task of a stored decision does not repeat it: its row keeps a few figures, and everything that is shown is composed. It
 * says to the last digit what was known when the decision was stored, however the tournament went on.
 */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance } from "../../../../src/rounds/advance.ts";
import { decideBatch } from "../../../../src/rounds/decide.ts";
import { strategies } from "../../../../src/strategies/registry.ts";
import { type World, world } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, KEY, openApi } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";
import { insertTask } from "../../../support/insert-task.ts";

const ROUNDS = 30;
const NAMES = Object.keys(strategies);

let api: Api;
let cup: World;
let run: InProcess;
/** What each decision answered when it was stored, by entry and round. */
const said = new Map<string, Record<string, unknown>>();
beforeAll(async () => {
  api = await openApi();
  cup = await world(api.db.query, { market: "replay", rounds: ROUNDS, entries: NAMES.length });
  await api.db.query(
    `update entries e set strategy = x.name, params = case when x.name = 'buy_and_hold' then '{"symbol": "BTC-USDT"}'::jsonb else '{}' end,
       limits = case when x.n % 3 = 0 then null else '{"risk_score": "0.5", "max_position_share": "0.35", "cash_reserve_share": "0.1", "max_trades_per_round": 1}'::jsonb end
     from unnest($1::uuid[], $2::text[]) with ordinality x(id, name, n) where e.id = x.id`,
    [cup.entries.map(({ id }) => id), NAMES],
  );
  run = inProcess(api.db.query);
  Object.assign(run.ports, { blockRounds: 0 });
  const greedy = cup.entries[0];
  if (!greedy) throw new Error("no entry");
  // One agent's answer is refused in part, and more often than a result lists.
  const refused = Array.from({ length: 60 }, (_, n) => ({ side: "buy", symbol: "NO-USDT", amount: `${n}.50` }));
  run.answer(greedy.id, () => ({
    kind: "choice",
    choice: {
      orders: [{ side: "buy", symbol: "BTC-USDT", amount: "20.250" }, ...refused],
      reasoning: "it asks for much",
      confidence: 1,
    },
    recovered: true,
  }));
  for (let status: string | null = "live"; status === "live"; ) {
    if (run.queued.length === 0) ({ status } = await advance(run.ports, cup.id));
    const batch = await decideBatch(
      run.ports,
      cup.id,
      cup.entries.map(({ id }) => id),
    );
    for (const [entryId, fate] of batch.fates) {
      if (fate.kind !== "accepted") continue;
      const result = JSON.parse(JSON.stringify(fate.result()));
      said.set(`${entryId} ${result.round}`, result);
    }
    await run.drain(1);
  }
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

async function decisions(entryId: string) {
  const { body } = await api.get(`/tasks?entry_id=${entryId}&name=run_agent_decision&limit=50`);
  return body.items;
}

describe("every strategy over a whole replay", () => {
  test("each task shows the result that its decision had, its arguments and its history", async () => {
    expect(said.size).toBe(ROUNDS * NAMES.length);
    let traded = 0;
    for (const { id, agentId } of cup.entries) {
      const items = await decisions(id);
      expect(items).toHaveLength(ROUNDS);
      for (const item of items) {
        expect(item.result).toEqual(said.get(`${id} ${item.result.round}`));
        expect(item.args).toEqual({ tournament_id: cup.id, agent_id: agentId, recover_from_crash: true });
        expect(item.about).toMatchObject({
          agent: { id: agentId },
          tournament: { id: cup.id },
          round: item.result.round,
        });
        if (item.result.performance.trades > 0) traded++;
      }
    }
    expect(traded).toBeGreaterThan(ROUNDS);
  });

  test("one task alone says the same, and why it ended", async () => {
    const [entry] = cup.entries;
    const item = (await decisions(entry?.id ?? "")).at(-1);
    const { body } = await api.get(`/tasks/${item.task_id}`);
    expect(body).toMatchObject({ args: item.args, result: item.result, state: "SUCCESS" });
    expect(body.result.refused).toHaveLength(50);
    expect(body.result).toMatchObject({ refused_count: 60, recovered: true, orders: [{ amount: "20.25" }] });
    const history = (await api.get(`/tasks/${item.task_id}/history`)).body.items;
    expect(history).toEqual([
      {
        at: item.finished_at,
        state: "SUCCESS",
        attempt: 1,
        why: "decided in its round's batch",
        by: "test",
        code_version: "test-version",
      },
    ]);
  });

  test("its row repeats nothing", async () => {
    const [{ most, least } = {}] = await api.db.query<{ most: number; least: number }>(
      `select max(pg_column_size(t.*)) as most, min(pg_column_size(t.*)) as least from tasks t where name = 'run_agent_decision'`,
    );
    expect(least).toBeLessThan(300);
    expect(most).toBeLessThan(400);
  });

  test("details that were dropped leave the reasoning out, and nothing else", async () => {
    const [, entry] = cup.entries;
    const [newest] = await decisions(entry?.id ?? "");
    await api.db.query("delete from decision_details where entry_id = $1", [entry?.id]);
    const { reasoning, ...rest } = newest.result;
    expect(typeof reasoning).toBe("string");
    expect((await decisions(entry?.id ?? ""))[0].result).toEqual(rest);
  });
});

describe("what finds it", () => {
  const found = async (query: string) =>
    (await api.get(`/tasks?limit=1&${query}`)).body.items.map((t: { about: unknown }) => t.about);

  test.for([
    ["its agent", (agentId: string) => `args.agent_id=${agentId}&name=run_agent_decision`],
    ["its tournament", () => `args.tournament_id=${cup.id}&name=run_agent_decision`],
    ["recovery", () => "args.recover_from_crash=true&name=run_agent_decision"],
    ["a text that is its agent's id", (agentId: string) => `q=${agentId}&name=run_agent_decision`],
    [
      "both",
      (agentId: string) =>
        `args.agent_id=${agentId}&args.tournament_id=${cup.id}&name=run_agent_decision&sort=-runtime`,
    ],
  ] as const)("%s", async ([, query]) => {
    const agentId = cup.entries.at(-1)?.agentId ?? "";
    expect(await found(query(agentId))).toMatchObject([{ tournament: { id: cup.id } }]);
  });

  test.for([
    "args.recover_from_crash=false",
    "args.agent_id=nobody",
    "args.agent_id.deeper=x",
    "args.agent_id=00000000-0000-0000-0000-000000000000",
    "args.round=3",
  ])("%s finds none", async (query) => {
    expect(await found(`${query}&name=run_agent_decision`)).toEqual([]);
  });
});

describe("a task that runs again", () => {
  test.for(["alone", "by a bulk job"] as const)(
    "%s: its row has its arguments and its history from then on",
    async (how) => {
      const entry = cup.entries.at(how === "alone" ? -1 : -2);
      const [task] = await decisions(entry?.id ?? "");
      const id = task.task_id;
      if (how === "alone") expect((await api.post(`/tasks/${id}/retry`)).status).toBe(202);
      else {
        const job = (await api.post("/bulk", { action: "retry", ids: [id] })).body;
        expect(job).toMatchObject({ frozen: 1 });
        await api.post("/bulk", { token: job.token });
        await run.runTask("run_bulk_job", { bulk_id: job.bulk_id });
      }
      const [row] = await api.db.query(`select state, args, result, round from tasks where id = $1`, [id]);
      expect(row).toEqual({ state: "PENDING", args: task.args, result: null, round: null });
      expect((await api.get(`/tasks/${id}/history`)).body.items).toMatchObject([
        { state: "SUCCESS", why: "decided in its round's batch", at: task.finished_at },
        { state: "PENDING", why: how === "alone" ? "run again" : "run again by a bulk job" },
      ]);
    },
  );

  test("no other change leaves a row without arguments that is not a decision's", async () => {
    const [{ id } = {}] = await api.db.query<{ id: string }>("select id from tasks where args is null limit 1");
    await expect(
      api.db.query("update tasks set state = 'PENDING', finished_at = null where id = $1", [id]),
    ).rejects.toThrow("tasks_decided");
    await expect(api.db.query("update tasks set round = null where id = $1", [id])).rejects.toThrow("tasks_args");
  });
});

test("a look at a task is one statement for whoever asks, and one more reads the decisions of a whole page", async () => {
  const sent: string[] = [];
  const { query } = api.deps;
  const counting: typeof query = (text, params) => {
    sent.push(text);
    return query(text, params);
  };
  Object.assign(api.deps, { query: counting });
  try {
    const [decision] = await query<{ id: string }>("select id from tasks where args is null limit 1");
    const other = await insertTask(query, { id: uuidv7(), state: "SUCCESS" });
    const count = async (path: string, key: string | null) => {
      sent.length = 0;
      expect(await api.call("GET", path, { key })).toMatchObject({ status: 200 });
      return sent.filter((text) => /\b(from|join) (tasks|decisions)\b/.test(text)).length;
    };
    expect(await count(`/tasks/${other}`, null)).toBe(1);
    expect(await count(`/tasks/${decision?.id}`, null)).toBe(2);
    expect(await count("/tasks?name=run_agent_decision&limit=50", KEY)).toBe(2);
  } finally {
    Object.assign(api.deps, { query });
  }
});
