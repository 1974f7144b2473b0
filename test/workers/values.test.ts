import { expect, test } from "vitest";
import { sqlState } from "../../src/db/errors.ts";
import { query } from "./arrange.ts";

const only = async (text: string, params?: unknown[]) => (await query(text, params))[0];

test("money is read as text, to the last digit, with its zeros", async () => {
  const sql = "select 0.10::numeric as a, 12345678901234567890.12345678::numeric(28, 8) as b, null::numeric as c";
  expect(await only(sql)).toEqual({ a: "0.10", b: "12345678901234567890.12345678", c: null });
});

test("money that is sent as text is stored exactly", async () => {
  expect(await only("select $1::numeric + 0.00000001 as a", ["12345678901234567890.12345678"])).toEqual({
    a: "12345678901234567890.12345679",
  });
});

test("times are read as ISO strings in UTC, whatever the session's zone; infinity stays", async () => {
  const sql = `select '2026-03-29 01:30:00.123456+02'::timestamptz as a, 'infinity'::timestamptz as b,
    '-infinity'::timestamptz as c, null::timestamptz as d, '2026-01-01 00:00:00+00'::timestamptz as e`;
  expect(await only(sql)).toEqual({
    a: "2026-03-28T23:30:00.123Z",
    b: "infinity",
    c: "-infinity",
    d: null,
    e: "2026-01-01T00:00:00.000Z",
  });
});

test("int8 and float8 are read as numbers, booleans as booleans", async () => {
  expect(await only("select count(*) as a, 9007199254740991::int8 as b, 0.5::float8 as c, true as d")).toEqual({
    a: 1,
    b: 9007199254740991,
    c: 0.5,
    d: true,
  });
});

test("jsonb is read parsed, and arrays are sent and read back", async () => {
  expect(await only(`select '{"a": [1, "2"]}'::jsonb as a, $1::text[] as b`, [["x", 'y"z', "ü"]])).toEqual({
    a: { a: [1, "2"] },
    b: ["x", 'y"z', "ü"],
  });
});

test("an error of PostgreSQL keeps its code", async () => {
  const error = await query("select 1 / 0").catch((thrown: unknown) => thrown);
  expect(sqlState(error)).toBe("22012");
});
