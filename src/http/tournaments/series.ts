/** GET /tournaments/{id}/equity, decisions and positions: what the arena's pages draw. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import type { EquityAnswer, LogItem, PositionItem } from "../../api/arena-answers.ts";
import { logBefore, logOutcomes, logRounds, readDecisionLog } from "../../db/statements/decisions/log.ts";
import { readEquityColumns, readEquityLines, readEquityRounds } from "../../db/statements/tournaments/equity-series.ts";
import { listPositions } from "../../db/statements/tournaments/positions.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";
import type { HttpEnv } from "../context.ts";
import { booleanQuery, roundNumber, searchField, uuidField, wholeNumberQuery } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { ownId, pageFields, readPage, readPageById } from "../request/paging.ts";
import { seesAll } from "../session/caller.ts";
import { requireTournament } from "./wire.ts";

const POINTS = { least: 2, most: 2000, default: 300 };
/** The most lines in one chart: the baselines and the best entries. */
const LINES_MAX = 1000;
/** No tournament has this many rounds. */
const LAST_ROUND = 999_999_999;

const equityQuery = z.strictObject({
  max_points: wholeNumberQuery(POINTS.least, POINTS.most).default(POINTS.default),
  from_round: wholeNumberQuery(0, 999_999_999).default(0),
  agent_id: uuidField.optional(),
});

const decisionLogQuery = z.strictObject({
  ...pageFields,
  agent_id: uuidField.optional(),
  only: z.enum(logOutcomes).default("all"),
  baselines: booleanQuery.default(true),
  to_round: wholeNumberQuery(0, 999_999_999).optional(),
  /** A part of the reasoning. */
  q: searchField.optional(),
});

const logKey = z.tuple([roundNumber, z.guid()]);

const positionQuery = z.strictObject({ ...pageFields, agent_id: uuidField.optional() });

export const tournamentSeriesRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/equity", queryOf(equityQuery), idOf("tournament.not_found"), async (c) => {
    const { max_points, from_round, agent_id = null } = c.req.valid("query");
    const { query } = c.get("deps");
    const tournament = await requireTournament(query, c.req.valid("param").id);
    if (agent_id !== null) await entryOfAgent(query, agent_id, tournament.id);
    const rounds = await readEquityRounds(query, tournament.id, from_round, max_points);
    const numbers = rounds.map(({ number }) => number);
    const lines = await readEquityLines(query, tournament.id, agent_id, numbers.at(-1) ?? -1, LINES_MAX);
    const ids = lines.map(({ id }) => id);
    const columns = await readEquityColumns(query, tournament.id, numbers, ids, placesOf(tournament.starting_cash));
    const series = lines.map(({ agent_id, agent_name: agent, baseline }) => {
      const equity = Array<string | null>(numbers.length).fill(null);
      return { agent_id, agent, baseline, equity };
    });
    const columnOf = new Map(numbers.map((number, column) => [number, column]));
    for (const { round, points } of columns) {
      const column = columnOf.get(round);
      if (column === undefined) continue;
      for (const point of points.split(",")) {
        const [place = "", value = ""] = point.split(" ");
        const line = series[Number(place)];
        if (line) line.equity[column] = value;
      }
    }
    return c.json({
      tournament_id: tournament.id,
      starting_cash: tournament.starting_cash,
      starts_at: tournament.starts_at,
      interval_seconds: tournament.interval_seconds,
      settled_rounds: rounds[0]?.total ?? 0,
      entries: tournament.entries,
      rounds: numbers,
      times: rounds.map(({ due_at }) => due_at),
      series,
    } satisfies EquityAnswer);
  })
  .get("/tournaments/:id/decisions", queryOf(decisionLogQuery), idOf("tournament.not_found"), async (c) => {
    const { agent_id, only, baselines, to_round, q, ...asked } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id, round_number } = await requireTournament(query, c.req.valid("param").id);
    const entry = agent_id === undefined ? null : await entryOfAgent(query, agent_id, id);
    const open = seesAll(c);
    const filter = { tournamentId: id, entryId: entry?.entry_id ?? null, open, only, baselines, said: q || null };
    const first = logBefore(Math.min(to_round ?? LAST_ROUND, round_number ?? -1));
    const decisions = await readPage(asked, {
      name: `decisions ${id} ${entry?.entry_id ?? ""} ${open} ${only} ${baselines} ${to_round ?? ""} ${q ?? ""}`,
      key: logKey,
      keyOf: (row) => [String(row.round), row.entry_id],
      read: (after, limit) => readDecisionLog(query, { ...filter, after: after ?? first, limit }),
      toItem: (row: LogItem) => row,
      goesOn: (after) => {
        const [from] = after ?? first;
        const next = from - logRounds(filter);
        return next < 0 ? null : logBefore(next).map(String);
      },
    });
    return c.json(decisions);
  })
  .get("/tournaments/:id/positions", queryOf(positionQuery), idOf("tournament.not_found"), async (c) => {
    const { agent_id = null, ...asked } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    if (agent_id !== null) await entryOfAgent(query, agent_id, id);
    const positions = await readPageById(asked, {
      name: `positions ${id} ${agent_id}`,
      idOf: ownId,
      read: (after, rows) => listPositions(query, id, agent_id, after, rows),
      toItem: ({ id: _, ...item }): PositionItem => item,
    });
    return c.json(positions);
  });

/** Down to a hundred-thousandth of the starting cash: finer than any screen. */
function placesOf(startingCash: string): number {
  return Math.min(8, Math.max(0, 5 - Math.floor(Math.log10(Number(startingCash)))));
}
