/** What rounds and tasks receive of the world: the database, the market, chance, queues, objects. Never `env`. */

import type { Message, QueueName } from "../core/message.ts";
import type { Query } from "../db/query.ts";
import type { Log } from "../log.ts";
import type { CandleSource, MarketSource } from "../markets/market.ts";
import type { View } from "../strategies/strategy.ts";
import type { MarketViews } from "./market-view.ts";

/** What a round asks an entry's object. It carries what the batch read: an object with an older version adopts it. */
export interface DecisionRequest {
  readonly tournamentId: string;
  readonly entryId: string;
  /** Null: a rehearsal. */
  readonly roundId: string | null;
  readonly strategy: string;
  readonly version: number;
  readonly recoveries: number;
  /** False: an object that is new or behind must not adopt the account. */
  readonly recoverFromCrash: boolean;
  readonly view: View;
  /** Of the request on whose behalf it is asked, if there was one: for its log. */
  readonly correlationId?: string;
}

export type DecisionReply =
  | { readonly kind: "choice"; readonly choice: unknown; readonly recovered: boolean }
  | { readonly kind: "needs_recovery" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** The right to run that a thinking object holds, and until when it may think. */
export interface ThinkingJob extends DecisionRequest {
  readonly roundId: string;
  readonly taskId: string;
  readonly token: string;
  readonly thinkingSeconds: number;
  /** Prolonged by heartbeats, three to a lease. */
  readonly leaseSeconds: number;
}

/** How a live entry's own loop is timed. Epoch milliseconds. */
export interface LoopPlan {
  readonly tournamentId: string;
  readonly entryId: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly intervalSeconds: number;
  readonly jitterMs: number;
}

/** An entry's object. */
export interface AgentPort {
  decide(request: DecisionRequest): Promise<DecisionReply>;
  /** Starts or goes on thinking on its own; the answer comes as a message. */
  think(job: ThinkingJob): Promise<{ readonly kind: "thinking" } | Exclude<DecisionReply, { kind: "choice" }>>;
  /** Drops what it holds and takes what Postgres says. */
  restore(state: {
    readonly version: number;
    readonly recoveries: number;
    readonly correlationId?: string;
  }): Promise<void>;
  /** Arms its loop if no alarm is armed, or one that is past. */
  poke(plan: LoopPlan): Promise<void>;
  /** Ends its loop: the tournament is not live. */
  rest(): Promise<void>;
}

export interface RoundPorts {
  readonly query: Query;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  /** The isolate's clock, epoch milliseconds: measures durations, decides nothing. */
  readonly now: () => number;
  readonly markets: Readonly<Record<CandleSource["kind"], MarketSource>>;
  readonly views: MarketViews;
  readonly agent: (entryId: string) => AgentPort;
  /** Sends messages; a failure is logged, false, and left to whoever sends what is owed. */
  readonly send: (queue: QueueName, messages: readonly Message[], delaySeconds?: number) => Promise<boolean>;
  readonly log: Log;
  /** Who does it, for histories: the consumer, `signed` with its code version. */
  readonly by: string;
  readonly codeVersion: string;
  readonly correlationId: string | null;
}
