#!/usr/bin/env bash
# Packages: trading-signals 8.3.0, technicalindicators 3.1.0.
#
# Behaviour: the RSI of a market that does not move at all is 100 in both libraries, the strongest "overbought" there is.
# Exchanges send such candles: a minute without a trade comes as a flat row. A rule "sell above 70" then sells a still market.
# One fall of any size, below, makes the same market 0, the strongest "oversold".
# technicalindicators also rounds the RSI to two places (29.9968 and 30.0024 are both 30).
#
# Seen, RSI of 3:
#   1 1 1 1 1             trading-signals 100, technicalindicators 100
#   1 1 1 1 0.999999      trading-signals 0, technicalindicators 0
# Seen, RSI of 14 for one series: trading-signals 70.46413502109705, technicalindicators 70.46
#
# Advice: ask first whether the window moved; compare unrounded values.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  trading-signals@8.3.0 technicalindicators@3.1.0 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import technical from "technicalindicators";
import { RSI } from "trading-signals";

const last = (period, values) => {
  const rsi = new RSI(period);
  for (const value of values) rsi.update(value, false);
  return { signals: rsi.getResultOrThrow(), technical: technical.RSI.calculate({ period, values }).at(-1) };
};
const series = [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.1, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28];
const seen = {
  flat: last(3, [1, 1, 1, 1, 1]),
  oneFall: last(3, [1, 1, 1, 1, 0.999999]),
  moving: last(14, series),
};
console.log(seen);
const same =
  isDeepStrictEqual(seen.flat, { signals: 100, technical: 100 }) &&
  isDeepStrictEqual(seen.oneFall, { signals: 0, technical: 0 }) &&
  seen.moving.technical === 70.46 &&
  Math.abs(seen.moving.signals - 70.464135021) < 1e-8;
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
