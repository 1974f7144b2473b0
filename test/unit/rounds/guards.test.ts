/**
 * Each guard of a round's statements in one small scene: with it the scene ends well, and with its broken twin (the
 * same statement without the guard) the same question gets the wrong answer.
 */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { countPrevented } from "../../../src/db/statements/decisions/prevented.ts";
import { raiseForRecovery } from "../../../src/db/statements/entries/recover.ts";
import { closeRound } from "../../../src/db/statements/rounds/close.ts";
import { quoteRound } from "../../../src/db/statements/rounds/quote.ts";
import { settleRound } from "../../../src/db/statements/rounds/settle.ts";
import { writeFills } from "../../../src/db/statements/rounds/write-fills.ts";
import { count, type TestClock, testClock, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Twin, withTwin } from "../../support/guards.ts";
import { decide, fills, openRoundOf, quotes, type Scene, toState } from "../../support/round-scene.ts";

let db: TestDatabase;
let clock: TestClock;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

const scene = async (query: Query, entries = 1): Promise<Scene> => ({
  query,
  db: db.query,
  clock,
  cup: await world(db.query, { entries }),
});

const guards: (Twin & { what: string; holds: (scene: Scene) => Promise<boolean> })[] = [
  {
    what: "the deadline of a decision",
    guard: "decision-deadline",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      const roundId = await openRoundOf({ ...scene, query: db.query }, 0);
      await clock.set(scene.cup.due(0) + 150_000);
      return roundId !== null && (await decide(scene, roundId)).join() === "late";
    },
  },
  {
    what: "the state of a round that is decided in",
    guard: "decision-state",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      const roundId = await openRoundOf({ ...scene, query: db.query }, 0);
      await db.query(`update rounds set state = 'closed'`);
      return roundId !== null && (await decide(scene, roundId)).join() === "late";
    },
  },
  {
    what: "the version that was decided upon",
    guard: "decision-version",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      const roundId = await openRoundOf({ ...scene, query: db.query }, 0);
      await raiseForRecovery(db.query, scene.cup.entries[0]?.id ?? "", 0);
      return roundId !== null && (await decide(scene, roundId, 0)).join() === "stale";
    },
  },
  {
    what: "an entry that was withdrawn",
    guard: "decision-active",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      const roundId = await openRoundOf({ ...scene, query: db.query }, 0);
      const slow = {
        ...scene,
        query: (async (text, params) => {
          if (text.includes("insert into decisions")) await db.query(`update entries set status = 'withdrawn'`);
          return scene.query(text, params);
        }) as Query,
      };
      return roundId !== null && (await decide(slow, roundId)).join() === "stale";
    },
  },
  {
    what: "one decision an entry and round",
    guard: "decision-once",
    holds: async (scene) => (await decide(scene, await toState(scene, "open"), 1)).join() === "exists",
  },
  {
    what: "the deadline of a close",
    guard: "close-deadline",
    broken: "true",
    holds: async (scene) => !(await closeRound(scene.query, await toState(scene, "open"))),
  },
  {
    what: "the state of a round that is closed",
    guard: "close-state",
    holds: async (scene) => !(await closeRound(scene.query, await toState(scene, "quoted"))),
  },
  {
    what: "the state of a round that is quoted",
    guard: "quote-state",
    holds: async (scene) => (await quoteRound(scene.query, await toState(scene, "open"), quotes)) === null,
  },
  {
    what: "the state of a round that is filled",
    guard: "fill-state",
    holds: async (scene) => {
      const roundId = await toState(scene, "quoted");
      const rows = await fills(scene, roundId);
      await db.query(`update rounds set state = 'skipped', skip_reason = 'cancelled'`);
      return (await writeFills(scene.query, roundId, rows, "test", null)).settled.length === 0;
    },
  },
  {
    what: "the orders that are still open when they are filled",
    guard: "fill-owed",
    holds: async (scene) => {
      const roundId = await toState(scene, "quoted");
      const rows = await fills(scene, roundId);
      await writeFills(db.query, roundId, rows, "test", null);
      const again = rows.map((row) => ({ ...row, version: row.version + 1, task_id: scene.cup.id }));
      return (await writeFills(scene.query, roundId, again, "test", null)).settled.length === 0;
    },
  },
  {
    what: "a settlement's wait for the last fill",
    guard: "settle-owed",
    holds: async (scene) => !(await settleRound(scene.query, await toState(scene, "quoted"))),
  },
  {
    what: "the state of a round that is settled",
    guard: "settle-state",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      return !(await settleRound(scene.query, (await openRoundOf({ ...scene, query: db.query }, 0)) ?? ""));
    },
  },
  {
    what: "a live tournament for a round to open in",
    guard: "open-live",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0));
      await db.query(`update tournaments set status = 'paused'`);
      return (await openRoundOf(scene, 0)) === null;
    },
  },
  {
    what: "the deadline of a round that opens late",
    guard: "open-deadline",
    broken: "true",
    holds: async (scene) => {
      await clock.set(scene.cup.due(0) + 150_000);
      return (await openRoundOf(scene, 0)) === null;
    },
  },
  {
    what: "the next number of a round",
    guard: "open-number",
    broken: "true",
    holds: async (scene) => {
      await clock.set(scene.cup.due(3));
      return (await openRoundOf(scene, 3)) === null;
    },
  },
];

test.each(guards)("$what is guarded, and its broken twin is caught", async ({ holds, what: _, ...twin }) => {
  expect(await holds(await scene(db.query))).toBe(true);
  await db.close();
  db = await openTestDatabase();
  clock = await testClock(db.query);
  expect(await holds(await scene(withTwin(db.query, twin)))).toBe(false);
});

test("one round of a tournament is active, and only its index says so to a statement that looked too early", async () => {
  const one = await scene(db.query);
  await toState(one, "open");
  const second = () =>
    db.query(
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at)
       values (gen_random_uuid(), $1, 1, 'open', agonus_now(), agonus_now()) on conflict do nothing returning id`,
      [one.cup.id],
    );
  expect(await second()).toEqual([]);
  await db.query(`drop index rounds_one_active`);
  expect(await second()).toHaveLength(1);
});

test("a second answer that differs is counted once, and its entries are locked in one order", async () => {
  const many = await scene(db.query, 40);
  const roundId = await toState(many, "open");
  const answers = many.cup.entries.map(({ id }) => ({ entry_id: id, details_hash: "another" }));
  const turns = Array.from({ length: 12 }, (_, n) =>
    countPrevented(db.query, roundId, n % 2 ? answers : answers.toReversed()),
  );
  await Promise.all(turns);
  expect(await count(db.query, "entries where prevented <> 12")).toBe(0);
  expect(await count(db.query, "entries where version <> 1")).toBe(0);
});
