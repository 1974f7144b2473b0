/** The tools of the MCP door: each one asks the routes of REST, with the caller's key. */
import { z } from "zod";
import { decisionBody } from "../../api/decision.ts";
import { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";
import type { Caller } from "../context.ts";
import { Problem } from "../problem.ts";
import { uuidField } from "../request/fields.ts";
import { parseValue } from "../request/validation.ts";
import { tournamentStatuses } from "../tournaments/bodies.ts";
import {
  decisionOutput,
  joinOutput,
  leaderboardOutput,
  logOutput,
  portfolioOutput,
  roundOutput,
  rulesOutput,
  tournamentsOutput,
} from "./outputs.ts";

/** Clients give a call up after 60 s. */
const WAIT_SECONDS_MAX = 30;

export interface ToolCall {
  readonly caller: Caller | null;
  readonly query: Query;
  /** Asks the API as the caller. */
  readonly ask: (method: "GET" | "POST", path: string, body?: unknown) => Promise<Response>;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly readOnly: boolean;
  /** `args` are as they came. Throws what the caller is told. */
  readonly run: (call: ToolCall, args: unknown) => Promise<Response>;
}

/** Binds the types of one tool together, and checks its arguments. */
function tool<I extends z.ZodObject>(
  spec: Omit<Tool, "input" | "run"> & {
    readonly input: I;
    readonly run: (call: ToolCall, args: z.output<I>) => Promise<Response>;
  },
): Tool {
  return { ...spec, run: (call, args) => spec.run(call, parseValue(spec.input, args)) };
}

const WHICH = "Needed only if your agent plays in several tournaments.";
const which = { tournament_id: uuidField.optional().describe(WHICH) };
const decision = z.strictObject({ ...which, ...decisionBody.shape });

export const tools: readonly Tool[] = [
  tool({
    name: "list_tournaments",
    title: "List tournaments",
    description:
      "Lists the trading tournaments, the newest first: id, name, status, symbols, interval and number of rounds. Needs no key.",
    input: z.strictObject({
      status: z.enum(tournamentStatuses).optional().describe("Only tournaments of this status."),
    }),
    output: tournamentsOutput,
    readOnly: true,
    run: ({ ask }, args) => ask("GET", `/tournaments${queryOf(args)}`),
  }),
  tool({
    name: "get_rules",
    title: "Get a tournament's rules",
    description:
      "The rules of a tournament as data: symbols, interval, fees, limits, seconds to decide, number of rounds, why orders are refused, and how agents are ranked. Needs no key.",
    input: z.strictObject({ tournament_id: uuidField.describe("An id of list_tournaments.") }),
    output: rulesOutput,
    readOnly: true,
    run: ({ ask }, { tournament_id }) => ask("GET", `/tournaments/${tournament_id}/rules`),
  }),
  tool({
    name: "join_tournament",
    title: "Join a tournament",
    description:
      "Enters your agent into the tournament of an invite code. Call it once; then call get_round with wait until the first round opens.",
    input: z.strictObject({ code: z.string().min(1).max(200).describe("The invite code that the operator gave you.") }),
    output: joinOutput,
    readOnly: false,
    run: (call, { code }) => {
      agentOf(call);
      return call.ask("POST", "/join", { code });
    },
  }),
  tool({
    name: "get_round",
    title: "Get the open round",
    description:
      "The open round that you have not decided yet: prices, the last 120 candles and indicators of each symbol, your cash, positions, limits, rank and notes, and the seconds left to decide. " +
      'With wait it answers as soon as a round opens. {"round": null} means that none opened: call it again. ' +
      "tournament.ended means that the tournament is over. agent.halted means that five rounds passed without an answer: a person must resume the agent.",
    input: z.strictObject({
      ...which,
      wait: z
        .number()
        .min(0)
        .max(WAIT_SECONDS_MAX)
        .optional()
        .describe("Seconds to wait for a round to open, 0 to 30. Use 30 in a loop."),
    }),
    output: roundOutput,
    readOnly: true,
    run: async (call, { wait = 0, ...named }) => {
      const query = queryOf({ ...named, wait: String(Math.round(wait * 1000) / 1000) });
      const answer = await call.ask("GET", `/agents/${agentOf(call)}/rounds/current${query}`);
      if (answer.status !== 204) return answer;
      return Response.json({ round: null, retry_after_seconds: Number(answer.headers.get("retry-after") ?? 1) });
    },
  }),
  {
    name: "check_decision",
    title: "Check a decision",
    description:
      "Tells what submit_decision would answer, and stores nothing: which orders would be accepted, and which refused and why. Call it before submit_decision when you are not sure of an amount or a limit.",
    input: decision,
    output: decisionOutput,
    readOnly: true,
    run: (call, args) => decide(call, args, true),
  },
  {
    name: "submit_decision",
    title: "Submit your decision",
    description:
      "Stores your decision for the open round: at most a few orders, or an empty list to hold. You set no price: orders fill after the round has closed, at a price that nobody knows yet. " +
      "One decision a round, and the first stored one counts: another one is refused with decision.exists, and after the deadline with round.late. " +
      "An order may be refused by itself, with its code; the decision is stored all the same. Sending the same arguments again is safe. Then call get_round for the next round.",
    input: decision,
    output: decisionOutput,
    readOnly: false,
    run: (call, args) => decide(call, args, false),
  },
  tool({
    name: "get_portfolio",
    title: "Get your portfolio",
    description: "Your cash, positions and equity at the last prices.",
    input: z.strictObject(which),
    output: portfolioOutput,
    readOnly: true,
    run: portfolio,
  }),
  tool({
    name: "get_leaderboard",
    title: "Get the leaderboard",
    description: "The ranking of your tournament, the best first: agent, equity, return, drawdown, trades.",
    input: z.strictObject(which),
    output: leaderboardOutput,
    readOnly: true,
    run: async (call, named) => {
      const tournament_id = await tournamentOf(call, named.tournament_id);
      const answer = await call.ask("GET", `/tournaments/${tournament_id}/leaderboard`);
      return answer.ok ? Response.json({ tournament_id, ...(await objectOf(answer)) }) : answer;
    },
  }),
  tool({
    name: "get_log",
    title: "Get your log",
    description:
      "Your last rounds, the newest first: what you were sent, what you answered, what was stored, refused and filled, and why a round was missed.",
    input: z.strictObject(which),
    output: logOutput,
    readOnly: true,
    run: (call, named) => call.ask("GET", `/agents/${agentOf(call)}/log${queryOf({ ...named, limit: "20" })}`),
  }),
];

/** Tools that need no key. */
export const OPEN_TOOLS: readonly string[] = ["list_tournaments", "get_rules"];

/** The agent of the caller's key. */
function agentOf({ caller }: ToolCall): string {
  if (caller === null) throw new CodedError("auth.required");
  if (caller.agentId !== null) return caller.agentId;
  throw new Problem("auth.forbidden", "This tool acts for an agent, so it needs a key of the role agent.", {
    members: { needed_roles: ["agent"] },
  });
}

async function tournamentOf(call: ToolCall, named: string | undefined): Promise<string> {
  return named ?? (await entryOfAgent(call.query, agentOf(call), undefined)).tournament_id;
}

/** The decision goes on as it came: the route checks it, so that both doors see one body and refuse the same. */
function decide(call: ToolCall, args: unknown, isDry: boolean): Promise<Response> {
  const agentId = agentOf(call);
  const { tournament_id, ...body } = parseValue(z.looseObject(which), args);
  const query = queryOf({ tournament_id, dry_run: String(isDry) });
  return call.ask("POST", `/agents/${agentId}/decisions${query}`, body);
}

const positionsPage = z.object({
  items: z
    .array(
      z.object({
        cash: z.string(),
        equity: z.string(),
        positions: z.array(
          z.object({
            symbol: z.string(),
            quantity: z.string(),
            cost: z.string(),
            notional: z.string().nullable(),
            unrealised: z.string().nullable(),
          }),
        ),
      }),
    )
    .max(1),
});

async function portfolio(call: ToolCall, named: { tournament_id?: string | undefined }): Promise<Response> {
  const agent_id = agentOf(call);
  const { tournament_id } = await entryOfAgent(call.query, agent_id, named.tournament_id);
  const answer = await call.ask("GET", `/tournaments/${tournament_id}/positions${queryOf({ agent_id })}`);
  if (!answer.ok) return answer;
  const [entry] = positionsPage.parse(await answer.json()).items;
  if (!entry) throw new CodedError("entry.not_found");
  const positions = entry.positions.map(({ notional, ...position }) => ({ ...position, value: notional }));
  return Response.json({ tournament_id, cash: entry.cash, equity: entry.equity, positions });
}

async function objectOf(answer: Response): Promise<Record<string, unknown>> {
  return answer.json();
}

function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
