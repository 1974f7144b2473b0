#!/usr/bin/env bash
# Packages: drizzle-kit 0.31.11, drizzle-orm 0.45.4, @electric-sql/pglite 0.5.14 (PostgreSQL 17 and 18 do the same).
#
# Behaviour: drizzle-kit writes the columns of a CHECK with their table's name in front. PostgreSQL takes that for a plain table
# and for a partitioned one without partitions, and refuses it for the same table as soon as it has a partition: it reads the
# expression again for each partition, where the name of the parent stands for nothing ("missing FROM-clause entry for table").
# So the generated statement works in a new schema and fails on the first database that has rows.
#
# Seen for `alter table t add constraint c check ("t"."a" > 0)` as generated:
#   plain table                          taken
#   partitioned, no partition yet        taken
#   partitioned, with one partition      42P01
#   the same without "t".                taken
#
# Advice: take the table's name out of the CHECK in the generated file.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error \
  drizzle-kit@0.31.11 drizzle-orm@0.45.4 @electric-sql/pglite@0.5.14 > install.log 2>&1 || { cat install.log >&2; exit 2; }
schema() {
  cat > schema.ts <<TS
import { sql } from "drizzle-orm";
import { check, integer, pgTable } from "drizzle-orm/pg-core";
export const t = pgTable("t", { a: integer("a") }, (t) => [$1]);
TS
}
generate() { npx drizzle-kit generate --dialect postgresql --schema ./schema.ts --out ./out --name "$1" > generate.log 2>&1 || { cat generate.log >&2; exit 2; }; }
schema ""
generate before
schema 'check("c", sql`${t.a} > 0`)'
generate after
cat > finding.mjs <<'JS'
import { readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";

const generated = readFileSync("out/0001_after.sql", "utf8").trim();
console.log(generated);
async function outcome(setup, statement) {
  const db = new PGlite();
  await db.exec(setup);
  return db.exec(statement).then(() => "taken", (error) => error.code);
}
const parent = "create table t (a int) partition by range (a);";
const seen = {
  plain: await outcome("create table t (a int);", generated),
  "no partition yet": await outcome(parent, generated),
  "one partition": await outcome(`${parent} create table t1 partition of t for values from (0) to (10);`, generated),
  "without the name": await outcome(`${parent} create table t1 partition of t for values from (0) to (10);`, generated.replaceAll('"t"."a"', '"a"')),
};
console.log(seen);
const expected = { plain: "taken", "no partition yet": "taken", "one partition": "42P01", "without the name": "taken" };
if (!generated.includes('"t"."a"') || JSON.stringify(seen) !== JSON.stringify(expected)) {
  console.error("The behaviour has changed.");
  process.exit(1);
}
JS
node finding.mjs
