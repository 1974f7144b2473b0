/**
 * Tells what an error of a call into a Durable Object means. The platform marks such errors with properties.
 * test/workers/object-faults.test.ts produces each kind in workerd. Pure.
 *
 * | what happened | its marks |
 * |---|---|
 * | the object's own code threw | `remote`, and the marks that the thrown error already had |
 * | a failed fetch that the object did not catch | `remote`, and `retryable` where the connection failed |
 * | the object was reset (new code, abort, memory) | `durableObjectReset` |
 * | too many calls wait for the object | `overloaded` |
 * | the connection to it was lost | `retryable` |
 * | our own abort or timeout | `retryable`, or the marks of the reason that the abort was given |
 * | an argument can't be cloned | none; a DataCloneError |
 */
export type ObjectFault =
  /** The caller gave up the call. */
  | "aborted"
  /** An error of our code, in the object or in its caller. A repeated call would fail too. */
  | "bug"
  /** The object was restarted, and the answer is lost. */
  | "reset"
  /** The connection was lost, and so is the answer. */
  | "lost"
  /** The object works, but has more calls than it can handle. */
  | "overloaded"
  /** A fault of the platform without a mark. */
  | "unknown";

export function objectFault(error: unknown, signal?: AbortSignal): ObjectFault {
  // The platform marks our own abort as retryable, like a lost connection.
  if (signal?.aborted) return "aborted";
  // Tested before all other marks, because an error that passed through the object keeps the marks that it had.
  if (isMarked(error, "remote")) return "bug";
  if (error instanceof Error && error.name === "DataCloneError") return "bug";
  if (isMarked(error, "overloaded")) return "overloaded";
  if (isMarked(error, "durableObjectReset")) return "reset";
  return isMarked(error, "retryable") ? "lost" : "unknown";
}

/** Whether a second call at once may help: the answer was lost, and nothing says that a new call would fail too. */
export function mayAskAgain(fault: ObjectFault): boolean {
  return fault === "reset" || fault === "lost";
}

/** The thrown value may be something else than an Error. */
function isMarked(error: unknown, mark: string): boolean {
  return typeof error === "object" && error !== null && Reflect.get(error, mark) === true;
}
