/** Lists of trades and of the audit, the newest first: a page is a few rows of an index, however long the table. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditStatement } from "../../../src/db/statements/audit/audit.ts";
import { tradesStatement } from "../../../src/db/statements/trades/list.ts";
import { type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { NEW_ID } from "../../support/new-id.ts";

const ROWS = 100_000;
const LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

let db: TestDatabase;
let cup: World;
let other: World;
beforeAll(async () => {
  db = await openTestDatabase();
  cup = await world(db.query, { entries: 2 });
  other = await world(db.query, { entries: 1 });
  await db.session(async (session) => {
    // Trades without their orders, which no list reads.
    await session("set session_replication_role = replica");
    await session(
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, settled_at)
       select ${NEW_ID}, $1, n, 'settled', agonus_now(), agonus_now(), agonus_now() from generate_series(0, 999) n`,
      [cup.id],
    );
    await session(
      `insert into trades (round_id, entry_id, seq, tournament_id, id, side, symbol, quantity, price, fee, cash_change)
       select r.id, case when n % 2 = 0 then $2::uuid else $3::uuid end, n / 2, $1, ${NEW_ID}, 'buy', 'BTC-USDT', 1, 1, 0, -1
       from rounds r, generate_series(0, $4::int / 1000 - 1) n where r.tournament_id = $1`,
      [cup.id, cup.entries[0]?.id, cup.entries[1]?.id, ROWS],
    );
    await session(
      `insert into audit (id, actor, action, at) select ${NEW_ID}, 'operator',
         case when n % 5000 = 0 then 'queue.pause' else 'task.retry' end, agonus_now() from generate_series(1, $1::int) n`,
      [ROWS],
    );
    await session("set session_replication_role = origin");
  });
  await db.query("analyze trades, audit, rounds, entries");
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

/** Blocks touched, and the tables that were read from end to end or sorted. */
async function explained({ text, params }: { text: string; params: readonly unknown[] }) {
  const [row] = await db.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (analyze, buffers, format json) ${text}`,
    params,
  );
  const root = row?.["QUERY PLAN"][0].Plan;
  if (!root) throw new Error("no plan");
  // A page's own rows may be sorted once more.
  const steps = (plan: Plan): string[] => [
    ...(plan["Node Type"].includes("Seq Scan") && /^(trades|audit)$/.test(plan["Relation Name"] ?? "")
      ? [plan["Relation Name"] ?? ""]
      : []),
    ...(plan["Node Type"].includes("Sort") && plan["Actual Rows"] > 200 ? ["sorted"] : []),
    ...(plan.Plans ?? []).flatMap(steps),
  ];
  return { whole: steps(root), blocks: root["Shared Hit Blocks"] + root["Shared Read Blocks"] };
}

const agent = (of: World) => of.entries[0]?.agentId ?? "";
const none = { tournamentId: null, agentId: null, before: null, limit: 51 };
test.each([
  ["all", () => none],
  ["a page further down", () => ({ ...none, before: LAST })],
  ["a tournament's", () => ({ ...none, tournamentId: cup.id })],
  ["a tournament's that has none", () => ({ ...none, tournamentId: other.id })],
  ["a tournament's, further down", () => ({ ...none, tournamentId: cup.id, before: LAST })],
  ["an agent's", () => ({ ...none, agentId: agent(cup) })],
  ["an agent's, further down", () => ({ ...none, agentId: agent(cup), before: LAST })],
  ["an agent's that has none", () => ({ ...none, agentId: agent(other) })],
  ["an agent's in a tournament", () => ({ ...none, tournamentId: cup.id, agentId: agent(cup) })],
])("a list of trades (%s) reads an index backwards, and sorts nothing", async (_, filter) => {
  const { whole, blocks } = await explained(tradesStatement(filter()));
  expect(whole).toEqual([]);
  expect(blocks).toBeLessThan(400);
});

const since = () => new Date(Date.now() + 3_600_000).toISOString();
test.each([
  ["all", { action: null, since: null, before: null }],
  ["a rare action's", { action: "queue.pause", since: null, before: null }],
  ["an action's, further down", { action: "task.retry", since: null, before: LAST }],
  ["an action that was never done", { action: "agent.delete", since: null, before: null }],
  ["since a time when nothing was done", { action: null, since: since(), before: null }],
])("a list of the audit (%s) reads an index backwards, and sorts nothing", async (_, filter) => {
  const { whole, blocks } = await explained(auditStatement(filter, 51));
  expect(whole).toEqual([]);
  expect(blocks).toBeLessThan(400);
});
