#!/usr/bin/env bash
# Packages: @electric-sql/pglite 0.5.14 (PostgreSQL 18; 17 does the same).
#
# Behaviour: a plan that is kept for a prepared statement leaves out the partitions that its parameters rule out, when it starts: with
# `id = $1` and `id in ($1, $2)` one of twelve partitions is looked into. With `id = any($1)`, which drivers and query builders
# make of a list, the kept plan looks into all twelve, although the array is as well known by then. A plan made for the values
# themselves looks into one in all three cases. So the same statement touches one partition in its first five runs, and may touch all
# of them from the sixth on, or at once under plan_cache_mode = force_generic_plan.
#
# Seen, partitions that are looked into:
#                       plan for the values   kept plan
#   id = $1                               1           1 (Subplans Removed: 11)
#   id in ($1, $2)                        1           1 (Subplans Removed: 11)
#   id = any($1)                          1          12
#
# Advice: before a list goes as one array parameter to a table with many partitions, look at the kept plan, too; look rows up one by
# one (a lateral join on the list) where only the right partition should be touched.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error @electric-sql/pglite@0.5.14 > install.log 2>&1 ||
  { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";

const PARTS = Array.from({ length: 12 }, (_, n) => n);
const db = new PGlite();
await db.exec(`
  create table parted (id int primary key, v text) partition by range (id);
  ${PARTS.map((n) => `create table part${n} partition of parted for values from (${n * 1000}) to (${(n + 1) * 1000});`).join("")}
  insert into parted select n, 'x' from generate_series(0, 11999) n;
  analyze`);
const forms = {
  equal: ["(int) as select * from parted where id = $1", "1"],
  listed: ["(int, int) as select * from parted where id in ($1, $2)", "1, 2"],
  any: ["(int[]) as select * from parted where id = any($1)", "'{1}'"],
};
const seen = {};
for (const mode of ["force_custom_plan", "force_generic_plan"]) {
  await db.exec(`set plan_cache_mode = ${mode}; deallocate all`);
  for (const [name, [text, values]] of Object.entries(forms)) {
    await db.exec(`prepare look_${name} ${text}`);
    const { rows } = await db.query(`explain (analyze, timing off, summary off) execute look_${name}(${values})`);
    const lines = rows.map((row) => row["QUERY PLAN"]).filter((line) => / on part\d+/.test(line));
    seen[`${name} ${mode}`] = lines.filter((line) => !line.includes("never executed")).length;
  }
}
console.log(seen);
const wrong = Object.entries(seen).filter(([name, parts]) => parts !== (name === "any force_generic_plan" ? 12 : 1));
if (wrong.length > 0) {
  console.error("The behaviour has changed.");
  process.exit(1);
}
JS
node finding.mjs
