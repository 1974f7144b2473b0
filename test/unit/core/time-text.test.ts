import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTime, readUtcTime } from "../../../src/core/text/time-text.ts";

const T0 = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;
const ms = (text: string) => {
  const read = readTime(text);
  return read.kind === "ok" ? read.ms : read.kind;
};

test.each([
  ["2026-01-01T00:00:00Z", T0],
  ["2026-01-01T00:00Z", T0],
  ["2026-01-01t00:00z", T0],
  ["2026-01-01 00:00:00Z", T0],
  ["2026-01-01T00:00:00+0000", T0],
  ["2026-01-01T00:00+00:00", T0],
  ["2026-01-01T00:00:00+00", T0],
  ["2026-01-01T02:00:00+02:00", T0],
  ["2026-01-01T02:00:00+0200", T0],
  ["2025-12-31T19:00:00-05:00", T0],
  ["2026-01-01T05:30:00+05:30", T0],
  ["2026-01-01 00:00:00 +0000", T0],
  // A `+` that was not escaped in a URL arrives as a space.
  ["2026-01-01T02:00:00 02:00", T0],
  ["2026-01-01 02:00:00 0200", T0],
  ["2026-01-01T00:00:00.123456+00:00", T0 + 123],
  ["2026-01-01 00:00:00.999999+00:00", T0 + 999],
  ["2026-01-01T00:00:00,123456789+00:00", T0 + 123],
  ["2026-01-01T00:00:00.5Z", T0 + 500],
  ["2024-02-29T00:00Z", Date.parse("2024-02-29T00:00:00Z")],
])("%s is accepted", (text, at) => expect(ms(text)).toBe(at));

test.each([
  ["2026-01-01T00:00:00", "no_zone"],
  ["2026-01-01 00:00", "no_zone"],
  ["2026-01-01", "no_zone"],
  ["2025-02-30T00:00:00Z", "bad"],
  ["2025-02-29T00:00:00Z", "bad"],
  ["2025-13-01T00:00:00Z", "bad"],
  ["2025-01-01T24:00:00Z", "bad"],
  ["2025-01-01T00:60:00Z", "bad"],
  ["2025-01-01T23:59:60Z", "bad"],
  ["2025-01-01T00:00:00+24:00", "bad"],
  ["2025-01-01T00:00:00+00:60", "bad"],
  ["2025-01-01T00:00:00.Z", "bad"],
  ["2025-01-01T00:00:00.1234567890Z", "bad"],
  ["2026-01-01Z", "bad"],
  [" 2026-01-01T00:00Z", "bad"],
  ["2026-01-01T00:00Z\n", "bad"],
  ["20260101T000000Z", "bad"],
  ["1767225600", "bad"],
  ["now", "bad"],
  ["", "bad"],
  ["0000-12-31T00:00:00Z", "out_of_range"],
  ["0001-01-01T00:00:00+14:00", "out_of_range"],
  ["2200-01-01T00:00:00Z", "out_of_range"],
])("%s is refused: %s", (text, kind) => expect(ms(text)).toBe(kind));

test("the command line takes a day alone and a time without a zone as UTC", () => {
  for (const text of ["2026-01-01", "2026-01-01T00:00", "2026-01-01 00:00:00", "2026-01-01T01:00+01:00"])
    expect(readUtcTime(text)).toEqual({ kind: "ok", ms: T0 });
});

test("what `date` prints on this machine is accepted", () => {
  const now = Math.floor(Date.now() / 1000);
  const date = (...args: string[]) => execFileSync("date", ["-d", `@${now}`, ...args], { encoding: "utf8" }).trim();
  expect(ms(date("-Iseconds"))).toBe(now * 1000);
  expect(ms(date("+%FT%T%z"))).toBe(now * 1000);
  expect(ms(date("--rfc-3339=seconds"))).toBe(now * 1000);
  expect(ms(date("-Ins"))).toBe(now * 1000);
  expect(ms(date("-Iminutes"))).toBe(now * 1000 - ((now * 1000) % MINUTE));
});

test("what JavaScript prints is read as the same instant", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0001-01-02T00:00:00Z"), max: new Date("2199-12-30T00:00:00Z"), noInvalidDate: true }),
      fc.integer({ min: -839, max: 839 }),
      (date, offset) => {
        expect(ms(date.toISOString())).toBe(date.getTime());
        const local = new Date(date.getTime() + offset * MINUTE).toISOString().slice(0, -1);
        const two = (part: number) => String(part).padStart(2, "0");
        const at = Math.abs(offset);
        for (const colon of ["", ":"]) {
          const zone = `${offset < 0 ? "-" : "+"}${two(Math.trunc(at / 60))}${colon}${two(at % 60)}`;
          expect(ms(local + zone)).toBe(date.getTime());
        }
      },
    ),
  );
});
