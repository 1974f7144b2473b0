import type { Query } from "../../src/db/query.ts";

// The trial adds a delay between the lock on the round and the rest of a statement, as a slow server would.
const DELAYS = [
  {
    of: "insert into decisions",
    locked: "),\nanswers as (",
    slow: "),\nheld_up as (select pg_sleep(random() * 0.025)::text as x from open_round),\nanswers as (",
    asked: "where exists (select from open_round)",
  },
  {
    of: "insert into trades",
    locked: "),\nbatch as (",
    slow: "),\nheld_up as (select pg_sleep(random() * 0.01)::text as x from quoted),\nbatch as (",
    asked: "where exists (select from quoted)",
  },
];
export function slowly(query: Query): Query {
  return (text, params) => {
    const delay = DELAYS.find(({ of }) => text.includes(of));
    if (!delay) return query(text, params);
    const slow = text
      .replace(delay.locked, delay.slow)
      .replace(delay.asked, "where exists (select from held_up where x is not null)");
    if (!slow.includes("pg_sleep") || !slow.includes("x is not null"))
      throw new Error("the statement has changed: where is the trial to wait?");
    return query(slow, params);
  };
}
