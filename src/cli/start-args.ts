/** The arguments of `npm start` to options, or to sentences that say what to write instead. Pure. */
import { parseArgs } from "node:util";
import { limits } from "../core/limits.ts";
import { parseInterval } from "../markets/intervals.ts";

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export const DEFAULT_PORT = 8787;
export const DEFAULT_INTERVAL_SECONDS = 5;
export const DEFAULT_DATA = ".agonus";

export interface StartOptions {
  /** Null: not asked for; a running tournament keeps its own. */
  readonly intervalSeconds: number | null;
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  readonly json: boolean;
  readonly watch: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

export type StartArgs =
  | { readonly kind: "run"; readonly options: StartOptions }
  | { readonly kind: "help" }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

export const HELP = `Starts all of Agonus on this machine, with a live tournament under way.

  npm start -- [options]

  --interval I     time between rounds: 5s, 1m, 5m … (5s)
  --port N         port of the HTTP API and the pages, on 127.0.0.1 (${DEFAULT_PORT})
  --data DIR       folder of the database, the logs and the operator key (${DEFAULT_DATA})
  --reset          begin anew: remove the tournaments that are there
  --json           one JSON line on stdout when ready: {"url", "operator_key", "tournament_id"}; all else on stderr
  --watch          reload the Worker when its source changes (npm run dev)
  --log-level L    ${LOG_LEVELS.join(", ")} (info); debug shows the Worker's whole log
  --help

Ctrl-C ends everything; the next start goes on where this one ended.
Exit codes: 0 ended as asked; 1 failed; 2 bad input.
`;

const flags = {
  interval: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  reset: { type: "boolean" },
  json: { type: "boolean" },
  watch: { type: "boolean" },
  "log-level": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export function parseStartArgs(argv: readonly string[]): StartArgs {
  let values: ReturnType<typeof read>;
  try {
    values = read(argv);
  } catch (error) {
    return { kind: "bad", errors: [problem(error)] };
  }
  if (values.help) return { kind: "help" };
  const errors: string[] = [];
  const intervalSeconds = values.interval === undefined ? null : parseInterval(values.interval);
  if (values.interval !== undefined && (intervalSeconds === null || intervalSeconds > limits.intervalSecondsMax)) {
    errors.push(`--interval ${values.interval}: must be a length of time such as 5s, 1m or 1h, of 1d at most`);
  }
  const port = values.port === undefined ? DEFAULT_PORT : /^\d{1,5}$/.test(values.port) ? Number(values.port) : 0;
  if (port < 1 || port > 65_535) errors.push(`--port ${values.port}: must be a whole number from 1 to 65535`);
  const dataDir = values.data ?? DEFAULT_DATA;
  if (dataDir === "") errors.push('--data "": must be a path');
  const logLevel = LOG_LEVELS.find((level) => level === (values["log-level"] ?? "info"));
  if (logLevel === undefined)
    errors.push(`--log-level ${values["log-level"]}: must be one of ${LOG_LEVELS.join(", ")}`);
  if (errors.length > 0 || logLevel === undefined) return { kind: "bad", errors };
  const { reset = false, json = false, watch = false } = values;
  return { kind: "run", options: { intervalSeconds, port, dataDir, reset, json, watch, logLevel } };
}

function read(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values;
}

/** parseArgs explains itself at length; the flag is what matters. */
function problem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = Object.keys(flags).map((flag) => `--${flag}`);
  const unknown = /^Unknown option '([^']+)'/.exec(message)?.[1];
  if (unknown !== undefined) return `${unknown}: there is no such option; there are ${known.join(" ")}`;
  const positional = /^Unexpected argument '([^']*)'/.exec(message)?.[1];
  if (positional !== undefined) return `${positional}: every value needs its option before it, such as --port 9000`;
  return message.split("\n")[0]?.replace(/^Option '([^']+)'/, "$1:") ?? message;
}
