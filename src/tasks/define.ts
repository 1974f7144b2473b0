/** One place for everything of a task: schema, queue, retry policy, limits, unique key, handler. */
import type { z } from "zod";
import type { QueueName } from "../core/message.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Query } from "../db/query.ts";
import type { SharedWork } from "../db/shared-work.ts";
import type { NewTask } from "../db/statements/task-insert.ts";
import type { WhenExists } from "../db/statements/task-unique.ts";
import type { RoundPorts } from "../rounds/ports.ts";

/** What a handler ends with. Outcomes are data; what it throws is a bug or a fault of I/O. */
export type Outcome<R = Record<string, unknown>> =
  | { readonly kind: "success"; readonly result: R }
  /** Tried again by the task's policy, or after `afterMs`. */
  | { readonly kind: "retry"; readonly code: string; readonly message: string; readonly afterMs?: number }
  | { readonly kind: "failure"; readonly code: string; readonly message: string }
  | { readonly kind: "cancel"; readonly reason: string }
  /** Later, spending no attempt. */
  | { readonly kind: "snooze"; readonly afterMs: number; readonly reason: string }
  /** An object goes on with it under the same token: it stays STARTED. */
  | { readonly kind: "handed_over" };

/** Stores and sends tasks that are due now and that no key can hold back: who enqueues at the same time does it together. Answers with their ids. */
export type PlainTasks = SharedWork<Pick<RoundPorts, "query" | "send">, NewTask, string>;

export interface TaskPorts extends RoundPorts {
  /** What can be enqueued and run. */
  readonly tasks: Tasks;
  readonly plainTasks: PlainTasks;
  readonly enqueue: (name: string, args: Record<string, unknown>, options?: EnqueueOptions) => Promise<Enqueued>;
  /** Many of one name, each as if enqueued alone: the ids, in their order. */
  readonly enqueueMany: (
    name: string,
    all: readonly Record<string, unknown>[],
    options?: Pick<EnqueueOptions, "by" | "correlationId">,
  ) => Promise<string[]>;
  /** How long finished tasks are kept, where a run isn't told otherwise. */
  readonly retention: { readonly successHours: number; readonly failureHours: number };
  /** Has the tournament's Arena look at what is due; on whose behalf is for its log alone. */
  readonly wakeArena: (tournamentId: string, correlationId?: string) => Promise<void>;
}

export interface Enqueued {
  readonly taskId: string;
  /** False: the key's own task was there already. */
  readonly inserted?: boolean;
  /** The task that held the caller's unique key: returned, refused, or replaced. */
  readonly held?: { readonly id: string; readonly state: string } | null;
}

export interface EnqueueOptions {
  /** Reserved by the caller: a repeat with the same id is the same task. */
  readonly id?: string;
  readonly key?: string | null;
  /** A caller's own key, apart from those that tasks have by definition; docs/tasks.md says what a second one does. */
  readonly unique?: { readonly key: string; readonly whenExists: WhenExists };
  /** The task that this one runs again with other arguments. */
  readonly parentId?: string;
  /** Not before this many seconds from now, by the database's clock. */
  readonly countdownSeconds?: number;
  readonly correlationId?: string;
  /** For histories: who asked. */
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

/** What a task is about, for its row: lists and pages find it by these. */
export interface Subject {
  readonly tournamentId: string | null;
  readonly entryId: string | null;
}

/** `key`, `subject` and `run` are methods, so that a task is one of `Tasks`: who calls them has parsed by `args`. */
export interface TaskDefinition<
  N extends string = string,
  S extends z.ZodObject = z.ZodObject,
  R extends z.ZodObject = z.ZodObject,
> {
  readonly name: N;
  readonly description: string;
  /** The result of a success, in words for docs/tasks.md. */
  readonly returns?: string;
  /** What its key stands for, in words. */
  readonly keyInWords?: string;
  readonly queue: QueueName;
  readonly args: S;
  /** Of a success: holds the handler to it, and types the client. */
  readonly result: R;
  readonly retry: RetryPolicy;
  readonly softLimitSeconds: number;
  readonly hardLimitSeconds: number;
  /** Two enqueues with one key are one task. */
  key?(args: z.infer<S>, query: Query): Promise<string | null> | string | null;
  subject?(args: z.infer<S>, query: Query): Promise<Subject> | Subject;
  run(args: z.infer<S>, ports: TaskPorts, attempt: Attempt): Promise<Outcome<z.infer<R>>>;
}

/** Tasks by name: handed to all that enqueue, run or list them. The Worker's own are in registry.ts. */
export type Tasks = Readonly<Record<string, TaskDefinition>>;

export function defineTask<const N extends string, S extends z.ZodObject, R extends z.ZodObject>(
  definition: TaskDefinition<N, S, R>,
): TaskDefinition<N, S, R> {
  return definition;
}
