#!/usr/bin/env bash
# Package: ccxt 4.5.84.
#
# Behaviour: the library has two ideas of a week and of a month.
# - `buildOHLCVC(trades, "1w")` cuts time from 1970-01-01, a Thursday: its weekly candles open on Thursdays.
#   `roundTimeframe("1w", time)` of the same library answers the Monday, as exchanges do.
# - `buildOHLCVC(trades, "1M")` cuts blocks of 30 days: a candle opens on 3 November and holds trades of December.
#   `roundTimeframe("1M", time)` answers the first of the month.
#
# Seen, trades of Wednesday 25 and Thursday 26 November 2026, which are of one week:
#   buildOHLCVC 1w: two candles, opening Thursday 2026-11-19 and Thursday 2026-11-26; roundTimeframe: Monday 2026-11-23, twice
# Seen, trades of 30 November and 1 December 2026:
#   buildOHLCVC 1M: one candle, opening 2026-11-03; roundTimeframe: 2026-11-01 and 2026-12-01
#
# Advice: build weeks and months from the calendar, and join no built candle to one that an exchange sent.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  ccxt@4.5.84 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import ccxt from "ccxt";

const exchange = new ccxt.Exchange();
const day = (time) => new Date(time).toISOString().slice(0, 10);
const run = (frame, days) => {
  const times = days.map((text) => Date.parse(`${text}T12:00:00Z`));
  const trades = times.map((timestamp, i) => ({ timestamp, price: 100 + i, amount: 1 }));
  return {
    built: exchange.buildOHLCVC(trades, frame).map(([open]) => day(open)),
    rounded: times.map((time) => day(exchange.roundTimeframe(frame, time))),
  };
};
const seen = { week: run("1w", ["2026-11-25", "2026-11-26"]), month: run("1M", ["2026-11-30", "2026-12-01"]) };
console.log(seen);
const described = {
  week: { built: ["2026-11-19", "2026-11-26"], rounded: ["2026-11-23", "2026-11-23"] },
  month: { built: ["2026-11-03"], rounded: ["2026-11-01", "2026-12-01"] },
};
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
