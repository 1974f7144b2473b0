/** Sentences for what went wrong: the API's problem documents, and requests that got no answer. */

export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** An answer with an error status. `code` is one of docs/errors.md. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly FieldFault[];
  /** The whole document. Some codes add members to it: `task_id`, `state`, `entries`. */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>) {
    super(typeof document.detail === "string" ? document.detail : `The server answered ${status}.`);
    this.status = status;
    this.code = typeof document.code === "string" ? document.code : "";
    this.faults = Array.isArray(document.errors) ? document.errors.filter(isFault) : [];
    this.document = document;
  }
}

/** The request got no answer: there is no network, or the server is down. */
export class Unreachable extends Error {}

function isFault(value: unknown): value is FieldFault {
  return (
    typeof value === "object" &&
    value !== null &&
    "path" in value &&
    typeof value.path === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (error instanceof Unreachable) return "The server could not be reached.";
  return error instanceof Error ? error.message : String(error);
}

/** What the reader can do about it; empty when the sentence itself says all. */
export function remedyOf(error: unknown): string {
  if (error instanceof Unreachable) return "Check the connection. The page tries again when the connection is back.";
  if (!(error instanceof Problem)) return "Load the page again.";
  if (error.status === 401 || error.code === "auth.wrong_key") return "Sign in with a key.";
  if (error.code === "auth.not_configured") return "Set the OPERATOR_KEY of this deployment: see the README.";
  if (error.status === 404) return "It may have been deleted, or the link is wrong.";
  if (error.status === 429) return "Wait a little, then try again.";
  if (error.status >= 500) return "This is the server's fault, not yours. /health says which part is down.";
  return "";
}

/** Sentences by field, and the sentences of all other fields. A path below a known field belongs to that field. */
export function faultsByField(
  error: unknown,
  known: readonly string[],
): { readonly fields: Readonly<Record<string, string[]>>; readonly rest: readonly string[] } {
  const fields: Record<string, string[]> = {};
  const rest: string[] = [];
  if (!(error instanceof Problem)) return { fields, rest: error ? [sentenceOf(error)] : [] };
  for (const { path, message } of error.faults) {
    const field = [...known]
      .sort((a, b) => b.length - a.length)
      .find((name) => path === name || path.startsWith(`${name}.`));
    if (field) fields[field] = [...(fields[field] ?? []), `${capital(message)}.`.replace(/\.\.$/, ".")];
    else rest.push(`${path}: ${message}`);
  }
  if (error.faults.length === 0) rest.push(error.message);
  return { fields, rest };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
