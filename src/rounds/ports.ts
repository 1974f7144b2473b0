/** What rounds and tasks receive of the world: the database, the market, chance, queues, objects. Never `env`. */
import type { QueueName } from "../core/tasks/queues.ts";
import type { VenueName } from "../core/venue-names.ts";
import type { EnginePorts } from "../engine/task.ts";
import type { MarketSource, StoredKind } from "../markets/market.ts";
import type { VenuePort } from "../markets/venues/venue-desk.ts";
import type { CarriedView } from "../strategies/carried-view.ts";
import type { BlockReply, BlockRequest } from "./block/asked.ts";
import type { BlockNotes } from "./block/notes.ts";
import type { RoundNews } from "./doors/openings.ts";
import type { MarketViews } from "./market-view.ts";
import type { SentMessage } from "./messages/schemas.ts";

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
  readonly view: CarriedView;
  /** The id of the request that asked for the decision, if there was one. The object logs it. */
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

/** The call of a webhook, as a task hands it over to the entry's object. */
export interface WebhookJob {
  readonly tournamentId: string;
  readonly agentId: string;
  readonly entryId: string;
  readonly roundId: string;
  readonly round: number;
  readonly isReplay: boolean;
  readonly taskId: string;
  readonly token: string;
  /** Prolonged by heartbeats, three to a lease. */
  readonly leaseSeconds: number;
  /** How long one call may take. */
  readonly patienceMs: number;
  /** Before the second call. Each further wait is twice as long. */
  readonly retryMs: number;
  /** How long the round is still open. */
  readonly leftMs: number;
  readonly correlationId?: string;
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
  /** Plays rounds of a replay forward. It changes nothing that the object holds. */
  playBlock(request: BlockRequest): Promise<BlockReply>;
  /** Starts or goes on thinking on its own; the answer comes as a message. */
  think(job: ThinkingJob): Promise<{ readonly kind: "thinking" } | Exclude<DecisionReply, { kind: "choice" }>>;
  /** Calls the agent's webhook on its own, until it has answered or the round has closed. */
  call(job: WebhookJob): Promise<void>;
  /** Drops what it holds and takes what Postgres says. */
  restore(state: {
    readonly version: number;
    readonly recoveries: number;
    readonly correlationId?: string;
  }): Promise<void>;
  /** Arms its loop if no alarm is armed, or one that is past. */
  wake(plan: LoopPlan): Promise<void>;
  /** Ends its loop: the tournament is not live. */
  rest(): Promise<void>;
}

/** What the Worker calls on an entry's object. The class is durable-objects/trading-agent.ts. */
export interface AgentObject extends AgentPort {
  /** What it holds in memory and when it wakes next. */
  live(): Promise<Record<string, unknown>>;
}

/** What the Worker calls on a tournament's object. The class is durable-objects/arena.ts. */
export interface ArenaObject {
  wake(tournamentId: string, correlationId?: string): Promise<void>;
  /** As `wake`, after answers. Returns how many agents from outside the open round still waits for. */
  takeAnswers(tournamentId: string): Promise<number>;
  /** Answers when there is a round above `after`, when the tournament is over, or when the time is up. */
  untilOpening(tournamentId: string, after: number, waitMs: number): Promise<RoundNews>;
  /** A spectator's WebSocket. */
  fetch(request: Request): Promise<Response>;
}

/** What the Worker calls on the clock below a minute. The class is durable-objects/beat.ts. */
export interface BeatObject {
  wake(): Promise<void>;
}

/** What rounds receive beyond the engine's: the market and the objects. */
export interface RoundPorts extends EnginePorts {
  readonly markets: Readonly<Record<StoredKind, MarketSource>>;
  /** The object of a live venue. */
  readonly venue: (name: VenueName) => VenuePort;
  readonly views: MarketViews;
  readonly blocks: BlockNotes;
  /** The most rounds of a block; under 2 each round is played by itself. */
  readonly blockRounds: number;
  readonly agent: (entryId: string) => AgentPort;
  readonly send: (queue: QueueName, messages: readonly SentMessage[], delaySeconds?: number) => Promise<boolean>;
  /** Has the tournament's Arena look at what is due. The correlation id is for its log alone. */
  readonly wakeArena: (tournamentId: string, correlationId?: string | null) => Promise<void>;
}
