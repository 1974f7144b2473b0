/**
 * Statements that ask for the task of each entry, while the planner's figures of `task_keys` are old: it believes in two
 * keys, and more have come since. A plan that reads all tasks for each entry never ends in time, so the round stands for good.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { liveEntries } from "../../../src/db/statements/entries/inspect.ts";
import { recoveryKey } from "../../../src/db/statements/entries/recover.ts";
import { findSilentEntry } from "../../../src/db/statements/entries/silent.ts";
import { staleEntries } from "../../../src/db/statements/entries/stale.ts";
import { closeRound } from "../../../src/db/statements/rounds/close.ts";
import { endUnanswered } from "../../../src/db/statements/rounds/end-unanswered.ts";
import { lookAtTournament } from "../../../src/db/statements/rounds/look.ts";
import { insertOutsideTasks } from "../../../src/db/statements/rounds/outside-tasks.ts";
import { claimOwedDecisions } from "../../../src/db/statements/rounds/sent.ts";
import { listStuckRounds } from "../../../src/db/statements/rounds/stuck.ts";
import { testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { NEW_ID } from "../../support/new-id.ts";
import { openRoundOf } from "../../support/round-scene.ts";

const ENTRIES = 500;
const TASKS = 20_000;
/** Rows that the steps of a statement may read in all: a few an entry, and fewer than there are tasks. */
const READ_MAX = 30 * ENTRIES;

let db: TestDatabase;
let cup: World;
let roundId: string;
beforeAll(async () => {
  db = await openTestDatabase();
  cup = await world(db.query, { entries: ENTRIES });
  await db.query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at, finished_at)
     select ${NEW_ID}, 'cleanup_old_results', 'agents', 'SUCCESS', '{}', 4, agonus_now(), agonus_now() from generate_series(1, $1::int)`,
    [TASKS],
  );
  await db.query(`insert into task_keys (key, task_id) select 'old:' || id, id from tasks order by tasks.id limit 2`);
  await db.query("analyze");
  await db.query(
    `insert into task_keys (key, task_id) select 'new:' || id, id from tasks order by tasks.id desc limit 5`,
  );
  const clock = await testClock(db.query);
  await clock.set(cup.due(0));
  roundId = (await openRoundOf({ query: db.query, db: db.query, clock, cup }, 0)) ?? "";
  await db.query("update rounds set sent_at = null, sends = 0, sent_to = null where id = $1", [roundId]);
  await clock.set(cup.due(0) + 3_600_000);
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

interface Plan {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly Plans?: readonly Plan[];
}

const rowsOf = (plan: Plan): number =>
  (plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0) + (plan["Rows Removed by Join Filter"] ?? 0)) *
    plan["Actual Loops"] +
  (plan.Plans ?? []).reduce((sum, part) => sum + rowsOf(part), 0);

/** Runs the statements of `ask` as they are sent, undoes them, and says how many rows the largest of them read. */
async function rowsRead(ask: (query: Query) => Promise<unknown>): Promise<number> {
  let most = 0;
  await db.session(async (session) => {
    await ask(async (text, params) => {
      await session("begin");
      try {
        const [row] = await session<{ "QUERY PLAN": [{ Plan: Plan }] }>(
          `explain (analyze, timing off, format json) ${text}`,
          params,
        );
        most = Math.max(most, rowsOf(row?.["QUERY PLAN"][0].Plan ?? { "Actual Rows": Number.NaN, "Actual Loops": 1 }));
      } finally {
        await session("rollback");
      }
      return [];
    });
  });
  return most;
}

const asks: Record<string, (query: Query, entryId: string) => Promise<unknown>> = {
  "sending decisions": (query) =>
    claimOwedDecisions(query, roundId, {
      sends: 0,
      reached: 1,
      stood: null,
      there: null,
      most: 1000,
      isRecovery: true,
    }),
  "looking for stale entries": (query) => staleEntries(query, 100),
  "looking at one entry": (query, entryId) => findSilentEntry(query, entryId),
  "an entry's recoveries": (query, entryId) => recoveryKey(query, entryId).catch(() => null),
  "looking for stuck rounds": (query) => listStuckRounds(query, 100),
  "ending tasks without an answer": (query) => endUnanswered(query, roundId, 100, "test"),
  "the look of a tournament": (query) => lookAtTournament(query, cup.id),
  "closing a round": (query) => closeRound(query, roundId),
  "listing live entries": (query) => liveEntries(query, { tournamentId: null, q: null, after: null }, 1000),
  "making tasks of agents from outside": (query) =>
    insertOutsideTasks(query, {
      roundId,
      most: 1000,
      isRecovery: true,
      sends: 0,
      modelSpanMs: 6000,
      correlationId: null,
      by: "test",
    }),
};

test.each(Object.entries(asks))("%s reads each entry's task by its key", async (_, ask) => {
  const read = await rowsRead((query) => ask(query, cup.entries[0]?.id ?? ""));
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(READ_MAX);
});
