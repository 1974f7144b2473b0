/** The project's own HTTP API, as the commands use it. */
import { z } from "zod";

const REQUEST_TIMEOUT_MS = 60_000;

const problemSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** The API refused a request: `message` is its sentence with the fields at fault, `status` the HTTP status. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string | null;
  constructor(status: number, code: string | null, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface ApiClient {
  /** Throws ApiRefusal for a status of 400 and above, and what fetch throws. */
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  post<S extends z.ZodType>(path: string, body: unknown, schema: S): Promise<z.output<S>>;
}

/** Of commands that also change what is there. */
export interface ChangingApiClient extends ApiClient {
  patch<S extends z.ZodType>(path: string, body: unknown, schema: S): Promise<z.output<S>>;
}

export function apiClient(baseUrl: string, operatorKey: string, signal: AbortSignal): ChangingApiClient {
  async function send<S extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: S,
  ): Promise<z.output<S>> {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${operatorKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const text = await response.text();
    if (!response.ok) throw refusal(`${method} ${path}`, response.status, text);
    return schema.parse(JSON.parse(text));
  }
  return {
    get: (path, schema) => send("GET", path, undefined, schema),
    post: (path, body, schema) => send("POST", path, body, schema),
    patch: (path, body, schema) => send("PATCH", path, body, schema),
  };
}

function refusal(what: string, status: number, text: string): ApiRefusal {
  let problem: z.infer<typeof problemSchema> = {};
  try {
    problem = problemSchema.parse(JSON.parse(text));
  } catch {
    // The answer is no problem document, so only the status is known.
  }
  const errors = problem.errors ?? [];
  // With a single field at fault, the detail names it already.
  const fields = errors.length < 2 ? "" : ` (${errors.map(({ path, message }) => `${path} ${message}`).join("; ")})`;
  const detail = problem.detail ?? `it answered ${status}`;
  return new ApiRefusal(status, problem.code ?? null, `${what}: ${detail}${fields}`);
}
