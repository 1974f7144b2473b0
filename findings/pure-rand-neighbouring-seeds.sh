#!/usr/bin/env bash
# Package: pure-rand 8.4.2.
#
# Behaviour: a seed is a number, and neighbouring seeds of xoroshiro128plus and xorshift128plus give streams that walk in step.
# The first draw from 0 to 99 for the seeds 0, 1, 2, … counts down by one. The second draw of xoroshiro128plus climbs by 17.
# So "agent 1 to agent 20, each with its number as the seed" is no chance at all: all agents know each other's first numbers.
# mersenne, of the same package, does not show this.
#
# Seen, first draws of the seeds 0 to 9:
#   xoroshiro128plus  47 46 45 44 43 42 41 40 39 38
#   xorshift128plus   47 46 45 44 43 42 41 40 39 38
#   mersenne          96 93 96 38 82 59 82 63 75 18
# Seen, second draws of xoroshiro128plus: 11 28 45 62 79 96 13 30 47 64
#
# Advice: hash the seed first, and give the generator its whole state (xoroshiro128plusFromState).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  pure-rand@8.4.2 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { mersenne } from "pure-rand/generator/mersenne";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { xorshift128plus } from "pure-rand/generator/xorshift128plus";

const seeds = Array.from({ length: 20 }, (_, seed) => seed);
/** The draw of the given place (0 is the first) from each seed's stream. */
const draws = (generator, place) =>
  seeds.map((seed) => {
    const stream = generator(seed);
    for (let i = 0; i < place; i++) uniformInt(stream, 0, 99);
    return uniformInt(stream, 0, 99);
  });
/** The distances between neighbours, around the circle of 100 values. */
const steps = (values) => [...new Set(values.slice(1).map((value, i) => (value - values[i] + 100) % 100))];

console.log("xoroshiro128plus, first draws ", draws(xoroshiro128plus, 0).join(" "));
console.log("xoroshiro128plus, second draws", draws(xoroshiro128plus, 1).join(" "));
console.log("xorshift128plus, first draws  ", draws(xorshift128plus, 0).join(" "));
console.log("mersenne, first draws         ", draws(mersenne, 0).join(" "));
const same =
  isDeepStrictEqual(steps(draws(xoroshiro128plus, 0)), [99]) &&
  isDeepStrictEqual(steps(draws(xoroshiro128plus, 1)), [17]) &&
  isDeepStrictEqual(steps(draws(xorshift128plus, 0)), [99]) &&
  steps(draws(mersenne, 0)).length > 10;
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
