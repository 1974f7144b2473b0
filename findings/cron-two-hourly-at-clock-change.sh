#!/usr/bin/env bash
# Packages: croner 11.0.1, cron-parser 5.10.6, cron 4.4.0.
#
# Behaviour: "0 */2 * * *" in the zone Europe/Berlin, on the two days when the clock changes.
# - In spring the hour from 2 to 3 does not exist. croner leaves that run out: three hours pass between two runs.
#   cron-parser and cron run at 3 instead, and again one hour later, at 4.
# - In autumn the hour from 2 to 3 occurs twice. croner runs twice, the two others once: three hours pass in theirs.
# A run at a fixed minute, "30 2 * * *", is another surprise in spring: croner and cron run at 3:00, cron-parser at 3:30.
#
# Seen, in UTC:
#   2026-03-29  croner 23:00 02:00 04:00   cron-parser, cron 23:00 01:00 02:00
#   2026-10-25  croner 22:00 00:00 01:00   cron-parser, cron 22:00 00:00 03:00
#   30 2 * * *  croner, cron 01:00         cron-parser 01:30
#
# Advice: schedule in UTC. Where local time is needed, make the job safe to run twice, and able to catch up.
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

const zone = "Europe/Berlin";
const minute = (date) => date.toISOString().slice(11, 16);
const libraries = {
  cron(pattern, from, count) {
    const time = new CronTime(pattern, zone);
    let last = from;
    return Array.from({ length: count }, () => {
      last = time.getNextDateFrom(last, zone).toJSDate();
      return minute(last);
    });
  },
  croner: (pattern, from, count) => new Cron(pattern, { timezone: zone }).nextRuns(count, from).map(minute),
  cronParser(pattern, from, count) {
    const runs = CronExpressionParser.parse(pattern, { tz: zone, currentDate: from });
    return Array.from({ length: count }, () => minute(runs.next().toDate()));
  },
};
const cases = [
  ["0 */2 * * *", "2026-03-28T22:30:00Z", 3, {
    cron: ["23:00", "01:00", "02:00"],
    croner: ["23:00", "02:00", "04:00"],
    cronParser: ["23:00", "01:00", "02:00"],
  }],
  ["0 */2 * * *", "2026-10-24T21:30:00Z", 3, {
    cron: ["22:00", "00:00", "03:00"],
    croner: ["22:00", "00:00", "01:00"],
    cronParser: ["22:00", "00:00", "03:00"],
  }],
  ["30 2 * * *", "2026-03-28T12:00:00Z", 1, { cron: ["01:00"], croner: ["01:00"], cronParser: ["01:30"] }],
];
let same = true;
for (const [pattern, from, count, expected] of cases) {
  const seen = Object.fromEntries(
    Object.entries(libraries).map(([name, runs]) => [name, runs(pattern, new Date(from), count)]),
  );
  for (const [name, runs] of Object.entries(seen)) console.log(from.slice(0, 10), pattern.padEnd(12), name.padEnd(11), ...runs);
  same &&= isDeepStrictEqual(seen, expected);
}
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
