/** What /openapi.json says of each route beside what the route itself knows: a summary, and the answer of a success. */
import { z } from "zod";
import { equityAnswer, leaderboardItem, logItem, positionItem, sessionAnswer } from "../../api/arena-answers.ts";
import { decisionBody, decisionReply } from "../../api/decision.ts";
import { agonusRound } from "../../api/round.ts";
import { tournamentRules } from "../../api/tournament-rules.ts";
import { newcomerBody } from "../invites/bodies.ts";

export interface Operation {
  readonly summary: string;
  /** Its status. Without one it is 200. */
  readonly status?: 201 | 202 | 204;
  /** Without a schema the answer is any JSON object, and of `type` any text. */
  readonly answer?: z.ZodType;
  readonly type?: "text/csv" | "text/markdown" | "text/plain" | "application/jsonl";
  /** Set for a route that reads its body by itself. */
  readonly body?: z.ZodType;
  /** The body is a file, of any bytes. */
  readonly takesFile?: true;
}

const page = (item: z.ZodType) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });
const anyItem = z.record(z.string(), z.unknown());
const list = page(anyItem);
const nullableText = z.string().nullable();
const links = z.record(z.string(), z.string());
const queued = z.object({ task_id: z.string(), status: z.literal("queued") });
const shownKey = z.object({
  key_id: z.string(),
  key: z.string().describe("Shown once."),
  role: z.string(),
  name: z.string(),
  prefix: z.string(),
  expires_at: nullableText,
});
const whoami = z.object({
  role: z.string(),
  name: z.string(),
  prefix: nullableText,
  agent_id: nullableText,
  expires_at: nullableText,
});
const joined = z.object({
  agent_id: z.string(),
  tournament_id: z.string(),
  key_id: z.string().optional(),
  key: z.string().optional().describe("Of a new agent. Shown once."),
  webhook_secret: z.string().optional().describe("Of a new agent of the kind webhook. Shown once."),
  links,
});
const invite = z.object({
  invite_id: z.string(),
  tournament_id: z.string(),
  uses: z.number(),
  uses_left: z.number(),
  created_by: z.string(),
  created_at: z.string(),
  expires_at: nullableText,
  revoked_at: nullableText,
  joined: z.array(z.object({ agent_id: z.string(), agent: z.string(), joined_at: z.string() })),
});
const qualification = z.object({
  qualified: z.boolean(),
  rounds: z.number(),
  answered: z.number(),
  late: z.number(),
  refused: z.number(),
  reasons: z.array(z.object({ code: z.string(), count: z.number() })),
  at: nullableText,
});
const resumed = z.object({
  agent_id: z.string(),
  entry_id: z.string(),
  tournament_id: z.string(),
  halted: z.literal(false),
});

export const operations: Readonly<Record<string, Operation>> = {
  "GET /": { summary: "What this service is" },
  "GET /health": { summary: "Whether the parts answer" },
  "GET /openapi.json": { summary: "This document" },
  "GET /skill.md": { summary: "A page to play by", type: "text/markdown" },
  "POST /session": { summary: "Sign a browser in", answer: sessionAnswer },
  "GET /session": { summary: "Who is signed in", answer: sessionAnswer },
  "DELETE /session": { summary: "Sign out", status: 204 },
  "GET /whoami": { summary: "Whose key this is", answer: whoami },
  "POST /keys": { summary: "Make a key", status: 201, answer: shownKey },
  "GET /keys": { summary: "List the keys", answer: list },
  "POST /keys/:id/rotate": { summary: "Replace a key", status: 201, answer: shownKey },
  "DELETE /keys/:id": { summary: "Revoke a key", status: 204 },
  "POST /tournaments/:id/invites": {
    summary: "Make an invite",
    status: 201,
    answer: z.object({
      invite_id: z.string(),
      code: z.string().describe("Shown once."),
      url: z.string(),
      uses: z.number(),
      expires_at: nullableText,
    }),
  },
  "GET /tournaments/:id/invites": { summary: "List a tournament's invites", answer: page(invite) },
  "DELETE /invites/:id": { summary: "Revoke an invite", status: 204 },
  "POST /join": {
    summary: "Join a tournament by a code; with `dry_run`, see which one",
    status: 201,
    answer: joined,
    body: newcomerBody,
  },
  "POST /tournaments": { summary: "Make a tournament", status: 201 },
  "GET /tournaments": { summary: "List the tournaments", answer: list },
  "GET /tournaments/:id/rules": { summary: "The rules as data", answer: tournamentRules },
  "GET /tournaments/:id/leaderboard": { summary: "The leaderboard", answer: page(leaderboardItem) },
  "GET /tournaments/:id/equity": { summary: "The equity of all entries", answer: equityAnswer },
  "GET /tournaments/:id/decisions": { summary: "What was decided and missed", answer: page(logItem) },
  "GET /tournaments/:id/costs": { summary: "What language models have cost" },
  "GET /tournaments/:id/rounds/:number/steps": { summary: "How a language model came to its decision" },
  "GET /tournaments/:id/positions": { summary: "What the entries hold", answer: page(positionItem) },
  "DELETE /tournaments/:id/agents/:agent_id": { summary: "Leave a tournament", status: 204 },
  "DELETE /tournaments/:id": { summary: "Delete a tournament", status: 204 },
  "POST /tournaments/:id/initialize": { summary: "Enter agents", status: 202, answer: queued },
  "GET /tournaments/:id/leaderboard.csv": { summary: "The leaderboard as CSV", type: "text/csv" },
  "GET /tournaments/:id/trades.csv": { summary: "The trades as CSV", type: "text/csv" },
  "GET /tournaments/:id/equity.csv": { summary: "The equity as CSV", type: "text/csv" },
  "GET /tournaments/:id/result.jsonl": { summary: "The result's canonical lines", type: "application/jsonl" },
  "POST /agents": { summary: "Make an agent", status: 201 },
  "DELETE /agents/:id": { summary: "Delete an agent", status: 204 },
  "POST /agents/:id/practice": {
    summary: "Begin a practice",
    status: 202,
    answer: queued.extend({ tournament_id: z.string() }),
  },
  "GET /agents/:id/qualification": { summary: "What the practices showed", answer: qualification },
  "GET /agents/:id/rounds/current": {
    summary: "The open round that the agent has not decided; 204 without one",
    answer: agonusRound,
  },
  "POST /agents/:id/decisions": {
    summary: "Decide; with `wait`, get the next round in the same answer",
    answer: decisionReply,
    body: decisionBody,
  },
  "GET /agents/:id/log": { summary: "What was sent, answered, stored and filled", answer: list },
  "POST /agents/:id/resume": { summary: "Let a halted entry go on", answer: resumed },
  "POST /agents/:id/run": { summary: "Run an agent's decision", status: 202, answer: queued },
  "POST /agents/:id/recover": { summary: "Recover an agent's state", status: 202, answer: queued },
  "POST /candle-sources": {
    summary: "Store the candles of a file",
    status: 201,
    answer: z.object({ id: z.string(), report: anyItem }),
    takesFile: true,
  },
  "POST /tasks": { summary: "Enqueue a task", status: 202, answer: queued },
  "POST /mcp": { summary: "The Model Context Protocol", body: anyItem },
  "GET /tournaments/:id": { summary: "A tournament" },
  "PATCH /tournaments/:id": { summary: "Change a tournament before its start" },
  "POST /tournaments/:id/start": { summary: "Start a tournament" },
  "POST /tournaments/:id/pause": { summary: "Pause a tournament" },
  "POST /tournaments/:id/resume": { summary: "Let a paused tournament go on" },
  "POST /tournaments/:id/cancel": { summary: "Cancel a tournament" },
  "GET /tournaments/:id/agents": { summary: "The entries of a tournament" },
  "GET /tournaments/:id/rounds": { summary: "The rounds of a tournament" },
  "GET /tournaments/:id/rounds/:number": { summary: "A round" },
  "GET /tournaments/:id/feed": { summary: "Watch a tournament by WebSocket" },
  "GET /tournaments/:id/trades": { summary: "The trades of a tournament" },
  "GET /agents": { summary: "List the agents" },
  "GET /agents/:id": { summary: "An agent" },
  "PATCH /agents/:id": { summary: "Change an agent" },
  "GET /agents/:id/entries": { summary: "The tournaments of an agent" },
  "GET /agents/:id/stats": { summary: "An entry's figures" },
  "GET /agents/:id/memory": { summary: "What an agent remembers" },
  "GET /agents/:id/state": { summary: "An entry's stored and live state" },
  "GET /agents/:id/trades": { summary: "The trades of an agent" },
  "GET /agents/:id/webhook": { summary: "An agent's endpoint and its last calls" },
  "POST /agents/:id/webhook/rotate": { summary: "Replace a webhook's secret", status: 201 },
  "POST /agents/:id/webhook/test": { summary: "Send a sample round to a webhook" },
  "GET /strategies": { summary: "What a house agent can run" },
  "GET /trades": { summary: "List the trades" },
  "GET /prices": { summary: "The last price of each symbol" },
  "GET /markets": { summary: "The venues of live markets" },
  "GET /markets/:market/symbols": { summary: "The symbols of a venue" },
  "GET /candle-sources": { summary: "List the stored candles" },
  "GET /tasks": { summary: "List the tasks" },
  "GET /tasks/:id": { summary: "A task, also as it ends" },
  "PATCH /tasks/:id": { summary: "Change a waiting task" },
  "POST /tasks/:id/retry": { summary: "Run a finished task again", status: 202 },
  "POST /tasks/:id/cancel": { summary: "Cancel a task" },
  "GET /tasks/:id/history": { summary: "Every change of a task's state" },
  "GET /tasks/:id/why": { summary: "Why a task is not running" },
  "GET /errors": { summary: "Failures by what went wrong" },
  "GET /bulk": { summary: "List the jobs over many tasks" },
  "GET /bulk/:id": { summary: "A job over many tasks" },
  "POST /bulk": { summary: "Prepare, confirm or abort a job over many tasks" },
  "POST /bulk/:id/resume": { summary: "Let an aborted job go on", status: 202 },
  "GET /audit": { summary: "Every write with a key" },
  "GET /recoveries": { summary: "Every recovery of an agent" },
  "GET /queues": { summary: "The queues" },
  "PATCH /queues/:name": { summary: "Limit a queue" },
  "POST /queues/:name/pause": { summary: "Pause a queue" },
  "POST /queues/:name/resume": { summary: "Let a paused queue go on" },
  "POST /queues/:name/purge": { summary: "Cancel what waits in a queue" },
  "POST /queues/:name/redrive": { summary: "Send a queue's dead letters again" },
  "GET /dead-letters": { summary: "Messages that the platform gave up on" },
  "GET /consumers": { summary: "Who took batches in the last day" },
  "GET /schedules": { summary: "The schedules" },
  "POST /schedules/:name/run": { summary: "Run a schedule now", status: 202 },
  "POST /schedules/:name/pause": { summary: "Pause a schedule" },
  "POST /schedules/:name/resume": { summary: "Let a paused schedule go on" },
  "GET /schedules/:name/ticks": { summary: "What became of a schedule's due times" },
  "GET /inspect/active": { summary: "Tasks that run" },
  "GET /inspect/scheduled": { summary: "Tasks that wait for their time" },
  "GET /inspect/reserved": { summary: "Tasks that are due and not taken" },
  "GET /inspect/stats": { summary: "How the tasks go" },
  "GET /inspect/registered": { summary: "Every kind of task" },
  "GET /inspect/schedules": { summary: "The schedules, as GET /schedules" },
  "GET /inspect/entries": { summary: "Entries with their signs of life" },
  "GET /inspect/attention": { summary: "What an operator should look at" },
  "GET /metrics": { summary: "Metrics in the OpenMetrics format", type: "text/plain" },
};
