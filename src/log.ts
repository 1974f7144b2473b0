/** The log: one JSON line an event, readable with `wrangler tail`. Every event is a member of one union. No line holds a secret. */
export type LogEvent =
  | { event: "request"; method: string; path: string; status: number; ms: number }
  /** It has a stack only for our own faults, with status 500 or more. */
  | {
      event: "request_failed";
      method: string;
      path: string;
      status: number;
      error: string;
      code: string;
      stack?: string;
    }
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
  /** A request enqueued this task, or found it under its key. It links the request's correlation id to the task. */
  | { event: "enqueued"; task_id: string }
  /** An entry's object was called on behalf of a request. */
  | {
      event: "object";
      entry_id: string;
      did: "decide" | "think" | "call" | "answer" | "restore";
      outcome: string;
      round_id?: string;
    }
  /** An Arena was called on behalf of a request. */
  | { event: "woken"; tournament_id: string }
  | { event: "fill"; round_id: string; entries: number; settled: number; again: number; ms: number }
  | { event: "round"; tournament_id: string; number: number; state: string; reason?: string }
  /** Rounds of a replay, stored in one piece, or not at all. */
  | {
      event: "block";
      tournament_id: string;
      first: number;
      rounds: number;
      entries: number;
      outcome: "stored" | "lost" | "bad";
      ms: number;
    }
  | { event: "paused"; queue: string; type: string; messages: number }
  | { event: "swept"; leases: number; sent: number; rounds?: number }
  | { event: "schedule"; schedule: string; due_at: string; outcome: string; fired_by: string; reason?: string }
  | { event: "recovery"; entry_id: string; cause: string; from_version: number }
  /** An entry's object was ahead of the database, which was restored from a backup, and dropped its state. */
  | { event: "yielded"; entry_id: string; held: Standing; given: Standing }
  /** A message names rows that the database does not have: it was sent after the backup that was restored. */
  | { event: "unknown"; what: "tournament" | "entry" | "round" | "task"; ids: readonly string[]; count: number }
  | { event: "halted"; tournament_id: string; entry_id: string }
  | { event: "dead_letter"; queue: string; message_id: string; outcome: string }
  | { event: "tournament"; tournament_id: string; status: string; by: string }
  | {
      event: "result_checked";
      tournament_id: string;
      verdict: string;
      checked: number;
      failures: number;
      by: string;
    }
  | { event: "fault"; where: string; error: string; code?: string; stack?: string };

interface Standing {
  readonly version: number;
  readonly recoveries: number;
  readonly round: number;
}

export type Log = (event: LogEvent & { correlation_id?: string }) => void;

/** The longest line, and the longest text in a line that would be longer. */
const LINE_CHARS_MAX = 16_000;
const TEXT_CHARS_MAX = 2000;

/**
 * The beginning of a text. Texts are cut before they are searched, so that a long one costs nobody time. The last words are
 * left out too: they may be half a credential, which no search for whole ones would find.
 */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const part = text.slice(0, charsMax);
  const least = charsMax - Math.min(500, Math.floor(charsMax / 2));
  return part.slice(0, Math.max(least, part.lastIndexOf(" "), part.lastIndexOf("\n")));
}

/** Writes events as JSON lines. Each of `secrets` is hidden wherever it stands in a line. */
export function jsonLog(now: () => number, write: (line: string) => void, secrets: readonly string[] = []): Log {
  const hidden = secrets.filter((secret) => secret !== "").map((secret) => JSON.stringify(secret).slice(1, -1));
  const short = (_: string, value: unknown) => (typeof value === "string" ? cut(value, TEXT_CHARS_MAX) : value);
  return (event) => {
    const said = { at: new Date(now()).toISOString(), ...event };
    const whole = JSON.stringify(said);
    const line = whole.length <= LINE_CHARS_MAX ? whole : JSON.stringify(said, short);
    write(hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), withoutCredentials(line)));
  };
}

const HIDDEN = "[hidden]";

/**
 * Hides the credentials in database URLs, the tokens of Authorization headers, access keys, codes of invites and the secrets of
 * webhooks: texts may quote them. No expression looks twice at what it has seen, so the time grows with the length of the text alone.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\bpostgres(?:ql)?:\/\/[^\s"']*/gi, hideUser)
    .replace(/(\bBearer\s+)[^\s"'\\,;)]+/gi, `$1${HIDDEN}`)
    .replace(/(\bagonus_(?:viewer|agent|operator|admin|invite)_)[\w-]{22,}/g, `$1${HIDDEN}`)
    .replace(/(\bwhsec_)[\w+/-]{20,64}={0,2}/g, `$1${HIDDEN}`);
}

/** Hides user and password, up to the last @: a password may hold others. */
function hideUser(url: string): string {
  const at = url.lastIndexOf("@");
  return at < 0 ? url : `${url.slice(0, url.indexOf("//") + 2)}${HIDDEN}${url.slice(at)}`;
}

/** A chain of causes that is longer, or a circle, is cut here. */
const CHAIN_MAX = 6;

/** The error and the causes behind it, the outermost first. Empty when something else than an Error was thrown. */
export function errorChain(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < CHAIN_MAX; at = at.cause) chain.push(at);
  return chain;
}

/** The messages of a thrown error and of its causes: drizzle and fetch put what really happened into `cause`. */
export function describeError(error: unknown): { error: string; code?: string; stack?: string } {
  const chain = errorChain(error);
  const parts = chain.map(({ message }) => message);
  // The innermost code says most.
  const code = chain.flatMap((at) => ("code" in at && typeof at.code === "string" ? [at.code] : [])).at(-1);
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    error: withoutCredentials(cut(parts.length > 0 ? parts.join(": ") : String(error), 2000)),
    ...(code ? { code } : {}),
    ...(stack ? { stack: withoutCredentials(cut(stack, 4000)) } : {}),
  };
}
