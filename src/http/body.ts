/** Reads every body once, and never more than the limit of it, whether or not it says how long it is. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import type { HttpEnv } from "./context.ts";

export const readBody = createMiddleware<HttpEnv>(async (c, next) => {
  const stream = c.req.raw.body;
  if (Number(c.req.header("content-length") ?? 0) > limits.bodyBytesMax) throw new CodedError("request.too_large");
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
      await reader.cancel();
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

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new CodedError("request.bad_json", "The body is not valid UTF-8.");
  }
}
