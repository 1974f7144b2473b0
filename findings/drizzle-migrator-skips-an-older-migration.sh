#!/usr/bin/env bash
# Packages: drizzle-orm 0.45.4, @electric-sql/pglite 0.5.14.
#
# Behaviour: the migrator compares each migration's time in the journal with that of the LAST one that the database has, and
# nothing else: not its tag, not its hash, not its place. A migration that is added at the end of the journal, but whose `when`
# is older than the last one's (a branch that was begun earlier, a journal whose times run ahead of the clock), is never applied
# to a database that has the others. The call resolves, and no later call makes up for it. An empty database gets all of them.
# So tests that begin with an empty database are green, and a deployment lacks the tables.
#
# Seen, with times 1000 and 2000 applied first and 1500 appended behind them:
#   the database that had the first two   a, b          (and its log has two rows)
#   an empty database                     a, b, c       (and its log has three rows)
#
# Advice: hold in a test that the times of the journal only rise.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error \
  drizzle-orm@0.45.4 @electric-sql/pglite@0.5.14 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { mkdirSync, writeFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";

mkdirSync("migrations/meta", { recursive: true });
const all = [["0000_a", 1000], ["0001_b", 2000], ["0002_c", 1500]];
for (const [tag] of all) writeFileSync(`migrations/${tag}.sql`, `create table ${tag.at(-1)} (n int);`);
const journal = (count) => {
  const entries = all.slice(0, count).map(([tag, when], idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  writeFileSync("migrations/meta/_journal.json", JSON.stringify({ version: "7", dialect: "postgresql", entries }));
};
const seen = async (client) => {
  const tables = await client.query("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1");
  const log = await client.query("select count(*)::int as n from drizzle.__drizzle_migrations");
  return `${tables.rows.map(({ relname }) => relname).join(", ")} / ${log.rows[0].n}`;
};
const run = (client) => migrate(drizzle(client), { migrationsFolder: "migrations" });

const old = new PGlite();
journal(2);
await run(old);
journal(3);
await run(old);
await run(old);
const empty = new PGlite();
await run(empty);
const outcome = { "had the first two": await seen(old), empty: await seen(empty) };
console.log(outcome);
if (outcome["had the first two"] !== "a, b / 2" || outcome.empty !== "a, b, c / 3") {
  console.error("The behaviour has changed.");
  process.exit(1);
}
JS
node finding.mjs
