import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cron } from "croner";
import { expect, test } from "vitest";
import { checkedCrons, cronFault } from "../../../src/engine/schedules/cron.ts";
import { dueTimes, lastDueMs, nextDueMs } from "../../../src/engine/schedules/due.ts";
import { readCrons } from "../../../src/local/worker/crons.ts";
import { crons, schedules } from "../../../src/tasks/schedules.ts";

const numbers = ["1", "0", "7", "1-5", "1,3", "*/2", "MON-5", "MON,3", "1#2", "5L", "MON#2", "FRIL", "MON-FRI/2", "?"];
test.each(numbers)("a weekday written as %s is refused with a sentence that says what to write", (weekday) => {
  const cron = `0 9 * * ${weekday}`;
  expect(cronFault(cron)).toMatch(/counts weekdays from 1 .* write names \(MON, MON-FRI, SAT,SUN\) or \*\.$/);
  expect(cronFault(cron)).toContain(`"${cron}"`);
  expect(() => checkedCrons(["* * * * *", cron])).toThrow("write names");
});

test.each([
  ["MON", [1]],
  ["mon-fri", [1, 2, 3, 4, 5]],
  ["SAT,SUN", [0, 6]],
  ["SUN-TUE,FRI", [0, 1, 2, 5]],
])("our library reads named weekdays as those days: %s", (weekday, days) => {
  const cron = `0 9 * * ${weekday}`;
  expect(cronFault(cron)).toBeNull();
  const week = new Cron(cron, { timezone: "UTC" }).nextRuns(days.length, new Date("2026-03-01T00:00:00Z"));
  expect(week.map((day) => day.getUTCDay()).toSorted()).toEqual(days);
});

test.each(["SAT-SUN", "FRI-MON", "MON-MON"])("a range past the end of the week is refused: %s", (weekday) => {
  expect(cronFault(`0 9 * * ${weekday}`)).toMatch(/begins with Sunday/);
});

test.each(["0 0 1-31 * MON", "0 0 */1 * MON", "0 0 13 * FRI"])(
  "a weekday beside a day of the month is refused: %s",
  (cron) => {
    expect(cronFault(cron)).toMatch(/names a weekday and a day of the month/);
  },
);

test.each(["* * * *", "0 * * * * *", "@daily", ""])(
  "an expression without exactly five fields is refused: %j",
  (cron) => {
    expect(cronFault(cron)).toMatch(/write five/);
  },
);

test("the crons of our schedules pass, and a wrangler.toml with a numbered weekday does not start", () => {
  expect(crons.map(cronFault)).toEqual(crons.map(() => null));
  const folder = mkdtempSync(join(tmpdir(), "agonus-crons-"));
  try {
    writeFileSync(join(folder, "wrangler.toml"), '[triggers]\ncrons = ["* * * * *", "0 9 * * 1-5"]\n');
    expect(() => readCrons(folder)).toThrow('"0 9 * * 1-5" has the weekday "1-5"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the last due time is never in the future and the next one always is, at any fraction of a second", () => {
  const minute = Date.parse("2026-03-01T00:00:00Z");
  for (const schedule of schedules) {
    for (let now = minute - 2001; now <= minute + 2001; now += 23) {
      const last = lastDueMs(schedule, now) ?? 0;
      expect(last, `${schedule.name} at ${now - minute}`).toBeLessThanOrEqual(now);
      expect(nextDueMs(schedule, now), schedule.name).toBeGreaterThan(now);
      expect(nextDueMs(schedule, now), schedule.name).toBe(nextDueMs(schedule, last));
      for (const due of dueTimes(schedule, minute - 700_000, now)) expect(due).toBeLessThanOrEqual(now);
    }
    expect(lastDueMs(schedule, minute)).toBe(minute);
  }
});
