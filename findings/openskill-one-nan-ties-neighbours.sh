#!/usr/bin/env bash
# Package: openskill 5.0.1.
#
# Behaviour: `rate(teams, { score })` with one score that is NaN (a return of 0/0, say) neither throws nor leaves that team out.
# The teams are sorted by a comparison that NaN makes meaningless. The team ties with its neighbours, and these tie with each
# other through it: the best of four loses its lead over the third.
# Where the scores were not in order before, the result depends on the JavaScript engine: the same call moves the same players
# in opposite directions on two versions of Node.
#
# Seen, mean skill after one match of four equal players:
#   scores 4, 3, 2, 1               27.80 26.55 24.69 20.96
#   scores 4, NaN, 2, 1             25.31 25.31 25.31 24.07
#   scores 4, 3, NaN, 5, Node 20    27.80 24.07 24.07 24.07   the highest score loses
#   scores 4, 3, NaN, 5, Node 26    26.55 22.83 22.83 27.80   the highest score wins
#
# Advice: refuse a score that is not finite before the call, or place such a team last by `rank`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  openskill@5.0.1 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { rate, rating } from "openskill";

const after = (score) =>
  rate(score.map(() => [rating()]), { score })
    .map(([{ mu }]) => mu.toFixed(2))
    .join(" ");
// The last case has one outcome an engine.
const described = [
  [[4, 3, 2, 1], ["27.80 26.55 24.69 20.96"]],
  [[4, Number.NaN, 2, 1], ["25.31 25.31 25.31 24.07"]],
  [[4, 3, Number.NaN, 5], ["27.80 24.07 24.07 24.07", "26.55 22.83 22.83 27.80"]],
];
let same = true;
console.log("Node", process.versions.node);
for (const [score, outcomes] of described) {
  const seen = after(score);
  console.log(score.join(", ").padEnd(14), seen);
  same &&= outcomes.includes(seen);
}
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
