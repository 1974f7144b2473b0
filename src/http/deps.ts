/** What the routes receive in place of `env`. index.ts builds one for each request. */
import type { QueueName } from "../core/tasks/queues.ts";
import type { VenueName } from "../core/venue-names.ts";
import type { Query } from "../db/query.ts";
import type { Work } from "../db/shared-work.ts";
import type { FoundKey } from "../db/statements/keys/find.ts";
import type { TaskRow } from "../db/statements/tasks/read.ts";
import type { Enqueued, EnqueueOptions, Tasks } from "../engine/task.ts";
import type { Log } from "../log.ts";
import type { VenuePort } from "../markets/venues/venue-desk.ts";
import type { DoorPorts, DoorState } from "../rounds/doors/door-state.ts";
import type { WebhookPorts } from "../rounds/doors/webhook/ports.ts";
import type { SentMessage } from "../rounds/messages/schemas.ts";
import type { ModelSettings } from "../rounds/models/endpoint.ts";
import type { WebDeps } from "./web-deps.ts";

export type KeyReads = Work<Query, string, FoundKey | null>;
export type TaskReads = Work<Query, string, TaskRow | null>;

export interface HttpDeps {
  readonly query: Query;
  /** Reads tasks by id. Requests of one isolate that read at the same time share a statement. */
  readonly taskReads: TaskReads;
  /** Finds keys by their hashes. Nothing is cached: a revoked key fails with the next request. */
  readonly keyReads: KeyReads;
  /** Null when the secret isn't set. Everything that needs it is then closed. */
  readonly operatorKey: string | null;
  /** Whether /metrics needs no key. */
  readonly metricsOpen: boolean;
  readonly environment: string;
  /** The code's version id from the platform, or "local". */
  readonly codeVersion: string;
  readonly correlationId: string;
  readonly log: Log;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  /** 128 fresh random bits in hex, for a synthetic market. */
  readonly newMarketKey: () => string;
  /** 256 fresh random bits, in 43 characters. */
  readonly newToken: () => string;
  /** The catalogue of tasks that can be enqueued. */
  readonly tasks: Tasks;
  /**
   * The task id that the request's Idempotency-Key has reserved. A repeated request finds its earlier work by this id.
   */
  readonly reservedId?: string;
  /** Stores the task's row and sends its id; answers with the existing row's id for the same key. */
  readonly enqueue: (name: string, args: Record<string, unknown>, options?: EnqueueOptions) => Promise<Enqueued>;
  /** A live venue: its list of symbols. */
  readonly venue: (name: VenueName) => Pick<VenuePort, "find">;
  /** Has the tournament's Arena look now at what is due: rounds and transitions. */
  readonly wakeArena: (tournamentId: string) => Promise<void>;
  /** Puts messages on a queue. A failure is logged, and the next sweep sends them. */
  readonly send: (queue: QueueName, messages: readonly SentMessage[]) => Promise<unknown>;
  /** Sends tasks that are due and unsent, at most as many as one sweep does. Returns their number. */
  readonly sendOwed: () => Promise<number>;
  /** The live state that an entry's object holds. */
  readonly liveState: (entryId: string) => Promise<Record<string, unknown>>;
  /** The backlog of each queue as the platform counts it. Null for a queue whose count the platform can't give. */
  readonly backlog: () => Promise<Record<string, { messages: number; oldest_at: string | null } | null>>;
  /** Which models the deployment may call. */
  readonly models: ModelSettings;
  /** What the isolate keeps for agents from outside. */
  readonly doors: DoorState;
  readonly doorPorts: DoorPorts;
  readonly webhooks: WebhookPorts;
  /** Work that goes on after the answer. A failure is nobody's: such work is owed by rows as well. */
  readonly afterwards: (work: Promise<unknown>) => void;
  /** For browsers: pages, sessions, the live feed. */
  readonly web: WebDeps;
}
