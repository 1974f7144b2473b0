/** Every error leaves as a problem document (RFC 9457), made here from what was thrown. */
import { CodedError, type ErrorCode, errorCodes, type FieldError } from "../core/error-codes.ts";
import { isOutOfReach, outOfReach, sqlState } from "../db/errors.ts";

/** A coded error with further members for its document, or further headers for its answer. */
export class Problem extends CodedError {
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail?: string,
    more: {
      errors?: readonly FieldError[];
      members?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(code, detail, more.errors);
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

/** The title of each status. */
const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  410: "Gone",
  413: "Body too large",
  414: "URI too long",
  415: "Unsupported media type",
  422: "Invalid input",
  426: "Upgrade required",
  429: "Too many requests",
  500: "Internal error",
  502: "Bad gateway",
  503: "Unavailable",
  504: "Timeout",
};

/**
 * The coded error that the caller gets for whatever was thrown. A race that a constraint caught is a conflict, and a value
 * that PostgreSQL can't hold is bad input. The text of an error without a code is not shown.
 */
export function codedError(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const state = sqlState(thrown);
  if (state?.startsWith("23")) return new CodedError("request.conflict", undefined, undefined, { cause: thrown });
  if (state?.startsWith("22")) return new CodedError("request.invalid", undefined, undefined, { cause: thrown });
  if (!isOutOfReach(thrown)) return new CodedError("internal.unexpected", undefined, undefined, { cause: thrown });
  const code = outOfReach(thrown) === "object" ? "internal.unavailable" : "internal.database";
  return new CodedError(code, undefined, undefined, { cause: thrown });
}

export function problemResponse(error: CodedError): Response {
  const { status, sentence, retryable } = errorCodes[error.code];
  const extra = error instanceof Problem ? error : null;
  const document = {
    type: "about:blank",
    title: titles[status] ?? sentence,
    status,
    code: error.code,
    detail: error.detail,
    ...(error.errors ? { errors: error.errors } : {}),
    ...extra?.members,
  };
  const headers = new Headers({ "content-type": "application/problem+json", ...extra?.headers });
  if (status === 401) headers.set("www-authenticate", 'Bearer realm="agonus"');
  if (status === 503 && retryable) headers.set("retry-after", "2");
  return new Response(JSON.stringify(document), { status, headers });
}
