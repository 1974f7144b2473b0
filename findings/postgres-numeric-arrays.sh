#!/usr/bin/env bash
# Packages: pg 8.23.1, @neondatabase/serverless 1.2.0, postgres 3.4.9, drizzle-orm 0.45.4, over PGlite 0.5.14 as the server.
#
# Behaviour: all drivers return a numeric as a text, so that no digit is lost. Not all keep that promise for numeric[].
# - pg and @neondatabase/serverless (its type parsers) turn the elements into floating-point numbers. Digits are lost silently.
# - The same statement on the same connection through drizzle's `execute` answers the array as PostgreSQL's text "{…}".
# - postgres (postgres.js) answers an array of texts.
# So `select price` is exact and `select array_agg(price)` is not.
#
# Seen for 0.1234567890123456789:
#   pg             numeric "0.1234567890123456789"   numeric[] [0.12345678901234568]
#   neon's parsers numeric "0.1234567890123456789"   numeric[] [0.12345678901234568]
#   drizzle        numeric "0.1234567890123456789"   numeric[] "{0.1234567890123456789}"
#   postgres       numeric "0.1234567890123456789"   numeric[] ["0.1234567890123456789"]
#
# Advice: cast in the statement, array_agg(price)::text[].
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  pg@8.23.1 @neondatabase/serverless@1.2.0 postgres@3.4.9 drizzle-orm@0.45.4 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { types as neonTypes } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import postgres from "postgres";

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" });
await server.start();
const { port } = server.server.address();
const connection = { host: "127.0.0.1", port, user: "postgres", password: "postgres", database: "postgres" };
const statement = "select 0.1234567890123456789::numeric as one, array[0.1234567890123456789]::numeric[] as many";
const seen = {};

const client = new pg.Client(connection);
await client.connect();
seen.pg = (await client.query(statement)).rows[0];
seen.drizzle = (await drizzle(client).execute(sql.raw(statement))).rows[0];
// Neon's service is not here: its parsers get the texts that the server sent.
const types = { getTypeParser: () => (text) => text };
const sent = (await client.query({ text: statement, types })).rows[0];
seen.neon = { one: neonTypes.getTypeParser(1700)(sent.one), many: neonTypes.getTypeParser(1231)(sent.many) };
seen.cast = (await client.query("select array[0.1234567890123456789]::numeric[]::text[] as many")).rows[0];
await client.end();


const other = postgres({ ...connection, max: 1 });
seen.postgres = { ...(await other.unsafe(statement))[0] };
await other.end();
await server.stop();
await db.close();

console.log(seen);
const exact = "0.1234567890123456789";
const described = {
  pg: { one: exact, many: [0.12345678901234568] },
  drizzle: { one: exact, many: `{${exact}}` },
  cast: { many: [exact] },
  neon: { one: exact, many: [0.12345678901234568] },
  postgres: { one: exact, many: [exact] },
};
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
