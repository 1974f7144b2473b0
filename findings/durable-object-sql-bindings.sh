#!/usr/bin/env bash
# Package: miniflare 5.20261102.0-beta (workerd 1.20261102.1), compatibility date 2026-11-01.
#
# Behaviour: `storage.sql.exec(query, ...values)` of a Durable Object is typed for any value, and accepts these without an error.
# - A number is always bound as a REAL. 12 in a text becomes "12.0", in a TEXT column, in `||` and in json_object.
#   A key that was written as a number is not found by its text, and a JSON document holds 1000000.0.
# - A boolean is bound as the TEXT 'true'. SQLite reads that text as 0, so `where ?` with true selects nothing.
#   The same boolean, bound to D1 in the same process, is the number 1.
# - A Date is bound as the English text of toString(), which SQLite's date functions do not read.
#
# Seen:
#   key "round:12.0", text column "12.0", json {"qty":1000000.0}, rows where k = '12': 0
#   where ? with true: 0 rows in the object, 1 row in D1
#   Date: "Thu Jan 01 1970 …", datetime() of it: null
#
# Advice: bind String(n) for text, n and `cast(? as integer)` for JSON, 1 or 0 for a boolean, and a number for a time.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  miniflare@5.20261102.0-beta > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const script = `
import { DurableObject } from "cloudflare:workers";
export class Store extends DurableObject {
  read() {
    const { sql } = this.ctx.storage;
    sql.exec("create table t (k text)");
    sql.exec("insert into t values (?)", 12);
    const one = (query, ...values) => Object.values(sql.exec(query, ...values).one())[0];
    return {
      key: one("select 'round:' || ?", 12),
      textColumn: one("select k from t"),
      foundByText: one("select count(*) from t where k = ?", "12"),
      json: one("select json_object('qty', ?)", 1000000),
      integerInJson: one("select json_object('qty', cast(? as integer))", 1000000),
      boundTrue: one("select ?", true),
      rowsWhereTrue: sql.exec("select 1 where ?", true).toArray().length,
      rowsWhereOne: sql.exec("select 1 where ?", 1).toArray().length,
      date: one("select substr(?, 1, 15)", new Date(0)),
      datetimeOfDate: one("select datetime(?)", new Date(0)),
    };
  }
}
export default {
  async fetch(request, env) {
    const object = await env.STORE.get(env.STORE.idFromName("a")).read();
    const { results } = await env.DB.prepare("select 1 where ?").bind(true).all();
    return Response.json({ ...object, rowsWhereTrueInD1: results.length });
  },
};`;
const mf = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script,
    compatibilityDate: "2026-11-01",
    durableObjects: { STORE: { className: "Store", useSQLite: true } },
    d1Databases: ["DB"],
  }),
);
const seen = await (await mf.dispatchFetch("http://worker/")).json();
await mf.dispose();
console.log(seen);
const described = {
  key: "round:12.0",
  textColumn: "12.0",
  foundByText: 0,
  json: '{"qty":1000000.0}',
  integerInJson: '{"qty":1000000}',
  boundTrue: "true",
  rowsWhereTrue: 0,
  rowsWhereOne: 1,
  date: "Thu Jan 01 1970",
  datetimeOfDate: null,
  rowsWhereTrueInD1: 1,
};
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
