/** Looks for a shorter history with the same kind of violation: fewer steps, no operator, fewer faults. */
import { faultNames } from "./faults.ts";
import { realNow } from "./globals.ts";
import { type SimOptions, type SimResult, simulate } from "./simulate.ts";

const kindOf = (result: SimResult) => (result.violations[0]?.text ?? "").replace(/[0-9a-f]{4,}|\d+/g, "#").slice(0, 60);

export async function shrink(
  options: SimOptions,
  result: SimResult,
  seconds: number,
): Promise<{ options: SimOptions; result: SimResult }> {
  const until = realNow() + seconds * 1000;
  const kind = kindOf(result);
  const { onLine: _shown, onProgress: _told, ...quiet } = options;
  let best: { options: SimOptions; result: SimResult } = { options: quiet, result };
  const tried = async (change: Partial<SimOptions>): Promise<boolean> => {
    if (realNow() > until) return false;
    const next = { ...best.options, ...change };
    const again = await simulate(next);
    if (again.violations.length === 0 || kindOf(again) !== kind) return false;
    best = { options: next, result: again };
    return true;
  };
  await tried({ steps: Math.min(options.steps, result.violations[0]?.step ?? options.steps) });
  await tried({ operator: false });
  for (const fault of faultNames) {
    if (!best.result.faults[fault]) continue;
    await tried({ without: new Set([...best.options.without, fault]) });
  }
  for (const single of best.result.struck) {
    if (best.result.struck.includes(single)) await tried({ skip: new Set([...best.options.skip, single]) });
  }
  await tried({ steps: best.result.violations[0]?.step ?? best.options.steps });
  return best;
}
