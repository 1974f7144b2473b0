/** Bindings and variables, parsed once a request, failing with a sentence that says what to set. */
import type { Arena } from "../durable-objects/arena.ts";
import type { Beat } from "../durable-objects/beat.ts";
import type { TradingAgent } from "../durable-objects/trading-agent.ts";
import { limits } from "./core/limits.ts";
import type { QueueName } from "./core/message.ts";

export interface Env {
  readonly ENVIRONMENT: string;
  /** Secret: Neon's connection string. */
  readonly DATABASE_URL?: string;
  /** Local and tests only: where the Neon driver sends its statements. */
  readonly DATABASE_PROXY_URL?: string;
  /** Secret: opens every write and all of operations. Without it they stay closed. */
  readonly OPERATOR_KEY?: string;
  /** "true": /metrics needs no operator key, for scrapers that bring none. */
  readonly METRICS_OPEN?: string;
  /** Hours that cleanup_old_results keeps finished tasks. */
  readonly RETAIN_SUCCESS_HOURS?: string;
  readonly RETAIN_FAILURE_HOURS?: string;
  readonly VERSION?: WorkerVersionMetadata;
  readonly AGENTS: Queue;
  readonly TRADING: Queue;
  readonly RECOVERY: Queue;
  readonly TRADING_AGENT: DurableObjectNamespace<TradingAgent>;
  readonly ARENA: DurableObjectNamespace<Arena>;
  readonly BEAT: DurableObjectNamespace<Beat>;
  /** The built web app. */
  readonly ASSETS: Fetcher;
  /** Slows down who guesses at the operator key. Per location, and approximate. */
  readonly SIGN_IN: RateLimit;
}

export interface Settings {
  readonly databaseUrl: string;
  readonly databaseProxyUrl: string | null;
  readonly operatorKey: string | null;
  readonly metricsOpen: boolean;
  readonly environment: string;
  readonly codeVersion: string;
  readonly retention: { readonly successHours: number; readonly failureHours: number };
}

export function readSettings(env: Env): Settings {
  if (!env.DATABASE_URL) {
    throw new Error("DATABASE_URL is not set: run `wrangler secret put DATABASE_URL` with Neon's connection string");
  }
  return {
    databaseUrl: env.DATABASE_URL,
    databaseProxyUrl: env.DATABASE_PROXY_URL || null,
    operatorKey: env.OPERATOR_KEY || null,
    metricsOpen: env.METRICS_OPEN === "true",
    environment: env.ENVIRONMENT,
    codeVersion: env.VERSION?.id || "local",
    retention: {
      successHours: hours(env, "RETAIN_SUCCESS_HOURS", limits.retainSuccessHours),
      failureHours: hours(env, "RETAIN_FAILURE_HOURS", limits.retainFailureHours),
    },
  };
}

function hours(env: Env, name: "RETAIN_SUCCESS_HOURS" | "RETAIN_FAILURE_HOURS", otherwise: number): number {
  const value = Number(env[name] || otherwise);
  if (!Number.isInteger(value) || value < 1 || value > limits.retainHoursMax) {
    throw new Error(`${name} is "${env[name]}": set it to whole hours, from 1 to ${limits.retainHoursMax}`);
  }
  return value;
}

export function queueOf(env: Env, name: QueueName): Queue {
  return { agents: env.AGENTS, trading: env.TRADING, recovery: env.RECOVERY }[name];
}
