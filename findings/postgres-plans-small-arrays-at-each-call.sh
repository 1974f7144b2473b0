#!/usr/bin/env bash
# Packages: @electric-sql/pglite 0.5.14 (PostgreSQL 18; 17 does the same).
#
# Behaviour: a prepared statement whose parameter is an array of a few elements is planned anew at each call, for ever. A generic plan
# does not know how long the array is and reckons with ten elements. The plan for one element looks cheaper, by more than planning
# is reckoned to cost, so the rule "generic after five calls" never applies. The same ids as a JSON array are reckoned as
# a hundred rows by both plans, so the statement is planned five times and then never again. Pools and proxies that prepare statements
# save no planning for the first form. On a table with partitions, planning can take several times as long as the statement.
#
# Seen after 100 calls with one id each (plain table and twelve partitions alike):
#   where id = any($1::int[])                         100 custom plans, 0 generic
#   from unnest($1::int[]), lateral (… where id = …)  100 custom plans, 0 generic
#   from jsonb_array_elements_text($1), lateral (…)     5 custom plans, 95 generic
#
# Advice: where a statement runs often, pass a list that is mostly short as JSON, and look at pg_prepared_statements.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error @electric-sql/pglite@0.5.14 > install.log 2>&1 ||
  { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";

const CALLS = 100;
const PARTS = Array.from({ length: 12 }, (_, n) => n);
const db = new PGlite();
await db.exec(`
  create table plain (id int primary key, v text);
  create table parted (id int primary key, v text) partition by range (id);
  ${PARTS.map((n) => `create table part${n} partition of parted for values from (${n * 1000}) to (${(n + 1) * 1000});`).join("")}
  insert into plain select n, 'x' from generate_series(0, 11999) n;
  insert into parted select * from plain;
  analyze`);
for (const table of ["plain", "parted"]) {
  const found = (id) => `lateral (select * from ${table} where ${table}.id = ${id}) found`;
  await db.exec(`
    prepare ${table}_any (int[]) as select * from ${table} where id = any($1);
    prepare ${table}_unnest (int[]) as select found.* from unnest($1) as wanted(id), ${found("wanted.id")};
    prepare ${table}_json (jsonb) as select found.* from jsonb_array_elements_text($1) as wanted(id), ${found("wanted.id::int")}`);
  for (let id = 0; id < CALLS; id++) {
    await db.exec(`execute ${table}_any('{${id}}'); execute ${table}_unnest('{${id}}'); execute ${table}_json('[${id}]')`);
  }
}
const { rows } = await db.query("select name, custom_plans::int as custom, generic_plans::int as generic from pg_prepared_statements");
const seen = Object.fromEntries(rows.map(({ name, custom, generic }) => [name, `${custom} custom, ${generic} generic`]));
console.log(seen);
const expected = (name) => (name.endsWith("_json") ? "5 custom, 95 generic" : "100 custom, 0 generic");
if (rows.length !== 6 || Object.entries(seen).some(([name, plans]) => plans !== expected(name))) {
  console.error("The behaviour has changed.");
  process.exit(1);
}
JS
node finding.mjs
