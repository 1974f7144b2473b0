#!/usr/bin/env bash
# Package: csv-parse 7.0.3, with its options `cast: true` and `cast_date: true`.
#
# Behaviour: `cast` takes a field that JavaScript reads as a number, and then reads it by parseFloat, which stops at the "x".
# - Every wallet address and transaction hash ("0x" and hexadecimal digits) becomes the number 0. No error, no warning.
# - An order number of 16 digits or more becomes a rounded number.
# - With `cast_date` the name of a future, BTC-27JUN25, becomes a Date: the JavaScript engine finds a date in it.
#   ETH-27JUN25-3000-C, an option, stays a text. So one column holds dates and texts.
#
# Seen, cast: two different addresses 0 and 0; 0x1F 0; 9007199254740993 becomes 9007199254740992; BTC-27JUN25 stays
# Seen, cast_date: BTC-27JUN25 becomes a Date, ETH-27JUN25-3000-C stays
#
# Advice: leave `cast` off, and convert column by column.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  csv-parse@7.0.3 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { parse } from "csv-parse/sync";

const fields = [
  "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
  "0x281055Afc982d96fAB65b3a49cAc8b878184Cb16",
  "0x1F",
  "9007199254740993",
  "BTC-27JUN25",
  "ETH-27JUN25-3000-C",
];
const kind = (value) => (value instanceof Date ? "a Date" : value);
const read = (options) => parse(fields.join("\n"), options).map(([value]) => kind(value));
const cast = read({ cast: true });
const castDate = read({ cast: true, cast_date: true });
fields.forEach((field, i) => console.log(field.padEnd(43), "cast:", cast[i], "  cast_date:", castDate[i]));
const same =
  isDeepStrictEqual(cast, [0, 0, 0, 9007199254740992, "BTC-27JUN25", "ETH-27JUN25-3000-C"]) &&
  isDeepStrictEqual(castDate, [0, 0, 0, 9007199254740992, "a Date", "ETH-27JUN25-3000-C"]);
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
