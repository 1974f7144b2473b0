/** The decision of an agent from outside, as every door takes it, and the answer to it. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { plainDecimal } from "../core/text/canonical.ts";
import { plainNumber } from "../core/text/json-text.ts";
import { agonusRound } from "./round.ts";

const DECIMAL = /^\d{1,60}(\.\d{1,60})?$/;

/** A number as text or as a JSON number: 0.7, "0.7" and "0.70" are one value. Text that is no decimal stays as it is. */
export const numberText = (message: string) =>
  z
    .union([z.string().max(100), z.number()], { error: ({ input }) => (input === undefined ? undefined : message) })
    .transform((value) => (typeof value === "number" ? plainNumber(value) : value))
    .transform((text) => (DECIMAL.test(text) ? plainDecimal(text) : text));

const confidence = numberText("must be a number from 0 to 1").pipe(
  z
    .string()
    .regex(/^(0(\.\d{1,60})?|1)$/, "must be a number from 0 to 1")
    .transform(Number),
);
const CONFIDENCE = "How sure you are, from 0 to 1.";

export const orderBody = z.strictObject({
  side: z.enum(["buy", "sell"]),
  symbol: z.string().max(200).describe("One of the tournament's symbols, such as BTC-USDT."),
  amount: numberText('must be a decimal such as "12.5"').describe(
    "A buy: how much quote currency to spend, the fee included. A sell: how much of the asset to sell.",
  ),
  confidence: confidence.optional().describe(CONFIDENCE),
});

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;

export const decisionBody = z.strictObject({
  round: numberText("must be the number of a round")
    .pipe(
      z
        .string()
        .regex(/^\d{1,9}$/, "must be the number of a round")
        .transform(Number),
    )
    .describe("The number of the round that you decide for."),
  orders: z.array(orderBody).max(limits.ordersStoredMax).describe("At most 100 are placed. An empty list holds."),
  reasoning: z.string().min(1).max(limits.reasoningCharsMax).describe("Why. It is shown once the round has closed."),
  confidence: confidence.optional().describe(CONFIDENCE),
  memory: z
    .strictObject({
      notes: z
        .record(z.string(), z.unknown())
        .refine(
          (notes) => bytesOf(notes) <= limits.memoryBytesMax,
          `must be at most ${limits.memoryBytesMax} bytes of JSON`,
        )
        .describe("Any JSON of at most 8 KB. You get it back with the next round."),
    })
    .optional(),
});
/** As parsed: the form whose hash tells whether two bodies are the same. */
export type DecisionBody = z.output<typeof decisionBody>;

/** An order with what the checks of the decision made of it. What its fill does shows in the log. */
const decidedOrder = z.object({
  side: z.enum(["buy", "sell"]),
  symbol: z.string(),
  amount: z.string(),
  confidence: z.number().nullable(),
  state: z.enum(["accepted", "refused"]),
  /** A code of errors.md, and its sentence. Null for an accepted order. */
  code: z.string().nullable(),
  detail: z.string().nullable(),
});

export const decisionAnswer = z.object({
  round: z.number(),
  outcome: z.enum(["made", "held"]),
  orders: z.array(decidedOrder),
  /** Null for a dry run. */
  stored_at: z.string().nullable(),
  /** The same body had been stored before. */
  replayed: z.boolean(),
});
export type DecisionAnswer = z.infer<typeof decisionAnswer>;

/** With `wait`, the answer comes when the next round opens. */
export const decisionReply = decisionAnswer.extend({
  next: agonusRound
    .nullable()
    .optional()
    .describe("With wait: the round that you decide next. Null: none opened within the wait."),
  over: z.boolean().optional().describe("With wait: the tournament has ended."),
});
