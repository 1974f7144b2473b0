/** POST /candle-sources: stores the candles of one uploaded file, which a replay can then run on. For operators. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { CandleFault } from "../../candles/row.ts";
import { givenSymbol } from "../../candles/symbol.ts";
import { uploadCandles } from "../../candles/uploads/upload.ts";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { boundedErrors } from "../../core/text/echo.ts";
import { intervalNames, isCandleInterval, parseInterval } from "../../markets/intervals.ts";
import type { HttpEnv } from "../context.ts";
import { discard, nextPart } from "../request/body.ts";
import { booleanQuery, nameField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { requireOperator } from "../session/rights.ts";

const uploadQuery = z.strictObject({
  name: nameField.default("upload"),
  symbol: z
    .string()
    .transform((text, ctx) => {
      const symbol = givenSymbol(text);
      if (symbol !== null) return symbol;
      ctx.addIssue({ code: "custom", message: "must be a symbol with a separator, such as BTC-USDT" });
      return z.NEVER;
    })
    .optional(),
  interval: z
    .string()
    .transform((text, ctx) => {
      const seconds = parseInterval(text);
      if (seconds !== null && isCandleInterval(seconds)) return seconds;
      ctx.addIssue({ code: "custom", message: `must be an interval of candles: ${intervalNames}` });
      return z.NEVER;
    })
    .optional(),
  fill: z.enum(["flat"]).optional(),
  accept_jumps: booleanQuery.default(false),
  source: z.string().max(limits.nameCharsMax).optional(),
});

/** The rest of a refused file is read, or the client would lose the connection before it reads the answer. */
const readToTheEnd = createMiddleware<HttpEnv>(async (c, next) => {
  await next();
  const { body } = c.req.raw;
  if (body !== null) await discard(body.getReader(), limits.uploadBytesMax);
});

export const candleUploadRoutes = new Hono<HttpEnv>().post(
  "/candle-sources",
  requireOperator,
  readToTheEnd,
  queryOf(uploadQuery),
  async (c) => {
    const { name, symbol, interval, fill, accept_jumps, source } = c.req.valid("query");
    const { query, newId, newMarketKey } = c.get("deps");
    const reader = c.req.raw.body?.getReader();
    const asked = {
      name,
      symbol: symbol ?? null,
      intervalSeconds: interval ?? null,
      fill: fill === "flat",
      acceptJumps: accept_jumps,
      sourceId: source ?? null,
    };
    try {
      if (Number(c.req.header("content-length") ?? 0) > limits.uploadBytesMax) throw tooLarge();
      const outcome = await uploadCandles(bytesOf(reader), asked, {
        query,
        newId,
        newSourceId: () => `files:${newMarketKey().slice(0, 16)}`,
      });
      if (outcome.kind === "refused") throw new CodedError(outcome.code);
      return c.json({ id: outcome.id, report: outcome.report }, 201);
    } catch (error) {
      throw error instanceof CandleFault ? badFile(error) : error;
    } finally {
      reader?.releaseLock();
    }
  },
);

function badFile({ sentences }: CandleFault): CodedError {
  const [first = ""] = sentences;
  const rest = sentences.length > 1 ? ` (and ${sentences.length - 1} more)` : "";
  const errors = boundedErrors(sentences.map((message) => ({ path: "body", message })));
  return new CodedError("upload.bad_file", `${first}${rest}.`, errors);
}

function tooLarge(): CodedError {
  return new CodedError("request.too_large", "The file is larger than 100 MB. npm run candles -- import takes it.");
}

/** Throws where the body is too large, and where its sender hangs up. */
async function* bytesOf(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  if (reader === undefined) return;
  let size = 0;
  for (let part = await nextPart(reader); !part.done; part = await nextPart(reader)) {
    size += part.value.byteLength;
    if (size > limits.uploadBytesMax) throw tooLarge();
    yield part.value;
  }
}
