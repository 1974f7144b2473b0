/** The Worker's bindings and variables. They are parsed once a request; an error says what to set. */
import { limits } from "./core/limits.ts";
import type { QueueName } from "./core/tasks/queues.ts";
import type { VenueName } from "./core/venue-names.ts";
import type { VenuePort } from "./markets/venues/venue-desk.ts";
import type { WorkersAi } from "./rounds/models/workers-ai.ts";
import type { AgentObject, ArenaObject, BeatObject } from "./rounds/ports.ts";

export interface Env {
  readonly ENVIRONMENT: string;
  /** Secret: Neon's connection string. */
  readonly DATABASE_URL?: string;
  /** Only in the local stack and in tests: the address to which the Neon driver sends its statements. */
  readonly DATABASE_PROXY_URL?: string;
  /** Only in the local stack and in tests: addresses in place of the venues' own. */
  readonly COINBASE_URL?: string;
  readonly KRAKEN_URL?: string;
  readonly BINANCE_URL?: string;
  /** Only in the local stack and in tests. "true": webhooks may go to this machine, by http and to any port. */
  readonly WEBHOOK_LOOPBACK?: string;
  /** Secret: the key for every write and for all of operations. Both stay closed where it is not set; a short key is refused. */
  readonly OPERATOR_KEY?: string;
  /** "true": /metrics needs no operator key, for scrapers that can't send one. */
  readonly METRICS_OPEN?: string;
  /** Only in the local stack, "true": models may run on this machine. Keys of models are secrets LLM_KEY_…, and LLM_HOSTS_… lists where each may be sent. */
  readonly LLM_LOOPBACK?: string;
  /** Only in the local stack: the player of a cassette, which answers in place of all providers. */
  readonly LLM_CASSETTE_URL?: string;
  /** For how many hours cleanup_old_results keeps finished tasks. */
  readonly RETAIN_SUCCESS_HOURS?: string;
  readonly RETAIN_FAILURE_HOURS?: string;
  /** The most rounds of a replay that are stored in one piece. "0": each by itself. */
  readonly REPLAY_BLOCK_ROUNDS?: string;
  readonly VERSION?: WorkerVersionMetadata;
  /** Only in the local stack: the version of the source. There the platform's own id is another one at each start. */
  readonly CODE_VERSION?: string;
  readonly AGENTS: Queue;
  readonly TRADING: Queue;
  readonly RECOVERY: Queue;
  readonly TRADING_AGENT: DurableObjectNamespace<AgentObject & Rpc.DurableObjectBranded>;
  readonly ARENA: DurableObjectNamespace<ArenaObject & Rpc.DurableObjectBranded>;
  readonly BEAT: DurableObjectNamespace<BeatObject & Rpc.DurableObjectBranded>;
  readonly VENUE: DurableObjectNamespace<VenuePort & Rpc.DurableObjectBranded>;
  /** Workers AI. Only production has it: with it the local stack does not start without a network. */
  readonly AI?: WorkersAi;
  /** The built web app. */
  readonly ASSETS: Fetcher;
}

export interface Settings {
  readonly databaseUrl: string;
  readonly databaseProxyUrl: string | null;
  readonly operatorKey: string | null;
  readonly metricsOpen: boolean;
  readonly environment: string;
  readonly codeVersion: string;
  readonly replayBlockRounds: number;
  /** Where a venue is reached in a test; null: at its own address. */
  readonly venueUrls: Readonly<Record<VenueName, string | null>>;
  readonly webhookLoopback: boolean;
  readonly retention: { readonly successHours: number; readonly failureHours: number };
}

export function readSettings(env: Env): Settings {
  if (!env.DATABASE_URL) {
    throw new Error("DATABASE_URL is not set: run `wrangler secret put DATABASE_URL` with Neon's connection string");
  }
  return {
    databaseUrl: env.DATABASE_URL,
    databaseProxyUrl: env.DATABASE_PROXY_URL || null,
    operatorKey: operatorKey(env.OPERATOR_KEY),
    metricsOpen: env.METRICS_OPEN === "true",
    environment: env.ENVIRONMENT,
    codeVersion: env.CODE_VERSION || env.VERSION?.id || "local",
    replayBlockRounds: blockRounds(env.REPLAY_BLOCK_ROUNDS),
    venueUrls: {
      coinbase: venueUrl(env, "COINBASE_URL"),
      kraken: venueUrl(env, "KRAKEN_URL"),
      binance: venueUrl(env, "BINANCE_URL"),
    },
    webhookLoopback: webhookLoopback(env),
    retention: {
      successHours: hours(env, "RETAIN_SUCCESS_HOURS", limits.retainSuccessHours),
      failureHours: hours(env, "RETAIN_FAILURE_HOURS", limits.retainFailureHours),
    },
  };
}

/** A deployment trades on the venues themselves. */
function venueUrl(env: Env, name: "COINBASE_URL" | "KRAKEN_URL" | "BINANCE_URL"): string | null {
  const url = env[name];
  if (!url) return null;
  if (env.ENVIRONMENT !== "local")
    throw new Error(`${name} is set: only the local stack may ask another address, so remove it`);
  return url;
}

/** A deployment sends no webhook to the network that it runs in. */
function webhookLoopback({ WEBHOOK_LOOPBACK, ENVIRONMENT }: Env): boolean {
  if (!WEBHOOK_LOOPBACK || WEBHOOK_LOOPBACK === "false") return false;
  if (WEBHOOK_LOOPBACK !== "true")
    throw new Error(`WEBHOOK_LOOPBACK is "${WEBHOOK_LOOPBACK}": set it to true or false`);
  if (ENVIRONMENT !== "local")
    throw new Error("WEBHOOK_LOOPBACK is set: only the local stack may call itself, so remove it");
  return true;
}

function operatorKey(key = ""): string | null {
  if (key !== "" && key.length < limits.operatorKeyCharsMin) {
    throw new Error(
      `OPERATOR_KEY has ${key.length} characters: set a random one of at least ${limits.operatorKeyCharsMin}, such as \`openssl rand -base64 24\` makes`,
    );
  }
  return key || null;
}

function hours(env: Env, name: "RETAIN_SUCCESS_HOURS" | "RETAIN_FAILURE_HOURS", unset: number): number {
  const value = Number(env[name] || unset);
  if (!Number.isInteger(value) || value < 1 || value > limits.retainHoursMax) {
    throw new Error(`${name} is "${env[name]}": set it to whole hours, from 1 to ${limits.retainHoursMax}`);
  }
  return value;
}

function blockRounds(value: string | undefined): number {
  const rounds = Number(value || limits.blockRoundsMax);
  if (!Number.isInteger(rounds) || rounds < 0 || rounds > limits.blockRoundsMax) {
    throw new Error(`REPLAY_BLOCK_ROUNDS is "${value}": set it to whole rounds, from 0 to ${limits.blockRoundsMax}`);
  }
  return rounds;
}

/** A variable LLM_KEY_… or LLM_HOSTS_… of the deployment. Null: it is not set. No other variable is told. */
export function modelVariable(env: Env, name: string): string | null {
  const value: unknown = /^LLM_(KEY|HOSTS)_[A-Z0-9_]+$/.test(name) ? Reflect.get(env, name) : undefined;
  return typeof value === "string" && value !== "" ? value : null;
}

/** The keys of models, so that no log shows one. */
export function modelKeys(env: Env): string[] {
  const names = Object.keys(env).filter((name) => name.startsWith("LLM_KEY_"));
  return names.flatMap((name) => modelVariable(env, name) ?? []);
}

export function queueOf(env: Env, name: QueueName): Queue {
  return { agents: env.AGENTS, trading: env.TRADING, recovery: env.RECOVERY }[name];
}
