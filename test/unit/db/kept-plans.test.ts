import { uuidv7 } from "uuidv7";
import { afterAll, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { readDecisionContext } from "../../../src/db/statements/decisions/context.ts";
import { readRoundPages } from "../../../src/db/statements/doors/round-pages.ts";
import { findKeys } from "../../../src/db/statements/keys/find.ts";
import { readFillContext } from "../../../src/db/statements/rounds/fill-context.ts";
import { readTasks } from "../../../src/db/statements/tasks/read.ts";
import { closeTestServer, openTestDatabase } from "../../support/database.ts";

const NOBODY = "0199c0de-0000-7000-8000-000000000000";

afterAll(() => closeTestServer());

type Read = (query: Query, ids: string[]) => Promise<unknown>;

// PostgreSQL plans a statement with a short array as its parameter at each call: findings/postgres-plans-small-arrays-at-each-call.sh.
test.each<[string, Read]>([
  ["the look at a task", readTasks],
  ["the look-up of a key, which every request with a key makes", findKeys],
  ["the page of a round", readRoundPages],
  ["the read of a batch of decisions", (query, ids) => readDecisionContext(query, NOBODY, ids)],
  ["the read of a batch of fills", (query, ids) => readFillContext(query, NOBODY, ids)],
])("%s is planned five times, and then its plan is kept", async (_, read) => {
  let text = "";
  let before: unknown[] = [];
  const capture = async (sent: string, params: readonly unknown[] = []) => {
    text = sent;
    before = params.slice(0, -1);
    return [];
  };
  await read(capture, [uuidv7()]);
  const db = await openTestDatabase();
  try {
    await db.session(async (query) => {
      await query(`prepare look as ${text}`);
      for (let call = 0; call < 12; call++) {
        const params = [...before, JSON.stringify([uuidv7()])].map((param) => `'${param}'`);
        await query(`execute look(${params.join(", ")})`);
      }
      const plans = "select custom_plans::int as custom, generic_plans::int as kept from pg_prepared_statements";
      expect(await query(`${plans} where name = 'look'`)).toEqual([{ custom: 5, kept: 7 }]);
    });
  } finally {
    await db.close();
  }
});
