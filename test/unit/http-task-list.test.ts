import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, matchingIds, type TaskFilter } from "../../src/db/statements/task-filter.ts";
import { listStatements } from "../../src/db/statements/task-list.ts";
import { filterOf } from "../../src/http/task-filter.ts";
import { world } from "../builders.ts";
import { closeTestServer } from "../database.ts";
import { manyTasks } from "../task-rows.ts";
import { type Api, NOWHERE, openApi } from "./http-app.ts";

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

async function task(fields: Record<string, unknown> = {}): Promise<string> {
  const id = String(fields.id ?? api.deps.newId());
  const finished = ["SUCCESS", "FAILURE", "REVOKED"].includes(String(fields.state));
  const row = {
    id,
    name: "cleanup_old_results",
    queue: "agents",
    state: "PENDING",
    args: {},
    max_attempts: 4,
    attempt: 0,
    sends: 0,
    lost_leases: 0,
    cancel_requested: false,
    history: [],
    due_at: new Date().toISOString(),
    created_at: new Date().toISOString(),
    finished_at: finished ? new Date().toISOString() : null,
    ...fields,
  };
  await api.db.query("insert into tasks select * from jsonb_populate_record(null::tasks, $1::jsonb)", [
    JSON.stringify(row),
  ]);
  return id;
}
const ids = async (query: string, on = api) => {
  const { status, body } = await on.get(`/tasks?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body.items.map((item: { task_id: string }) => item.task_id);
};

describe("what a list finds", () => {
  test("each condition finds its tasks, and several together only what fits all", async () => {
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
    expect(item).toEqual((await api.get(`/tasks/${id}`)).body);
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

  test("counts by state come from the roll-up and say what a count would", async () => {
    const { body } = await api.get("/tasks?name=cleanup_old_results&state=FAILURE");
    const rows = await api.db.query<{ state: string; n: number }>(
      "select state, count(*) as n from tasks where name = 'cleanup_old_results' group by 1",
    );
    const nothing = { PENDING: 0, STARTED: 0, RETRY: 0, SUCCESS: 0, FAILURE: 0, REVOKED: 0 };
    expect(body.counts).toEqual({ ...nothing, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) });
    expect((await api.get(`/tasks?tournament_id=${NOWHERE}`)).body.counts).toBeNull();
  });

  test("what is no filter, no value of one, or another list's cursor is refused", async () => {
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

describe("failures by what went wrong", () => {
  test("a group has its count, its times, its names and its newest tasks; what has no signature goes by its code", async () => {
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
    });
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
    "a tournament": { tournamentId: "CUP" },
    "a tournament that isn't there": { tournamentId: NOWHERE },
    "a tournament and a rare state": { tournamentId: "CUP", states: ["FAILURE"] },
    "an entry that isn't there": { entryId: NOWHERE },
    "an agent that isn't there": { agentId: NOWHERE },
    "arguments that one task has": { args: [{ path: ["number"], value: "4711" }] },
    "arguments that none has": { args: [{ path: ["no", "such"], value: "x" }] },
    "common arguments": { args: [{ path: ["tournament_id"], value: "CUP" }] },
    "a signature": { signature: "agent.failed kind-3" },
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
    const text = JSON.stringify({ ...filterOf({}), ...part }).replaceAll('"CUP"', JSON.stringify(cup?.id));
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
