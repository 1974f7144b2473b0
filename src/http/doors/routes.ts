/** /agents/{id}/rounds/current, decisions, log, resume: how an agent from outside plays by REST. */
import { Hono } from "hono";
import { z } from "zod";
import { type DecisionAnswer, decisionBody } from "../../api/decision.ts";
import { CodedError, errorCodes, isErrorCode } from "../../core/error-codes.ts";
import { type LogRow, readAgentLog } from "../../db/statements/doors/agent-log.ts";
import { resumeEntry } from "../../db/statements/entries/resume.ts";
import type { CurrentRound } from "../../rounds/doors/current-round.ts";
import type { Submitted } from "../../rounds/doors/submissions.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { jsonText } from "../readable-json.ts";
import { roundNumber } from "../request/fields.ts";
import { idOf, jsonBody, queryOf } from "../request/inputs.ts";
import { readPage } from "../request/paging.ts";
import { invalid } from "../request/validation.ts";
import { callerOf } from "../session/caller.ts";
import { requireAgent, requireAgentOrOperator, requireAgentOrViewer } from "../session/rights.ts";
import { currentQuery, decisionQuery, entryQuery, logQuery } from "./bodies.ts";
import { onlyTournament, throwRefusal } from "./refusals.ts";

const agentId = idOf("agent.not_found");

export const doorRoutes = new Hono<HttpEnv>()
  .get("/agents/:id/rounds/current", requireAgentOrViewer, queryOf(currentQuery), agentId, async (c) => {
    const { query, doors, doorPorts } = c.get("deps");
    const { id } = c.req.valid("param");
    const { tournament_id, wait } = c.req.valid("query");
    const { keyId, agentId: own } = callerOf(c);
    // Whoever looks over an agent's shoulder has waits of their own.
    const who = own ?? `${keyId} ${id}`;
    const read = (tournament: string | null) => doors.current(doorPorts, who, id, tournament, wait * 1000);
    let current = await read(tournament_id ?? null);
    if (current?.kind === "unclear" && tournament_id === undefined)
      current = await read(await onlyTournament(query, id));
    if (current === null) throw new Problem("agent.too_many_waits", undefined, { headers: { "retry-after": "5" } });
    return answerOf(c, id, tournament_id, current);
  })
  .post("/agents/:id/decisions", requireAgent, queryOf(decisionQuery), agentId, jsonBody(decisionBody), async (c) => {
    const { query, doors, doorPorts, afterwards } = c.get("deps");
    const { id } = c.req.valid("param");
    const { tournament_id, dry_run: dryRun, wait } = c.req.valid("query");
    if (dryRun && wait > 0)
      throw invalid([{ path: "wait", message: "must be left out of a dry run: it decides nothing" }]);
    const submit = (tournamentId: string | null) =>
      doors.submit(doorPorts, { agentId: id, tournamentId, body: c.req.valid("json"), dryRun, door: c.get("door") });
    let submitted = await submit(tournament_id ?? null);
    if (submitted.kind === "unclear" && tournament_id === undefined) {
      submitted = await submit(await onlyTournament(query, id));
    }
    if (submitted.kind === "answer" && submitted.isReplay && !dryRun) {
      afterwards(doors.wake(doorPorts, submitted.tournamentId));
    }
    const answer = JSON.stringify(await decisionOf(c, id, tournament_id, submitted));
    if (wait === 0 || submitted.kind !== "answer") return jsonText(c, answer);
    const next = await doors.current(doorPorts, callerOf(c).agentId ?? id, id, submitted.tournamentId, wait * 1000);
    return jsonText(c, withNext(answer, next));
  })
  .get("/agents/:id/log", requireAgentOrViewer, queryOf(logQuery), agentId, async (c) => {
    const { query } = c.get("deps");
    const { tournament_id, ...asked } = c.req.valid("query");
    const { entry_id } = await entryOfAgent(query, c.req.valid("param").id, tournament_id);
    const log = await readPage(asked, {
      name: `log ${entry_id}`,
      key: z.tuple([roundNumber]),
      keyOf: (row: LogRow) => [String(row.round)],
      read: (after, rows) => readAgentLog(query, entry_id, after?.[0] ?? null, rows),
      toItem: wireLogRow,
    });
    return c.json(log);
  })
  .post("/agents/:id/resume", requireAgentOrOperator, queryOf(entryQuery), agentId, async (c) => {
    const { query } = c.get("deps");
    const { tournament_id } = c.req.valid("query");
    const entry = await entryOfAgent(query, c.req.valid("param").id, tournament_id);
    if (entry.entry_status === "withdrawn") throw new CodedError("entry.withdrawn");
    await resumeEntry(query, entry.entry_id);
    const { agent_id, entry_id } = entry;
    return c.json({ agent_id, entry_id, tournament_id: entry.tournament_id, halted: false });
  });

async function answerOf(
  c: HttpContext,
  id: string,
  tournamentId: string | undefined,
  current: CurrentRound,
): Promise<Response> {
  switch (current.kind) {
    case "round":
      return jsonText(c, current.page.text);
    case "none":
      return c.body(null, 204, { "retry-after": String(current.retryAfterSeconds) });
    case "ended":
      throw new CodedError("tournament.ended");
    default:
      return throwRefusal(c.get("deps").query, id, tournamentId, current);
  }
}

/**
 * The decision's answer with the round that opened next. Whatever ended the wait, the decision is stored: so this is no error, and
 * what keeps the agent from its next round is told when it asks for that round.
 */
function withNext(answer: string, current: CurrentRound | null): string {
  const next = current?.kind === "round" ? current.page.text : "null";
  return `${answer.slice(0, -1)},"next":${next},"over":${current?.kind === "ended"}}`;
}

async function decisionOf(
  c: HttpContext,
  id: string,
  tournamentId: string | undefined,
  submitted: Submitted,
): Promise<DecisionAnswer> {
  switch (submitted.kind) {
    case "answer":
      return submitted.answer;
    case "exists":
      throw new Problem("decision.exists", undefined, { members: { stored: submitted.stored } });
    case "late":
      throw new CodedError("round.late");
    case "not_open":
      throw new Problem("round.not_open", undefined, { members: { round: submitted.round } });
    case "failed":
      throw new CodedError(isErrorCode(submitted.code) ? submitted.code : "agent.failed", submitted.message);
    case "busy":
      throw new CodedError("request.conflict");
    default:
      return throwRefusal(c.get("deps").query, id, tournamentId, submitted);
  }
}

const iso = (time: string) => new Date(time).toISOString();
const isoOrNull = (time: string | null) => (time === null ? null : iso(time));

/** A round in four parts: what was sent to the agent, what it answered, what was stored, and what was filled. */
function wireLogRow(row: LogRow) {
  const { round, state, outcome, reason, body, door, decided_at, reasoning, confidence, orders, fills } = row;
  const stored_at = isoOrNull(decided_at);
  return {
    round,
    state,
    outcome,
    reason,
    sent: {
      due_at: iso(row.due_at),
      opened_at: isoOrNull(row.opened_at),
      deadline_at: isoOrNull(row.deadline_at),
      snapshot_hash: row.snapshot_hash,
    },
    answered: body && { at: stored_at, door, body },
    stored: stored_at && {
      stored_at,
      outcome,
      reasoning,
      confidence,
      orders: orders.map(({ refused, code, refused_at_fill, ...order }) => ({
        ...order,
        state: refused ? ("refused" as const) : ("accepted" as const),
        code: code ?? refused_at_fill,
        detail: sentenceOf(code ?? refused_at_fill),
      })),
    },
    filled: fills.map((fill) => ({ ...fill, filled_at: iso(fill.filled_at) })),
  };
}

function sentenceOf(code: string | null): string | null {
  return code !== null && isErrorCode(code) ? errorCodes[code].sentence : null;
}
