import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import * as schema from "../../src/db/schema/tables.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { ROOT } from "../support/project-files.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.close();
  await closeTestServer();
});

const tables = Object.values(schema)
  .filter((value) => is(value, PgTable))
  .map(getTableConfig);

const OURS = `c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

test("every table of the code is in the database, and every table of the database in the code", async () => {
  const rows = await database.query<{ name: string }>(
    `select relname as name from pg_class c where ${OURS} order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).toSorted());
});

test("every column has the same type, nullability and default on both sides", async () => {
  const rows = await database.query<{ name: string }>(
    `select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
       case when a.attnotnull then ' not null' else '' end || case when a.atthasdef then ' default' else '' end as name
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where ${OURS} order by 1`,
  );
  const expected = tables.flatMap(({ name, columns }) =>
    columns.map(
      (column) =>
        `${name}.${column.name} ${column.getSQLType().replace(/, /g, ",")}${column.notNull ? " not null" : ""}${column.hasDefault ? " default" : ""}`,
    ),
  );
  expect(rows.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
});

/** Tables without a primary key, with the reason. */
const KEYLESS: Readonly<Record<string, string>> = {
  task_counts: "writers only append, so that they never wait for each other; the sweep adds the rows up",
  metric_deltas: "as task_counts",
};

test("every primary key has the same columns in the same order", async () => {
  const rows = await database.query<{ name: string }>(
    `select c.relname || ': ' || string_agg(a.attname, ', ' order by k.position) as name
     from pg_constraint p join pg_class c on c.oid = p.conrelid
     cross join lateral unnest(p.conkey) with ordinality as k(number, position)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
     where p.contype = 'p' and ${OURS} group by c.relname`,
  );
  const expected = tables.map(({ name, columns, primaryKeys }) => {
    const own = columns.filter((column) => column.primary);
    return `${name}: ${(own.length > 0 ? own : (primaryKeys[0]?.columns ?? [])).map((column) => column.name).join(", ")}`;
  });
  const keyless = Object.keys(KEYLESS).map((name) => `${name}: `);
  expect([...rows.map(({ name }) => name), ...keyless].toSorted()).toEqual(expected.toSorted());
});

test("every check, unique and foreign key of the code is in the database, and no other is", async () => {
  const rows = await database.query<{ name: string }>(
    `select c.relname || ' ' || k.conname as name from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype in ('c', 'u', 'f') and ${OURS}`,
  );
  const expected = tables.flatMap(({ name, checks, uniqueConstraints, foreignKeys, columns }) => [
    ...checks.map((check) => `${name} ${check.name}`),
    ...uniqueConstraints.map((unique) => `${name} ${unique.name}`),
    ...foreignKeys.map((key) => `${name} ${key.getName().slice(0, 63)}`),
    ...columns.filter((column) => column.isUnique).map((column) => `${name} ${column.uniqueName}`),
  ]);
  expect(rows.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
});

test("every index of the code is in the database, and no other is", async () => {
  const rows = await database.query<{ name: string }>(
    `select c.relname || ' ' || i.relname as name from pg_index x join pg_class c on c.oid = x.indrelid
     join pg_class i on i.oid = x.indexrelid
     where ${OURS} and not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u'))`,
  );
  const expected = tables.flatMap(({ name, indexes }) => indexes.map((index) => `${name} ${index.config.name}`));
  expect(rows.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
});

test("money is numeric everywhere: no float touches it", () => {
  const money = /cash|price|amount|quantity|equity|fee|cost|profit|peak|bid|ask|mid|open$|high|low|close$|volume/;
  const floats = tables.flatMap(({ name, columns }) =>
    columns
      .filter((column) => money.test(column.name) && /double|real|float/.test(column.getSQLType()))
      .map((column) => `${name}.${column.name}`),
  );
  expect(floats).toEqual([]);
});

/** drizzle-kit compares the code with its own snapshots: a change of the tables without a migration would make one here. */
test("no migration is missing: generating one finds nothing to change", () => {
  // drizzle-kit takes paths within the project only.
  mkdirSync(join(ROOT, ".wrangler"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".wrangler", "migrations-"));
  try {
    cpSync(join(ROOT, "migrations"), folder, { recursive: true });
    const kit = (...args: string[]) =>
      spawnSync(process.execPath, [join(ROOT, "node_modules/drizzle-kit/bin.cjs"), ...args], {
        cwd: ROOT,
        encoding: "utf8",
      });
    const out = relative(ROOT, folder);
    const before = readdirSync(folder);
    const made = kit("generate", "--dialect=postgresql", "--schema=./src/db/schema/tables.ts", `--out=./${out}`);
    expect(made.stdout + made.stderr).toContain("No schema changes");
    expect(readdirSync(folder)).toEqual(before);
    const checked = kit("check", "--dialect=postgresql", `--out=./${out}`);
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("each migration is later than the one before it: an earlier one would never run where a database exists", () => {
  const journal = z
    .object({ entries: z.array(z.object({ idx: z.number(), when: z.number(), tag: z.string() })) })
    .parse(JSON.parse(readFileSync(join(ROOT, "migrations/meta/_journal.json"), "utf8")));
  const early = journal.entries.filter(({ when }, at) => at > 0 && when <= (journal.entries[at - 1]?.when ?? 0));
  expect(early.map(({ tag, when }) => `${tag}: give it a "when" above ${when}`)).toEqual([]);
});

test("each migration is younger than the one before: a database takes only those that are younger than its last", () => {
  const journal = JSON.parse(readFileSync(join(ROOT, "migrations/meta/_journal.json"), "utf8"));
  const { entries } = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) }).parse(journal);
  const late = entries.filter(({ when }, at) => when <= (entries[at - 1]?.when ?? 0));
  expect(late).toEqual([]);
});
