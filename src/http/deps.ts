/** What the routes receive: made once a request by index.ts, never `env`. */
import type { Message, QueueName } from "../core/message.ts";
import type { Query } from "../db/query.ts";
import type { SharedWork } from "../db/shared-work.ts";
import type { TaskRow } from "../db/statements/api-read-task.ts";
import type { Log } from "../log.ts";
import type { Enqueued, EnqueueOptions, Tasks } from "../tasks/define.ts";
import type { WebDeps } from "./web-deps.ts";

export type TaskReads = SharedWork<Query, string, TaskRow | null>;

export interface HttpDeps {
  readonly query: Query;
  /** Of tasks by their ids, shared by all requests of an isolate. */
  readonly taskReads: TaskReads;
  /** Null: the secret isn't set, so everything that needs it is closed. */
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
  /** What can be enqueued. */
  readonly tasks: Tasks;
  /** The id that the request's Idempotency-Key has reserved: a repeat knows by it what it has done already. */
  readonly reservedId?: string;
  /** Stores the task's row and sends its id; answers with the existing row's id for the same key. */
  readonly enqueue: (name: string, args: Record<string, unknown>, options?: EnqueueOptions) => Promise<Enqueued>;
  /** Has the tournament's Arena look at once what is due (rounds, transitions). */
  readonly wakeArena: (tournamentId: string) => Promise<void>;
  /** Puts messages on a queue; a failure is logged and left to whoever sends what is owed. */
  readonly send: (queue: QueueName, messages: readonly Message[]) => Promise<unknown>;
  /** Sends tasks that are due and unsent, up to one sweep's number. Returns how many. */
  readonly sendOwed: () => Promise<number>;
  /** The live state that an entry's object holds. */
  readonly liveState: (entryId: string) => Promise<Record<string, unknown>>;
  /** Backlog of each queue as the platform counts it; null where it can't say. */
  readonly backlog: () => Promise<Record<string, { messages: number; oldest_at: string | null } | null>>;
  /** For browsers: pages, sessions, the live feed. */
  readonly web: WebDeps;
}
