import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, matchingIds, type TaskFilter } from "../../../../src/db/statements/tasks/filter.ts";
import { listStatements } from "../../../../src/db/statements/tasks/list.ts";
import { runtimeStatements } from "../../../../src/db/statements/tasks/list-by-runtime.ts";
import { filterOf } from "../../../../src/http/tasks/filter.ts";
import { world } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { insertTask } from "../../../support/insert-task.ts";
import { manyTasks } from "../../../support/task-rows.ts";

/** The million is measured by hand (AGONUS_TASK_ROWS=1000000): building it takes longer than a test should. */
const ROWS = Number(process.env.AGONUS_TASK_ROWS ?? 200_000);
const TIMEOUT = 300_000;

let api: Api;
let many: Api;
beforeAll(async () => {
  api = await openApi();
  many = await openApi();
  await manyTasks(many.db.query, { rows: ROWS, days: 4 });
}, TIMEOUT);
afterAll(async () => {
  await api.db.close();
  await many.db.close();
  await closeTestServer();
});

const task = (fields: Record<string, unknown> = {}) =>
  insertTask(api.db.query, { ...fields, id: String(fields.id ?? api.deps.newId()) });
const ids = async (query: string, on = api) => {
  const { status, body } = await on.get(`/tasks?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body.items.map((item: { task_id: string }) => item.task_id);
};

describe("what a list finds", () => {
  test("each condition finds its tasks, and several conditions only the tasks that meet all", async () => {
    const { id: cup, entries } = await world(api.db.query, { entries: 2 });
    const [first, second] = entries;
    if (!first || !second) throw new Error("no entries");
    const a = await task({
      name: "recover_agent_state",
      queue: "recovery",
      tournament_id: cup,
      entry_id: first.id,
      args: { agent_id: first.agentId, n: 7, deep: { on: true } },
    });
    const b = await task({
      name: "run_agent_decision",
      state: "SUCCESS",
      tournament_id: cup,
      entry_id: second.id,
      args: { agent_id: second.agentId, n: "7" },
    });
    const c = await task({
      name: "execute_agent_trade",
      queue: "trading",
      state: "FAILURE",
      tournament_id: cup,
      args: { agent_ids: [first.agentId], n: 8 },
      error: { code: "agent.timeout", message: "100% of it_was slow" },
      signature: "timeout of <id>",
    });
    expect(await ids("state=FAILURE")).toEqual([c]);
    expect(await ids("state=FAILURE,SUCCESS")).toEqual([c, b]);
    expect(await ids("name=run_agent_decision")).toEqual([b]);
    expect(await ids("queue=recovery")).toEqual([a]);
    expect(await ids("queue=agents")).toEqual([b]);
    expect(await ids(`tournament_id=${cup}`)).toEqual([c, b, a]);
    expect(await ids(`agent_id=${first.agentId}`)).toEqual([a]);
    expect(await ids(`entry_id=${second.id}`)).toEqual([b]);
    expect(await ids("args.n=7")).toEqual([b, a]);
    expect(await ids("args.n=8&args.deep.on=true")).toEqual([]);
    expect(await ids("args.deep.on=true")).toEqual([a]);
    expect(await ids(`args.agent_ids=${first.agentId}`)).toEqual([c]);
    expect(await ids("signature=timeout%20of%20%3Cid%3E")).toEqual([c]);
    expect(await ids("q=TIMEOUT")).toEqual([c]);
    expect(await ids("q=100%25%20of")).toEqual([c]);
    expect(await ids("q=it%25was")).toEqual([]);
    expect(await ids("q=agent_")).toEqual(expect.arrayContaining([a, b, c]));
    expect(await ids(`q=${b}`)).toEqual([b]);
    expect(await ids(`q=${first.agentId}`)).toEqual([a]);
    expect(await ids(`tournament_id=${cup}&state=PENDING&args.n=7&q=recover`)).toEqual([a]);
    expect(await ids(`tournament_id=${NOWHERE}`)).toEqual([]);
    const old = await task({ created_at: "2026-01-01T00:00:00Z", id: "019b7681-0c00-7000-8000-000000000001" });
    expect(await ids("until=2026-01-02T00:00:00Z")).toEqual([old]);
    expect(await ids("since=2026-01-02T00:00:00Z")).not.toContain(old);
    // A task that is old and failed just now is among the newest failures.
    const ended = { state: "FAILURE", error: { code: "task.failed", message: "late" } };
    const late = await task({ ...ended, args: { late: true }, created_at: "2026-01-01T00:00:00Z" });
    const before = await task({ ...ended, args: { late: true }, finished_at: "2026-01-01T00:00:00Z" });
    expect(await ids("args.late=true&finished_since=2026-01-02T00:00:00Z")).toEqual([late]);
    expect(await ids("args.late=true")).toContain(before);
  });

  test("items are as GET /tasks/{id} has them for the operator", async () => {
    const id = await task({ state: "FAILURE", error: { code: "task.failed", message: "m", stack: "at x" } });
    const [item] = (await api.get(`/tasks?q=${id}`)).body.items;
    const nobody = { agent: null, tournament: null, round: null };
    expect(item).toEqual({ ...(await api.get(`/tasks/${id}`)).body, about: nobody });
    expect(item.error.stack).toBe("at x");
  });

  test("pages neither repeat nor lose a task while new ones come", async () => {
    for (let n = 0; n < 7; n++) await task({ args: { paged: true } });
    const all = await ids("args.paged=true");
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await api.get(`/tasks?args.paged=true&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map((item: { task_id: string }) => item.task_id));
      cursor = body.next_cursor ?? "";
      await task({ args: { paged: true } });
    } while (cursor);
    expect(seen).toEqual(all);
  });

  test("counts by state come from stored counts and equal a count of the rows", async () => {
    const { body } = await api.get("/tasks?name=cleanup_old_results&state=FAILURE");
    const rows = await api.db.query<{ state: string; n: number }>(
      "select state, count(*) as n from tasks where name = 'cleanup_old_results' group by 1",
    );
    const nothing = { PENDING: 0, STARTED: 0, RETRY: 0, SUCCESS: 0, FAILURE: 0, REVOKED: 0 };
    expect(body.counts).toEqual({ ...nothing, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) });
    expect((await api.get(`/tasks?tournament_id=${NOWHERE}`)).body.counts).toBeNull();
  });

  test("an unknown filter, a wrong value and another list's cursor are refused", async () => {
    for (const query of [
      "status=FAILURE",
      "state=DONE",
      "state=FAILURE,DONE",
      "state=FAILURE'--",
      "name=x' or '1'='1",
      "name=DROP TABLE",
      "queue=agents;delete",
      "agent_id=1",
      "tournament_id=1 or 1=1",
      "since=yesterday",
      "q=ab",
      "args.=1",
      "args=1",
      "args.a'b=1",
      "limit=0",
      "limit=1&limit=2",
      "cursor=nonsense",
    ]) {
      const answer = await api.get(`/tasks?${query}`);
      expect([query, answer.status]).toEqual([query, 422]);
    }
    await task();
    await task();
    const { next_cursor } = (await api.get("/tasks?limit=1")).body;
    expect(next_cursor).not.toBeNull();
    expect((await api.get(`/tasks?limit=1&cursor=${next_cursor}`)).status).toBe(200);
    expect((await api.get(`/tasks?limit=1&state=PENDING&cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
    expect((await api.get(`/trades?cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
    const before = await api.rowCounts();
    expect(await ids("q=%27%3B%20drop%20table%20tasks%3B--&args.x=%27%20or%201%3D1")).toEqual([]);
    expect(await api.rowCounts()).toEqual(before);
    expect((await api.see("/tasks")).status).toBe(401);
    expect((await api.see("/errors")).status).toBe(401);
  });
});

describe("what a list is sorted by", () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 1, 1) + ms).toISOString();
  const ran = (name: string, ms: number) =>
    task({ name, queue: "trading", state: "SUCCESS", created_at: at(0), started_at: at(0), finished_at: at(ms) });
  const walk = async (query: string, limit: number) => {
    const found: string[] = [];
    for (let cursor = ""; ; ) {
      const { status, body } = await api.get(`/tasks?${query}&limit=${limit}${cursor}`);
      expect(status).toBe(200);
      found.push(...body.items.map((item: { task_id: string }) => item.task_id));
      if (body.next_cursor === null) return found;
      cursor = `&cursor=${body.next_cursor}`;
    }
  };

  test("by runtime it is sorted over all pages, whatever the tasks' names; what has not ended is left out", async () => {
    const slow = await ran("execute_agent_trade", 60_000);
    const fast = await ran("execute_agent_trade", 5);
    const same = [await ran("check_tournament_transitions", 70), await ran("execute_agent_trade", 70)];
    await task({ name: "execute_agent_trade", queue: "trading", state: "SUCCESS", started_at: null });
    await task({ name: "execute_agent_trade", queue: "trading" });
    await task({ name: "run_agent_decision", state: "SUCCESS", started_at: at(0), finished_at: at(30_000) });
    const slowest = [slow, ...[...same].sort().reverse(), fast];
    for (const limit of [1, 2, 50]) {
      expect(await walk("queue=trading&sort=-runtime", limit)).toEqual(slowest);
      expect(await walk("queue=trading&sort=runtime", limit)).toEqual([...slowest].reverse());
    }
    expect(await walk("name=execute_agent_trade&sort=-runtime", 2)).toEqual(slowest.filter((id) => id !== same[0]));
    // With a condition that no index of runtimes knows.
    expect(await walk("queue=trading&since=2026-01-01T00:00:00Z&sort=-runtime", 3)).toEqual(slowest);
    expect((await api.get("/tasks?sort=attempt")).status).toBe(422);
    const { next_cursor } = (await api.get("/tasks?limit=1&sort=-runtime")).body;
    expect((await api.get(`/tasks?limit=1&sort=runtime&cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
  });

  test("by its receipt it begins at either end", async () => {
    const newest = await walk("name=execute_agent_trade", 3);
    expect(newest.length).toBeGreaterThan(3);
    expect(await walk("name=execute_agent_trade&sort=received", 3)).toEqual(newest.reverse());
  });
});

describe("names in place of ids", () => {
  test("an agent and a tournament are found by name, as a condition and as text; items say whom they are about", async () => {
    const cup = await world(api.db.query, { entries: 2 });
    const [dip, other] = cup.entries;
    await api.db.query(`update agents set name = 'Dip Buyer' where id = $1`, [dip?.agentId]);
    await api.db.query(`update tournaments set name = 'The named cup' where id = $1`, [cup.id]);
    const decision = (entry: typeof dip, fields: Record<string, unknown> = {}) =>
      task({ name: "run_agent_decision", tournament_id: cup.id, entry_id: entry?.id, ...fields });
    const mine = await decision(dip, { state: "SUCCESS", result: { round: 12, outcome: "held" } });
    const theirs = await decision(other);
    const stray = await task({ state: "FAILURE", args: { agent_id: dip?.agentId, tournament_id: "no id" } });
    expect(await ids("agent=dip%20buyer")).toEqual([stray, mine]);
    expect(await ids("tournament=The%20named%20cup")).toEqual([theirs, mine]);
    expect(await ids("q=p%20buy")).toEqual([mine]);
    expect(await ids("q=named%20cup&state=SUCCESS")).toEqual([mine]);
    expect(await ids("agent=Dip%20Buyer&tournament=the%20NAMED%20cup&sort=received")).toEqual([mine]);
    for (const wrong of ["agent=Dip", "tournament=named", `agent=Dip%20Buyer&agent_id=${NOWHERE}`]) {
      expect([wrong, (await api.get(`/tasks?${wrong}`)).status]).toEqual([wrong, 422]);
    }
    const { items } = (await api.get("/tasks?agent=Dip%20Buyer")).body;
    expect(items.map((item: { about: unknown }) => item.about)).toEqual([
      { agent: { id: dip?.agentId, name: "Dip Buyer" }, tournament: null, round: null },
      { agent: { id: dip?.agentId, name: "Dip Buyer" }, tournament: { id: cup.id, name: "The named cup" }, round: 12 },
    ]);
    expect((await api.get(`/tasks/${mine}/history`)).body.about).toEqual(items[1].about);
  });
});

describe("failures grouped by what went wrong", () => {
  test("a group has its count, times, names and newest tasks; failures without a signature are grouped by code", async () => {
    const error = { code: "agent.failed", message: "agent 17 broke" };
    const group = { state: "FAILURE", error, signature: "agent <n> broke" };
    const first = await task({ ...group, finished_at: "2026-02-01T00:00:00Z" });
    const last = await task({ ...group, name: "run_agent_decision", finished_at: "2026-02-03T00:00:00Z" });
    const bare = await task({ state: "FAILURE", error: { code: "task.lost", message: "gone" } });
    const { body } = await api.get("/errors");
    expect(body.items[0]).toMatchObject({ signature: "task.lost", code: "task.lost", count: 1, task_ids: [bare] });
    expect(body.items[1]).toEqual({
      signature: "agent <n> broke",
      code: "agent.failed",
      count: 2,
      first_seen: "2026-02-01T00:00:00.000Z",
      last_seen: "2026-02-03T00:00:00.000Z",
      names: ["cleanup_old_results", "run_agent_decision"],
      task_ids: [last, first],
      trend: expect.any(Array),
      again: "yes",
      sentence: "The agent did not answer with a valid decision.",
      mend: expect.stringMatching(/^Mend the agent.*A retry may succeed\.$/),
    });
    const { trend } = body.items[1];
    expect([trend.length, trend.reduce((sum: number, n: number) => sum + n, 0)]).toEqual([24, 2]);
    expect(await ids("signature=task.lost")).toEqual([bare]);
    const one = (await api.get("/errors?limit=1")).body;
    expect((await api.get(`/errors?limit=1&cursor=${one.next_cursor}`)).body.items[0].count).toBe(2);
  });
});

/** Blocks that a statement touched, and the partitions that it read from end to end. */
async function explained(text: string, params: readonly unknown[]) {
  const [row] = await many.db.query<{ "QUERY PLAN": [{ Plan: Plan; "Execution Time": number }] }>(
    `explain (analyze, buffers, format json) ${text}`,
    params,
  );
  const [{ Plan: root, "Execution Time": ms }] = row?.["QUERY PLAN"] ?? [{ Plan: {}, "Execution Time": 0 }];
  const scanned: string[] = [];
  const walk = (plan: Plan) => {
    // An empty partition is read so, which costs nothing.
    if (
      plan["Node Type"]?.includes("Seq Scan") &&
      /^tasks_\d/.test(plan["Relation Name"] ?? "") &&
      (plan["Rows Removed by Filter"] ?? 0) + (plan["Actual Rows"] ?? 0) > 0
    )
      scanned.push(plan["Relation Name"] ?? "");
    for (const part of plan.Plans ?? []) walk(part);
  };
  walk(root);
  return { blocks: (root["Shared Hit Blocks"] ?? 0) + (root["Shared Read Blocks"] ?? 0), scanned, ms };
}
interface Plan {
  "Node Type"?: string;
  "Relation Name"?: string;
  "Actual Rows"?: number;
  "Rows Removed by Filter"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: Plan[];
}

const LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const CUP = "select md5('cup3')::uuid as id";

describe(`with ${ROWS} rows over several days`, () => {
  const filters: Record<string, Partial<TaskFilter>> = {
    "no condition": {},
    "a common state": { states: ["SUCCESS"] },
    "a rare state": { states: ["REVOKED"] },
    "a state that none has": { states: ["RETRY"] },
    "several states": { states: ["PENDING", "STARTED", "RETRY"] },
    "the commonest name": { name: "run_agent_decision" },
    "a rare name": { name: "recover_agent_state" },
    "a name that none has": { name: "cleanup_old_results" },
    "a name with a state that it rarely has": { name: "recover_agent_state", states: ["REVOKED"] },
    "the commonest name with a state that it never has": { name: "run_agent_decision", states: ["FAILURE"] },
    "a queue": { queue: "recovery" },
    "a queue and a state": { queue: "trading", states: ["FAILURE"] },
    "a tournament": { tournamentIds: ["CUP"] },
    "a tournament that isn't there": { tournamentIds: [NOWHERE] },
    "a tournament and a rare state": { tournamentIds: ["CUP"], states: ["FAILURE"] },
    "an entry that isn't there": { entryId: NOWHERE },
    "an agent that isn't there": { agentIds: [NOWHERE] },
    "arguments that one task has": { args: [{ path: ["number"], value: "4711" }] },
    "arguments that none has": { args: [{ path: ["no", "such"], value: "x" }] },
    "common arguments": { args: [{ path: ["tournament_id"], value: "CUP" }] },
    "a signature": { signature: "agent.failed kind-3" },
    "a part of an agent's name that none has": { q: "nobody is called so" },
    "a text that one error has": { q: "kind 3 broke at e5" },
    "a text that none has": { q: "no such text" },
    "a part of a rare name": { q: "recover" },
    "an id": { q: NOWHERE },
    "an old hour": {
      since: new Date(Date.now() - 50 * 3_600_000).toISOString(),
      until: new Date(Date.now() - 49 * 3_600_000).toISOString(),
    },
  };

  async function real(part: Partial<TaskFilter>): Promise<TaskFilter> {
    const [cup] = await many.db.query<{ id: string }>(CUP);
    const text = JSON.stringify({ ...(await filterOf(many.db.query, {})), ...part }).replaceAll(
      '"CUP"',
      JSON.stringify(cup?.id),
    );
    return JSON.parse(text);
  }

  test(
    "no list reads a partition from end to end, nor more than a small part of it",
    async () => {
      const [size] = await many.db.query<{ blocks: number }>(
        "select sum(pg_relation_size(inhrelid)) / 8192 as blocks from pg_inherits where inhparent = 'tasks'::regclass",
      );
      const seen: Record<string, string> = {};
      for (const [what, part] of Object.entries(filters)) {
        const { near, far, params } = await listStatements(many.db.query, await real(part));
        let blocks = 0;
        let ms = 0;
        for (const text of near ? [near, far] : [far]) {
          const plan = await explained(text, [LAST, 51, ...params]);
          expect([what, plan.scanned]).toEqual([what, []]);
          // A full page ends the first statement; only what it can't fill asks the second one.
          blocks += plan.blocks;
          ms += plan.ms;
          if (text === near && (await many.db.query(text, [LAST, 51, ...params])).length === 51) break;
        }
        seen[what] = `${blocks} blocks, ${ms.toFixed(1)} ms`;
        expect([what, blocks < Math.max(6000, Number(size?.blocks) / 10)]).toEqual([what, true]);
      }
      if (process.env.AGONUS_TASK_ROWS) console.log(`${ROWS} rows, ${size?.blocks} blocks`, seen);
    },
    TIMEOUT,
  );

  test(
    "no list by runtime reads a partition from end to end, nor more than a small part of it",
    async () => {
      const [size] = await many.db.query<{ blocks: number }>(
        "select sum(pg_relation_size(inhrelid)) / 8192 as blocks from pg_inherits where inhparent = 'tasks'::regclass",
      );
      const seen: Record<string, string> = {};
      const names = [
        "no condition",
        "the commonest name",
        "a rare name",
        "a queue",
        "a common state",
        "a tournament",
        "a signature",
        "a queue and a state",
      ];
      for (const what of names) {
        for (const order of ["slowest", "fastest"] as const) {
          const { near, far, params } = await runtimeStatements(many.db.query, await real(filters[what] ?? {}), order);
          let [blocks, ms] = [0, 0];
          for (const text of near ? [near, far] : [far]) {
            const plan = await explained(text, [null, null, 51, ...params]);
            expect([what, plan.scanned]).toEqual([what, []]);
            blocks += plan.blocks;
            ms += plan.ms;
            if (text === near && (await many.db.query(text, [null, null, 51, ...params])).length === 51) break;
          }
          seen[`${what}, ${order}`] = `${blocks} blocks, ${ms.toFixed(1)} ms`;
          expect([what, blocks < Math.max(12_000, Number(size?.blocks) / 5)]).toEqual([what, true]);
        }
      }
      if (process.env.AGONUS_TASK_ROWS) console.log("by runtime", seen);
    },
    TIMEOUT,
  );

  test(
    "a bulk job's selection is read by index, and so are the groups of failures",
    async () => {
      for (const part of [
        filters["a signature"],
        filters["a tournament and a rare state"],
        filters["a text that none has"],
      ]) {
        const condition = await conditionOf(many.db.query, await real(part ?? {}), 2);
        const text = `select $1::uuid, ids.* from (${matchingIds(condition, "id < $1", "$2")}) ids`;
        expect((await explained(text, [LAST, 100_001, ...condition.params])).scanned).toEqual([]);
      }
      const { body } = await many.get("/errors");
      expect(body.items.map((group: { count: number }) => group.count).reduce((a: number, b: number) => a + b)).toBe(
        ROWS / 100,
      );
    },
    TIMEOUT,
  );
});
