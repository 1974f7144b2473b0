import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf, firstDraft } from "../../../src/dashboard/arena/new/draft.ts";
import { enteredAt, instantOf, localText, offsetText, readLocal } from "../../../src/dashboard/arena/new/local-time.ts";
import { skippedFault } from "../../../src/dashboard/arena/new/local-time-field.tsx";

const at = (iso: string) => Date.parse(iso);
const HOUR = 3_600_000;
const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Pacific/Apia"];

test.each([
  ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
  ["America/New_York", "2026-11-01T01:15", "2026-11-01T05:15Z", "2026-11-01T06:15Z"],
  // Half an hour back.
  ["Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z", "2026-04-04T15:15Z"],
])("%s: %s comes twice", (zone, text, first, second) => {
  expect(readLocal(text, zone)).toEqual({ kind: "twice", first: at(first), second: at(second) });
  expect(enteredAt(at(first), zone)).toEqual({ text, second: false });
  expect(enteredAt(at(second), zone)).toEqual({ text, second: true });
  expect(offsetText(at(first), zone)).not.toBe(offsetText(at(second), zone));
});

test.each([
  ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30"],
  ["America/New_York", "2026-03-08T02:00", "2026-03-08T03:00"],
  ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45"],
])("%s: %s never comes, and %s is proposed", (zone, text, next) => {
  expect(readLocal(text, zone)).toEqual({ kind: "never", next });
  expect(readLocal(next, zone).kind).toBe("one");
  expect(instantOf({ text, second: false }, zone)).toBeNull();
  expect(skippedFault({ text, second: false }, zone)).toBe(
    `${zone} skips ${text.slice(11)} on this day, when the clocks go forward: enter ${next.slice(11)}, for example.`,
  );
});

test.each([
  ["Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59Z"],
  ["Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00Z"],
  ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00Z"],
  ["Asia/Kolkata", "2026-10-25T02:30", "2026-10-24T21:00Z"],
  ["Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30Z"],
  ["UTC", "2026-10-25T02:30:15", "2026-10-25T02:30:15Z"],
])("%s: %s is one time", (zone, text, iso) => {
  expect(readLocal(text, zone)).toEqual({ kind: "one", ms: at(iso) });
});

test.each(["", "2026-02-30T10:00", "2026-01-01", "2026-01-01T25:00", "tomorrow"])("%j is no time", (text) => {
  expect(readLocal(text, "Europe/Berlin")).toEqual({ kind: "bad" });
  expect(skippedFault({ text, second: false }, "Europe/Berlin")).toBeNull();
});

test("offsets have their minutes and their sign", () => {
  const summer = at("2026-07-01T00:00Z");
  expect(zones.map((zone) => offsetText(summer, zone))).toEqual([
    ...["UTC+02:00", "UTC-04:00", "UTC+10:30", "UTC+05:30", "UTC+00:00", "UTC+13:00"],
  ]);
});

test("whatever second is proposed in whatever zone, the same second is sent", () => {
  const seconds = fc.integer({ min: at("1990-01-01T00:00Z") / 1000, max: at("2100-01-01T00:00Z") / 1000 });
  // Every hour of the days around the changes of 2026, too.
  const changes = ["2026-03-29", "2026-10-25", "2026-11-01", "2026-03-08", "2026-04-04", "2026-10-03"];
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -48 * 60, max: 48 * 60 }))
    .map(([day, minutes]) => at(`${day}T00:00Z`) / 1000 + minutes * 60);
  fc.assert(
    fc.property(fc.oneof(seconds, near), fc.constantFrom(...zones), (second, zone) => {
      const ms = second * 1000;
      expect(instantOf(enteredAt(ms, zone), zone)).toBe(ms);
      expect(localText(ms, zone)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/);
    }),
    { numRuns: 2000 },
  );
});

test("a form that is opened within the repeated hour proposes a start in the future", () => {
  for (const [zone, now] of [
    ["Europe/Berlin", "2026-10-25T01:20:30Z"],
    ["America/New_York", "2026-11-01T06:20:30Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:05:30Z"],
  ] as const) {
    const draft = { ...firstDraft(new Date(now), zone), start: "at" as const };
    const body = bodyOf(draft, [], new Date(now), zone);
    expect(at(body.starts_at) - Math.floor(at(now) / 60_000) * 60_000).toBe(10 * 60_000);
    expect(at(body.ends_at) - Math.floor(at(now) / 60_000) * 60_000).toBe(24 * HOUR);
  }
});
