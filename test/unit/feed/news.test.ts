/** What a spectator is told who comes between two rounds. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNews } from "../../../src/feed/events.ts";
import { world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

test.each(["open", "closed", "quoted", "settled"])(
  "who decided in a round that is %s is told to who comes then",
  async (state) => {
    const cup = await world(db.query, { entries: 3 });
    const [round] = await db.query<{ id: string }>(
      `insert into rounds (id, tournament_id, number, due_at, deadline_at, state, opened_at, participants)
       values (gen_random_uuid(), $1, 0, agonus_now(), agonus_now(), $2, agonus_now(), 3) returning id`,
      [cup.id, state],
    );
    const decided = cup.entries.slice(0, 2);
    await db.query(
      `insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash)
       select $1, id, 'held', 0, 0, 'x' from unnest($2::uuid[]) id`,
      [round?.id, decided.map(({ id }) => id)],
    );
    const news = await readNews(db.query, cup.id, null);
    const present = news === null || news === "too_far" ? [] : news.present;
    const progress = present.find(({ type }) => type === "progress");
    expect(progress).toMatchObject({ round: 0, decided: 2, participants: 3 });
    const agents = progress?.type === "progress" ? [...progress.agents] : [];
    expect(agents.sort()).toEqual(decided.map(({ agentId }) => agentId).sort());
  },
);
