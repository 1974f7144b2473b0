/** One JSON line an event, of one typed union, made for `wrangler tail`. No secret goes in. */
export type LogEvent =
  | { event: "request"; method: string; path: string; status: number; ms: number }
  | { event: "request_failed"; method: string; path: string; error: string; stack?: string }
  | {
      event: "task";
      name: string;
      task_id: string;
      attempt: number;
      outcome: string;
      code?: string;
      queue_ms?: number;
      run_ms: number;
    }
  | {
      event: "decide";
      round_id: string;
      entries: number;
      accepted: number;
      exists: number;
      late: number;
      stale: number;
      pending: number;
      failed: number;
      ms: number;
      object_ms?: number;
      write_ms?: number;
    }
  /** A task for a request: its id leads from the request's correlation id to a task that others may have begun before. */
  | { event: "enqueued"; task_id: string }
  /** An entry's object, asked on behalf of a request. */
  | {
      event: "object";
      entry_id: string;
      did: "decide" | "think" | "answer" | "restore";
      outcome: string;
      round_id?: string;
    }
  /** An Arena that was called on behalf of a request. */
  | { event: "woken"; tournament_id: string }
  | { event: "fill"; round_id: string; entries: number; settled: number; again: number; ms: number }
  | { event: "round"; tournament_id: string; number: number; state: string; reason?: string }
  | { event: "paused"; queue: string; type: string; messages: number }
  | { event: "swept"; leases: number; sent: number; rounds?: number }
  | { event: "schedule"; schedule: string; due_at: string; outcome: string; fired_by: string; reason?: string }
  | { event: "recovery"; entry_id: string; cause: string; from_version: number }
  /** An entry's object that was ahead of the database: after a restore from a backup. */
  | { event: "yielded"; entry_id: string; held: Standing; given: Standing }
  /** A message about what the database doesn't know: it was made after the backup that was restored. */
  | { event: "unknown"; what: "tournament" | "entry" | "round" | "task"; ids: readonly string[]; count: number }
  | { event: "dead_letter"; queue: string; message_id: string; outcome: string }
  | { event: "tournament"; tournament_id: string; status: string; by: string }
  | { event: "fault"; where: string; error: string; code?: string; stack?: string };

interface Standing {
  readonly version: number;
  readonly recoveries: number;
  readonly round: number;
}

export type Log = (event: LogEvent & { correlation_id?: string }) => void;

/** `now` is the wall clock, passed in as everywhere. None of `secrets` goes into a line, wherever it came from. */
export function jsonLog(now: () => number, write: (line: string) => void, secrets: readonly string[] = []): Log {
  const hidden = secrets.filter((secret) => secret !== "").map((secret) => JSON.stringify(secret).slice(1, -1));
  return (event) => {
    const line = JSON.stringify({ at: new Date(now()).toISOString(), ...event });
    write(hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), withoutCredentials(line)));
  };
}

const HIDDEN = "[hidden]";

/** Without the credentials in a database's URL and the value of an Authorization header: errors may quote either. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/(\bpostgres(?:ql)?:\/\/)[^\s"'@]*@/gi, `$1${HIDDEN}@`)
    .replace(/(\bBearer\s+)[^\s"'\\,;)]+/gi, `$1${HIDDEN}`);
}

/** What a thrown thing says, with the causes behind it: drizzle and fetch hide theirs there. */
export function describeError(error: unknown): { error: string; code?: string; stack?: string } {
  const parts: string[] = [];
  let code: string | undefined;
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++) {
    parts.push(at.message);
    if ("code" in at && typeof at.code === "string") code = at.code;
    at = at.cause;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    error: withoutCredentials(parts.length > 0 ? parts.join(": ") : String(error)).slice(0, 2000),
    ...(code ? { code } : {}),
    ...(stack ? { stack: withoutCredentials(stack).slice(0, 4000) } : {}),
  };
}
