#!/usr/bin/env bash
# Packages: @electric-sql/pglite 0.5.14, pg 8.23.1.
#
# Behaviour: PGlite's own API returns an int8 as a number while it is a safe integer, and as a BigInt beyond that.
# The JavaScript type of a column follows the value of the row. pg, on the same server, always returns a text.
# A count(*), an identity column or a sum of integers is an int8.
# So a test on PGlite sees 1 + 1 = 2 where pg makes "11", and JSON.stringify throws only for a row with a large value.
#
# Seen: PGlite number for 1 and bigint for 9007199254740993, in one result; pg string for both
#       count(*) + 1: PGlite 2, pg "11"
#
# Advice: test with the driver of production, or cast each int8 in the statement.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  pg@8.23.1 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import pg from "pg";

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" });
await server.start();
const { port } = server.server.address();
const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password: "postgres", database: "postgres" });
await client.connect();
const values = "select v from (values (1::int8), (9007199254740993)) as t (v) order by v";
const count = "select count(*) as n from (values (0)) as t";
const facts = async (query) => ({
  types: (await query(values)).rows.map(({ v }) => typeof v),
  countPlusOne: (await query(count)).rows[0].n + 1,
});
const seen = { pglite: await facts((text) => db.query(text)), pg: await facts((text) => client.query(text)) };
await client.end();
await server.stop();
await db.close();
console.log(seen);
const described = {
  pglite: { types: ["number", "bigint"], countPlusOne: 2 },
  pg: { types: ["string", "string"], countPlusOne: "11" },
};
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
