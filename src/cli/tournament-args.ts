/** The arguments of `npm run tournament` to options, or to sentences that say what to write instead. Pure. */
import { parseArgs } from "node:util";
import { limits } from "../core/limits.ts";
import { intervalText, parseInterval } from "../markets/intervals.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface TournamentOptions {
  /** Null: the synthetic market. */
  readonly candles: string | null;
  readonly rounds: number;
  readonly seed: string;
  /** Path of a JSON array of bodies of POST /agents; null: the default field. */
  readonly agents: string | null;
  /** Null: the candles' own. */
  readonly intervalSeconds: number | null;
  /** Epoch milliseconds of round 0; null: right after the warm-up. */
  readonly startAt: number | null;
  readonly dataDir: string;
  readonly port: number | null;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

export type ArgsResult =
  | { readonly kind: "run"; readonly options: TournamentOptions }
  | { readonly kind: "help" }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

const MAX_ROUNDS = 1_000_000;

export const HELP = `Replays a tournament on stored candles through the whole stack, and checks its ledger.

  npm run tournament -- [options]

  --candles DIR    folder of files like BTC-USDT.5m.csv; without it, the synthetic market of the seed
  --rounds N       decision rounds (288: one day of 5 minutes)
  --seed S         feeds everything random; the same seed and candles give the same hash (1)
  --agents FILE    JSON array of agents, as in the body of POST /agents; without it, the default field
  --interval I     time between rounds, a multiple of the candles' own: 5m, 1h … (the candles' own)
  --start TIME     ISO time of round 0, in UTC where no zone is given (right after the warm-up)
  --data DIR       folder of the local stack's database (.agonus)
  --port N         port of the HTTP API while it runs (any free one)
  --json           one JSON line at the end of stdout, everything else on stderr
  --log-level L    ${logLevels.join(", ")} (warn)
  --help

The same command on the same data folder goes on with a run that was interrupted.
Exit codes: 0 done; 1 failed, or the ledger is wrong; 2 bad input, nothing written; 130 interrupted.
`;

const flags = {
  candles: { type: "string" },
  rounds: { type: "string" },
  seed: { type: "string" },
  agents: { type: "string" },
  interval: { type: "string" },
  start: { type: "string" },
  data: { type: "string" },
  port: { type: "string" },
  json: { type: "boolean" },
  "log-level": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export function parseTournamentArgs(argv: readonly string[]): ArgsResult {
  let values: ReturnType<typeof read>;
  try {
    values = read(argv);
  } catch (error) {
    return { kind: "bad", errors: [flagProblem(error)] };
  }
  if (values.help) return { kind: "help" };

  const errors: string[] = [];
  const fail = (flag: string, value: string, rule: string): null => {
    errors.push(`--${flag} ${value === "" ? '""' : value}: ${rule}`);
    return null;
  };
  const whole = (flag: "rounds" | "port", max: number): number | null => {
    const value = values[flag];
    if (value === undefined) return null;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    return number >= 1 && number <= max ? number : fail(flag, value, `must be a whole number from 1 to ${max}`);
  };
  const path = (flag: "candles" | "agents" | "data"): string | null => {
    const value = values[flag];
    return value === "" ? fail(flag, value, "must be a path") : (value ?? null);
  };

  const rounds = whole("rounds", MAX_ROUNDS) ?? 288;
  const port = whole("port", 65_535);
  const seed = values.seed ?? "1";
  if (seed.length === 0 || seed.length > 64) fail("seed", seed, "must have 1 to 64 characters");
  let intervalSeconds: number | null = null;
  if (values.interval !== undefined) {
    const seconds = parseInterval(values.interval) ?? Number.POSITIVE_INFINITY;
    intervalSeconds =
      (seconds <= limits.intervalSecondsMax ? seconds : null) ??
      fail("interval", values.interval, "must be a length of time such as 30s, 5m or 1h, of 1d at most");
  }
  let startAt: number | null = null;
  if (values.start !== undefined) {
    startAt =
      parseIsoTime(values.start) ?? fail("start", values.start, "must be an ISO time such as 2025-06-01T10:00:00Z");
  }
  const logLevel = logLevels.find((level) => level === (values["log-level"] ?? "warn"));
  if (logLevel === undefined) fail("log-level", values["log-level"] ?? "", `must be one of ${logLevels.join(", ")}`);
  const candles = path("candles");
  const agents = path("agents");
  const dataDir = path("data") ?? ".agonus";
  if (errors.length > 0 || logLevel === undefined) return { kind: "bad", errors };
  return {
    kind: "run",
    options: {
      candles,
      rounds,
      seed,
      agents,
      intervalSeconds,
      startAt,
      dataDir,
      port,
      json: values.json === true,
      logLevel,
    },
  };
}

/** The command that repeats a run, for messages. */
export function commandOf(options: TournamentOptions): string {
  const parts = ["npm run tournament --"];
  const add = (flag: string, value: string | null) => {
    if (value !== null)
      parts.push(`--${flag} ${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`);
  };
  add("candles", options.candles);
  add("rounds", String(options.rounds));
  add("seed", options.seed);
  add("agents", options.agents);
  add("interval", options.intervalSeconds === null ? null : intervalText(options.intervalSeconds));
  add("start", options.startAt === null ? null : new Date(options.startAt).toISOString());
  if (options.dataDir !== ".agonus") add("data", options.dataDir);
  if (options.json) parts.push("--json");
  return parts.join(" ");
}

function read(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values;
}

/** parseArgs explains itself at length; the flag is what matters. */
function flagProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = Object.keys(flags).map((flag) => `--${flag}`);
  const unknown = /^Unknown option '([^']+)'/.exec(message)?.[1];
  if (unknown !== undefined) return `${unknown}: there is no such option; there are ${known.join(" ")}`;
  const positional = /^Unexpected argument '([^']*)'/.exec(message)?.[1];
  if (positional !== undefined) return `${positional}: every value needs its option before it, such as --rounds 288`;
  return message.split("\n")[0]?.replace(/^Option '([^']+)'/, "$1:") ?? message;
}

function parseIsoTime(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (match === null) return null;
  const [, day = "", time = "00:00", zone = "Z"] = match;
  const ms = Date.parse(`${day}T${time}${zone}`);
  // Date.parse rolls 2025-02-30 over to March.
  return Number.isNaN(ms) || Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day
    ? null
    : ms;
}
