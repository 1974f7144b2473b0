/** The API, from a page of the same origin: the session's cookie goes along, and a write says that it comes from here. */
import { Problem, Unreachable } from "./problem.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/** Called when the server no longer knows the session. */
let onSignedOut: () => void = () => {};
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** Throws a Problem, or Unreachable. `T` is the answer's type, as the API's own code has it. */
async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  const text = await response.text();
  const read = parse(text);
  if (!response.ok) {
    const problem = new Problem(response.status, typeof read === "object" && read !== null ? { ...read } : {});
    if (problem.status === 401) onSignedOut();
    throw problem;
  }
  return read;
}

async function send(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-agonus-session"] = "1";
  if (body !== undefined) headers["content-type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("unreachable", { cause: error });
  }
}

/** What is not JSON (an empty 204, a proxy's page) is null. */
function parse(text: string) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => request<T>("GET", path, undefined, signal),
  post: <T>(path: string, body?: unknown) => request<T>("POST", path, body),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, body),
  delete: <T>(path: string) => request<T>("DELETE", path),
};

type Value = string | number | boolean | null | undefined;

/** A path with its query; what is null, undefined or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, Value>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Every page of a list, at most `max` items. */
export async function getAll<T>(path: string, max: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const join: string = path.includes("?") ? "&" : "?";
    const page: Page<T> = await api.get(
      `${path}${join}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
      signal,
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < max);
  return items;
}
