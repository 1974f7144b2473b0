#!/usr/bin/env bash
# Packages: croner 11.0.1, cron-parser 5.10.6, cron 4.4.0.
#
# Behaviour: when a pattern restricts both the day of the month and the day of the week, all three fire when either fits.
# They do not agree about what restricts. For cron, a range that covers the whole field is a star. For croner and cron-parser
# only the star itself is one: a spelled-out range, and even "*/1", is a restriction that every day fits.
# So the same pattern runs once a month in one library and every day in the two others.
#
# Seen, first four days after 28 November 2026, a Saturday:
#   0 0 1 * 0-6    cron: 12-01 01-01 02-01 03-01    croner, cron-parser: 11-29 11-30 12-01 12-02
#   0 0 1-31 * 1   cron: 11-30 12-07 12-14 12-21    croner, cron-parser: 11-29 11-30 12-01 12-02
#   0 0 */1 * 1    cron: 11-30 12-07 12-14 12-21    croner, cron-parser: 11-29 11-30 12-01 12-02
#   0 0 1 * *      all three: 12-01 01-01 02-01 03-01
#
# Advice: write a star where a star is meant, and restrict only one of the two fields.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  croner@11.0.1 cron-parser@5.10.6 cron@4.4.0 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { CronTime } from "cron";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";

const from = new Date("2026-11-28T00:00:00Z");
const day = (date) => date.toISOString().slice(5, 10);
const libraries = {
  cron(pattern) {
    const time = new CronTime(pattern, "UTC");
    let last = from;
    return [1, 2, 3, 4].map(() => {
      last = time.getNextDateFrom(last, "UTC").toJSDate();
      return day(last);
    });
  },
  croner: (pattern) => new Cron(pattern, { timezone: "UTC" }).nextRuns(4, from).map(day),
  cronParser(pattern) {
    const runs = CronExpressionParser.parse(pattern, { tz: "UTC", currentDate: from });
    return [1, 2, 3, 4].map(() => day(runs.next().toDate()));
  },
};
const monthly = ["12-01", "01-01", "02-01", "03-01"];
const mondays = ["11-30", "12-07", "12-14", "12-21"];
const daily = ["11-29", "11-30", "12-01", "12-02"];
const described = {
  "0 0 1 * 0-6": { cron: monthly, croner: daily, cronParser: daily },
  "0 0 1-31 * 1": { cron: mondays, croner: daily, cronParser: daily },
  "0 0 */1 * 1": { cron: mondays, croner: daily, cronParser: daily },
  "0 0 1 * *": { cron: monthly, croner: monthly, cronParser: monthly },
};
let same = true;
for (const [pattern, expected] of Object.entries(described)) {
  const seen = Object.fromEntries(Object.entries(libraries).map(([name, runs]) => [name, runs(pattern)]));
  for (const [name, days] of Object.entries(seen)) console.log(pattern.padEnd(14), name.padEnd(11), days.join(" "));
  same &&= isDeepStrictEqual(seen, expected);
}
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
