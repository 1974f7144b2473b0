/** The SQL functions that say a task's history line and a decision's key: what they answer, and that they cost nothing. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../../src/core/limits.ts";
import { decisionKey } from "../../../src/rounds/decision-key.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());
afterAll(closeTestServer);

async function only<T>(sql: string, params: readonly unknown[] = []): Promise<T> {
  const [row] = await db.query<{ value: T }>(`select ${sql} as value`, params);
  if (!row) throw new Error("no row");
  return row.value;
}

test("a history keeps its first line and the newest, as many as limits.historyItemsMax", async () => {
  const lines = (n: number) => JSON.stringify(Array.from({ length: n }, (_, at) => ({ at })));
  const added = (n: number) =>
    only<Record<string, unknown>[]>(`agonus_history($1::jsonb, 'RETRY', 3, 'because', 'worker 1 @ v7')`, [lines(n)]);
  const line = {
    at: expect.any(String),
    state: "RETRY",
    attempt: 3,
    why: "because",
    by: "worker 1",
    code_version: "v7",
  };
  expect(await added(0)).toEqual([line]);
  expect(await added(limits.historyItemsMax - 1)).toHaveLength(limits.historyItemsMax);
  const full = await added(limits.historyItemsMax);
  expect(full).toHaveLength(limits.historyItemsMax);
  expect(full.slice(0, 2)).toEqual([{ at: 0 }, { at: 2 }]);
  expect(full.at(-1)).toEqual(line);
});

test("the decision's key is the same text in SQL and in TypeScript, and tells its round", async () => {
  const [round, entry, other] = [randomUUID(), randomUUID(), randomUUID()];
  const key = decisionKey(round, entry);
  expect(await only("agonus_decision_key($1, $2)", [round, entry])).toBe(key);
  expect(await only("agonus_decided_round($1)", [key])).toBe(round);
  expect(await only("agonus_decided_round($1)", [`unique:${key}`])).toBeNull();
  expect(await only("agonus_decided_round('decide:somebody')")).toBeNull();
  expect(await only("agonus_is_decision_of($1, $2)", [key, round])).toBe(true);
  expect(await only("agonus_is_decision_of($1, $2)", [key, other])).toBe(false);
  expect(await only("agonus_is_decision_of($1, $2)", [`recover:${round}:${entry}`, round])).toBe(false);
});

test("the planner inlines them all: no statement calls one", async () => {
  const explain = async (sql: string) =>
    (await db.query<{ "QUERY PLAN": string }>(`explain (verbose, costs off) ${sql}`))
      .map((row) => row["QUERY PLAN"])
      .join("\n");
  const plans = await Promise.all(
    [
      "update tasks t set history = agonus_history(t.history, 'RETRY', t.attempt, 'because', t.consumer)",
      `select agonus_history('[]', 'SUCCESS', 1, 'because', e.agent_name), agonus_decided_round(e.agent_name) from entries e`,
      `select from rounds r join entries e on e.tournament_id = r.tournament_id
         join task_keys k on k.key = agonus_decision_key(r.id, e.id)`,
      "select from rounds r join task_keys k on agonus_is_decision_of(k.key, r.id)",
    ].map(explain),
  );
  for (const plan of plans) {
    expect(plan).not.toMatch(/agonus_(history|signed|now|decision_key|is_decision_of|decided_round)/);
  }
  expect(plans.at(-1)).toMatch(/Index Cond: \(\(k.key >= /);
});
