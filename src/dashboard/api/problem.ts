/** What went wrong, in sentences: from the API's problem documents, or from a request that never got there. */

export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** An answer that is no success. `code` is one of docs/errors.md. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly FieldFault[];
  /** The whole document: some have members of their own (`task_id`, `state`, `entries`). */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>) {
    super(typeof document.detail === "string" ? document.detail : `The server answered ${status}.`);
    this.status = status;
    this.code = typeof document.code === "string" ? document.code : "";
    this.faults = Array.isArray(document.errors) ? document.errors.filter(isFault) : [];
    this.document = document;
  }
}

/** The request reached nobody: no network, or the server is away. */
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

/** How to mend it; empty where nothing but the sentence itself helps. */
export function mendOf(error: unknown): string {
  if (error instanceof Unreachable) return "Check the connection; the page tries again by itself once it is back.";
  if (!(error instanceof Problem)) return "Load the page again.";
  if (error.status === 401 || error.code === "auth.wrong_key") return "Sign in with the operator key.";
  if (error.code === "auth.not_configured") return "Set the OPERATOR_KEY of this deployment: see the README.";
  if (error.status === 404) return "It may have been deleted, or the link is wrong.";
  if (error.status === 429) return "Wait a little, then try again.";
  if (error.status >= 500) return "This is the server's fault, not yours. /health says which part is away.";
  return "";
}

/** Sentences by field, and those that belong to none of `known`. A path below a known one counts to it. */
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
