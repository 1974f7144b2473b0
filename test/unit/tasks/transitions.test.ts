/** Each pair of states: legal ones pass, the others are refused by the database, whatever statement tries them. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

const open = ["PENDING", "STARTED", "RETRY"] as const;
const finished = ["SUCCESS", "FAILURE", "REVOKED"] as const;
const states = [...open, ...finished] as const;
type State = (typeof states)[number];

/** By hand, not from the trigger. */
const legal: Readonly<Record<State, readonly State[]>> = {
  PENDING: ["STARTED", "RETRY", ...finished],
  STARTED: ["PENDING", "RETRY", ...finished],
  RETRY: ["PENDING", "STARTED", ...finished],
  SUCCESS: ["PENDING"],
  FAILURE: ["PENDING"],
  REVOKED: ["PENDING"],
};
const pairs = states.flatMap((from) => states.filter((to) => to !== from).map((to) => [from, to] as const));

async function taskIn(state: State): Promise<string> {
  const id = uuidv7();
  await db.query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at, token, lease_until, finished_at)
     values ($1, 'transition', 'agents', $2, '{}', 4, agonus_now(), case when $2 = 'STARTED' then $1::uuid end,
       case when $2 = 'STARTED' then agonus_now() end, case when $2 = any($3) then agonus_now() end)`,
    [id, state, finished],
  );
  return id;
}
const move = (id: string, to: State) =>
  db.query<{ state: string }>(
    `update tasks set state = $2, token = case when $2 = 'STARTED' then id end,
       lease_until = case when $2 = 'STARTED' then agonus_now() end, finished_at = case when $2 = any($3) then agonus_now() end
     where id = $1 returning state`,
    [id, to, finished],
  );

test.each(pairs.filter(([from, to]) => legal[from].includes(to)))("%s → %s is legal", async (from, to) => {
  expect(await move(await taskIn(from), to)).toEqual([{ state: to }]);
});

test.each(pairs.filter(([from, to]) => !legal[from].includes(to)))("%s → %s is refused", async (from, to) => {
  const id = await taskIn(from);
  await expect(move(id, to)).rejects.toMatchObject({ code: "23514", constraint: "tasks_transition" });
  expect(await db.query(`select state from tasks where id = $1`, [id])).toEqual([{ state: from }]);
});

test("without the trigger, an illegal one would pass", async () => {
  await db.query(`drop trigger tasks_transition on tasks`);
  expect(await move(await taskIn("SUCCESS"), "FAILURE")).toEqual([{ state: "FAILURE" }]);
});
