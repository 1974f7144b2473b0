#!/usr/bin/env bash
# Packages: pg 8.23.1, postgres 3.4.9, big.js 7.0.1, over PGlite 0.5.14 as the server.
#
# Behaviour: pg sends an object as its JSON. The JSON of a Big is a text in quotes, and the quotes are sent with it.
# - A text column then holds "1.5" with the quotes, five characters, silently. Comparing it with 1.5 finds nothing.
# - A numeric column refuses it, so the mistake is loud there.
# - Inside an array the quotes come back too: the elements of text[] hold them.
# postgres (postgres.js) sends the text 1.5 for the same object.
#
# Seen: pg, text: "1.5" (5 characters); pg, text[]: ["\"1.5\""]; pg, numeric: invalid input syntax; postgres, text: 1.5 (3 characters)
#
# Advice: hand every decimal over as big.toFixed().
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  pg@8.23.1 postgres@3.4.9 big.js@7.0.1 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import Big from "big.js";
import pg from "pg";
import postgres from "postgres";

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" });
await server.start();
const { port } = server.server.address();
const connection = { host: "127.0.0.1", port, user: "postgres", password: "postgres", database: "postgres" };
const price = new Big("1.5");
const seen = {};

const client = new pg.Client(connection);
await client.connect();
seen.text = (await client.query("select $1::text as v, length($1::text) as n", [price])).rows[0];
seen.array = (await client.query("select $1::text[] as v", [[price]])).rows[0].v;
seen.numeric = await client.query("select $1::numeric as v", [price]).then(
  ({ rows }) => rows[0].v,
  (error) => `refused, ${error.code}`,
);
await client.end();

const other = postgres({ ...connection, max: 1 });
seen.postgres = { ...(await other`select ${price}::text as v, length(${price}::text) as n`)[0] };
await other.end();
await server.stop();
await db.close();

console.log(seen);
const described = {
  text: { v: '"1.5"', n: 5 },
  array: ['"1.5"'],
  numeric: "refused, 22P02",
  postgres: { v: "1.5", n: 3 },
};
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
