import { parseArgs } from "node:util";

export const HELP = `npm run chaos -- [--seed S] [--minutes M] [--interval 15s] [--faults all|none|KIND,KIND] [--json] [--keep]

Breaks a live tournament on the real stack for M minutes (default 5), lets it recover, and audits the database.
  --seed S        chooses the faults and their times (default: a new one, which is printed)
  --interval T    of the rounds (default 15s)
  --faults LIST   none: nobody may miss anything; or only these kinds
  --json          progress goes to stderr, and stdout holds the result's one line
  --keep          leaves the data folder

Exit: 0 all promises held, 1 one was broken (or nothing was hit), 2 bad input, 130 interrupted (everything is ended and removed).
`;

export interface ChaosOptions {
  readonly seed: string;
  readonly minutes: number;
  readonly intervalSeconds: number;
  /** Null: all of them. */
  readonly kinds: readonly string[] | null;
  readonly json: boolean;
  readonly keep: boolean;
}

/** `fresh`: the seed if none is given. Answers with a sentence when the input is bad. */
export function parseChaosArgs(
  argv: readonly string[],
  known: readonly string[],
  fresh: string,
): ChaosOptions | { readonly stop: string; readonly code: 0 | 2 } {
  const bad = (stop: string) => ({ stop: `${stop}\n${HELP}`, code: 2 as const });
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean" } as const;
    ({ values } = parseArgs({
      args: [...argv],
      options: { seed: text, minutes: text, interval: text, faults: text, json: flag, keep: flag, help: flag },
    }));
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { stop: HELP, code: 0 };
  const minutes = Number(values.minutes ?? 5);
  if (!(minutes > 0 && minutes <= 24 * 60)) return bad("--minutes must be a number from 0 to 1440");
  const interval = /^(\d+)s$/.exec(String(values.interval ?? "15s"))?.[1];
  if (interval === undefined || Number(interval) < 5) return bad("--interval must be whole seconds, 5s or more");
  const faults = String(values.faults ?? "all");
  const kinds = faults === "all" ? null : faults === "none" ? [] : faults.split(",");
  const strange = kinds?.find((kind) => !known.includes(kind));
  if (strange !== undefined) return bad(`--faults ${strange}: there are ${known.join(", ")}`);
  return {
    seed: String(values.seed ?? fresh),
    minutes,
    intervalSeconds: Number(interval),
    kinds,
    json: values.json === true,
    keep: values.keep === true,
  };
}
