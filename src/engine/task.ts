/** What a task is (schema, queue, retry policy, limits, unique key and handler in one definition), and the engine's ports. */
import type { z } from "zod";
import type { QueueName } from "../core/tasks/queues.ts";
import type { RetryPolicy } from "../core/tasks/retry.ts";
import type { Query } from "../db/query.ts";
import type { SharedWork } from "../db/shared-work.ts";
import type { NewTask } from "../db/statements/tasks/insert.ts";
import type { WhenExists } from "../db/statements/tasks/insert-unique.ts";
import type { Log } from "../log.ts";
import type { TasksMessage } from "./tasks-message.ts";

/** What a handler returns. An error that it throws is a bug or a fault of I/O. */
export type Outcome<R = Record<string, unknown>> =
  | { readonly kind: "success"; readonly result: R }
  /** The task is tried again by its policy, or after `afterMs`. */
  | { readonly kind: "retry"; readonly code: string; readonly message: string; readonly afterMs?: number }
  | { readonly kind: "failure"; readonly code: string; readonly message: string }
  | { readonly kind: "cancel"; readonly reason: string }
  /** The task runs again later without spending an attempt. */
  | { readonly kind: "snooze"; readonly afterMs: number; readonly reason: string }
  /** An object goes on with the task under the same token. The task stays STARTED. */
  | { readonly kind: "handed_over" }
  /** A statement of the handler has ended the task with its result. Nothing is left to store. */
  | { readonly kind: "ended" };

/** Stores and sends tasks that are due now and have no key. Concurrent enqueues share one INSERT and one queue message. Answers with the ids. */
export type PlainTasks = SharedWork<Pick<EnginePorts, "query" | "send">, NewTask, string>;

/** What the engine and every task receive from outside: the database, queues, chance and the catalogue. Never `env`. */
export interface EnginePorts {
  readonly query: Query;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  /** The isolate's clock, epoch milliseconds. It only measures durations; the database's clock decides what is due. */
  readonly now: () => number;
  /** Sends messages. False after a failure, which is logged; the sweep then sends what is owed. */
  readonly send: (queue: QueueName, messages: readonly TasksMessage[], delaySeconds?: number) => Promise<boolean>;
  readonly log: Log;
  /** Who acts, for the tasks' histories: the consumer and its code version, as `signed` writes them. */
  readonly by: string;
  readonly codeVersion: string;
  readonly correlationId: string | null;
  /** What can be enqueued and run. */
  readonly tasks: Tasks;
  readonly plainTasks: PlainTasks;
  readonly enqueue: (name: string, args: Record<string, unknown>, options?: EnqueueOptions) => Promise<Enqueued>;
  /** Enqueues many tasks of one name. Returns their ids in the same order. */
  readonly enqueueMany: (
    name: string,
    all: readonly Record<string, unknown>[],
    options?: Pick<EnqueueOptions, "by" | "correlationId">,
  ) => Promise<string[]>;
}

export interface Enqueued {
  readonly taskId: string;
  /** False: the task that holds the key was there already. */
  readonly inserted?: boolean;
  /** The task that held the caller's unique key: returned, refused, or replaced. */
  readonly held?: { readonly id: string; readonly state: string } | null;
}

export interface EnqueueOptions {
  /** An id that the caller reserved. A repeat with the same id is the same task. */
  readonly id?: string;
  readonly key?: string | null;
  /** A key that the caller chose, apart from the key that the task's definition makes. docs/tasks.md says what a second task with the key does. */
  readonly unique?: { readonly key: string; readonly whenExists: WhenExists };
  /** The task that this one repeats with other arguments. */
  readonly parentId?: string;
  /** Not before this many seconds from now, by the database's clock. */
  readonly countdownSeconds?: number;
  readonly correlationId?: string;
  /** Who asked for the task, for its history. */
  readonly by?: string;
}

/** The attempt that a handler runs in. */
export interface Attempt {
  readonly taskId: string;
  readonly attempt: number;
  readonly token: string;
  /** The unique key that the task holds. */
  readonly key: string | null;
  /** Aborted at the soft limit, on cancel and when superseded; its reason says which. */
  readonly signal: AbortSignal;
  /** 0 to 1; stored with the next heartbeat. */
  readonly progress: (share: number) => void;
}

/** What a task is about. Its row keeps these values, and lists and pages find it by them. The engine gives them no meaning. */
export interface Subject {
  /** Scopes take turns when more tasks wait than can be sent. The game's scope is the tournament. */
  readonly scope: string | null;
  /** The game's subject is the entry. */
  readonly subject: string | null;
  /** True: lost leases never end the task in FAILURE. It is tried again and again, more slowly. */
  readonly survivesLostLeases?: boolean;
}

/** `key`, `subject` and `run` are methods so that every definition fits `Tasks`. Their caller must have parsed by `args`. */
export interface TaskDefinition<
  N extends string = string,
  S extends z.ZodObject = z.ZodObject,
  R extends z.ZodObject = z.ZodObject,
  P extends EnginePorts = EnginePorts,
> {
  readonly name: N;
  readonly description: string;
  /** The result of a success, in words for docs/tasks.md. */
  readonly returns?: string;
  /** What the key stands for, in words, for docs/tasks.md. */
  readonly keyInWords?: string;
  readonly queue: QueueName;
  readonly args: S;
  /** The result of a success. It types the handler and the client. */
  readonly result: R;
  readonly retry: RetryPolicy;
  readonly softLimitSeconds: number;
  readonly hardLimitSeconds: number;
  /** Two enqueues with one key are one task. */
  key?(args: z.infer<S>, query: Query): Promise<string | null> | string | null;
  subject?(args: z.infer<S>, query: Query): Promise<Subject> | Subject;
  run(args: z.infer<S>, ports: P, attempt: Attempt): Promise<Outcome<z.infer<R>>>;
}

/** The catalogue: tasks by name, handed to all that enqueue, run or list them. */
export type Tasks = Readonly<Record<string, TaskDefinition>>;

/** Keeps the types of a task's arguments, result and ports while it is written. */
export function defineTask<
  const N extends string,
  S extends z.ZodObject,
  R extends z.ZodObject,
  P extends EnginePorts = EnginePorts,
>(definition: TaskDefinition<N, S, R, P>): TaskDefinition<N, S, R, P> {
  return definition;
}
