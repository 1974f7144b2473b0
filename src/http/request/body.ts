/** Reads every body once and refuses a body above its limit, with or without a Content-Length. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { joined } from "../../core/read-bounded.ts";
import type { HttpContext, HttpEnv } from "../context.ts";

const JOIN = "/join";
const MCP = "/mcp";

/** What anybody may send, and how large it may be: a sign-in, a join by a code, a call of an open tool. */
const OPEN_POSTS: Readonly<Record<string, number>> = {
  "/session": limits.signInBytesMax,
  [JOIN]: limits.joinBytesMax,
  [MCP]: limits.decisionBytesMax,
};

/**
 * Runs after recogniseCaller: only bodies of callers and those of OPEN_POSTS are kept. Other bodies are thrown away. A fault of the
 * body waits until the caller's rights are checked.
 */
export const readBody = createMiddleware<HttpEnv>(async (c, next) => {
  try {
    c.set("body", await bodyOf(c));
  } catch (error) {
    if (!(error instanceof CodedError) || c.get("caller") === null) throw error;
    c.set("bodyFault", error);
  }
  await next();
});

export const refuseBadBody = createMiddleware<HttpEnv>(async (c, next) => {
  const fault = c.get("bodyFault");
  if (fault !== null) throw fault;
  await next();
});

async function bodyOf(c: HttpContext): Promise<string> {
  const stream = c.req.raw.body;
  if (isUpload(c)) {
    // Who may upload is read by the route, as the body comes. Who may not gets an answer that the client lives to read.
    if (stream && !mayUpload(c)) await discard(stream.getReader());
    return "";
  }
  const open = c.req.method === "POST" ? OPEN_POSTS[c.req.path] : undefined;
  const isStranger = c.get("caller") === null;
  const bytesMax = isDecision(c.req.path)
    ? limits.decisionBytesMax
    : open !== undefined && (isStranger || c.req.path !== MCP)
      ? open
      : limits.bodyBytesMax;
  const isSmall = bytesMax < limits.bodyBytesMax;
  const tooLarge = () =>
    new CodedError("request.too_large", isSmall ? `The body is larger than ${bytesMax} bytes.` : undefined);
  if (Number(c.req.header("content-length") ?? 0) > bytesMax) {
    if (stream) await discard(stream.getReader());
    throw tooLarge();
  }
  const isKept = open !== undefined || !isStranger;
  const bytes = stream && (await readUpTo(stream, bytesMax, isKept));
  if (bytes === "too large") throw tooLarge();
  return bytes ? decode(bytes) : "";
}

/** A join needs no key: its body has a code. */
export function isJoin({ req }: HttpContext): boolean {
  return req.method === "POST" && req.path === JOIN;
}

/** A file of candles: the route streams it. */
export function isUpload(c: HttpContext): boolean {
  return c.req.method === "POST" && c.req.path === "/candle-sources";
}

function mayUpload(c: HttpContext): boolean {
  const role = c.get("caller")?.role;
  return role === "operator" || role === "admin";
}

/** The path of an agent's decisions. */
function isDecision(path: string): boolean {
  return /^\/agents\/[^/]+\/decisions$/.test(path);
}

/**
 * POSTs that need no row of the audit and no Idempotency-Key: a decision is a row and a key of its own, and the routes that
 * a tool of the MCP door asks keep their own records.
 */
export function keepsOwnRecord(path: string): boolean {
  return isDecision(path) || path === MCP;
}

/** A body that is not kept comes back empty, whatever its length. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  isKept: boolean,
): Promise<Uint8Array | "too large"> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let part = await nextPart(reader); !part.done; part = await nextPart(reader)) {
    size += part.value.byteLength;
    if (size > bytesMax) {
      await discard(reader);
      return "too large";
    }
    if (isKept) chunks.push(part.value);
  }
  return isKept ? joined(chunks, size) : new Uint8Array(0);
}

/** A part of the body. A read fails when the client hangs up before the whole body has come, or breaks its own transfer encoding. */
export async function nextPart(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    throw new CodedError("request.cut_off", undefined, undefined, { cause: error });
  }
}

/**
 * A client that is still sending when the answer comes may lose the connection and never read the answer. The local
 * server answers 500 then. So a limited part of the rest is read first.
 */
export async function discard(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bytesMax: number = limits.bodyBytesDiscardedMax,
): Promise<void> {
  let left = bytesMax;
  for (let part = await nextPart(reader); !part.done && left > 0; part = await nextPart(reader))
    left -= part.value.byteLength;
  await reader.cancel();
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new CodedError("request.bad_json", "The body is not valid UTF-8.");
  }
}
