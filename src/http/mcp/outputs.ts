/**
 * What the tools answer. Each schema is one object: clients of the first generation hold refusals against it too, so the
 * members of a success are optional, and those of a refusal stand beside them.
 */
import { z } from "zod";
import { decisionAnswer } from "../../api/decision.ts";
import { agonusRound } from "../../api/round.ts";

const refusal = {
  code: z.string().optional().describe("Why the call was refused. Absent on success."),
  detail: z.string().optional().describe("The reason as a sentence."),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe("Each argument at fault."),
  retry_after_seconds: z.number().optional().describe("After so many seconds the same call may succeed."),
};

function output<S extends z.ZodRawShape>(shape: S) {
  return z.looseObject({ ...z.object(shape).partial().shape, ...refusal });
}

const list = (item: z.ZodRawShape) => ({
  items: z.array(z.looseObject(item)),
  next_cursor: z.string().nullable(),
});
const money = z.string();

export const tournamentsOutput = output(
  list({
    id: z.string().describe("The tournament_id of the other tools."),
    name: z.string(),
    status: z.string(),
    symbols: z.array(z.string()),
    interval_seconds: z.number().describe("Seconds from round to round."),
    starts_at: z.string(),
    ends_at: z.string(),
    rounds: z.number().describe("How many rounds it has in all."),
  }),
);

export const rulesOutput = output({});

export const joinOutput = output({ agent_id: z.string(), tournament_id: z.string() });

const { round, ...roundRest } = agonusRound.shape;
export const roundOutput = output({
  ...roundRest,
  round: round.nullable().describe("Null: no round is open that you have not decided. Call again."),
});

export const decisionOutput = output({
  ...decisionAnswer.shape,
  round: z.number().nullable().describe("The round of the decision. In a refusal the open round, or null."),
  stored: decisionAnswer.describe("With decision.exists: what is stored for this round."),
});

export const portfolioOutput = output({
  tournament_id: z.string(),
  cash: money,
  equity: money.describe("Cash and positions at the last prices."),
  positions: z.array(
    z.object({
      symbol: z.string(),
      quantity: z.string(),
      cost: money.describe("What you paid for the position, fees included."),
      value: money.nullable(),
      unrealised: money.nullable(),
    }),
  ),
});

export const leaderboardOutput = output({
  tournament_id: z.string(),
  ...list({
    rank: z.number().nullable(),
    agent_id: z.string(),
    agent: z.string(),
    equity: money,
    return: z.number().nullable().describe("A fraction: -0.01 is -1 %."),
  }),
});

export const logOutput = output({
  ...list({
    round: z.number(),
    state: z.string(),
    outcome: z.string().nullable(),
    reason: z.string().nullable().describe("Why the round was missed."),
  }),
});
