/** Reads every body once, and never more than the limit of it, whether or not it says how long it is. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import type { HttpEnv } from "./context.ts";

export const readBody = createMiddleware<HttpEnv>(async (c, next) => {
  const stream = c.req.raw.body;
  if (Number(c.req.header("content-length") ?? 0) > limits.bodyBytesMax) {
    if (stream) await discard(stream.getReader());
    throw new CodedError("request.too_large");
  }
  c.set("body", stream ? decode(await readUpTo(stream, limits.bodyBytesMax)) : "");
  await next();
});

async function readUpTo(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > bytesMax) {
      await discard(reader);
      throw new CodedError("request.too_large");
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/**
 * A client that still sends when the answer comes may lose the connection instead of reading it (the local server then
 * answers 500), so a while is spent on listening.
 */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let left = limits.bodyBytesDiscardedMax;
  for (let part = await reader.read(); !part.done && left > 0; part = await reader.read())
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
