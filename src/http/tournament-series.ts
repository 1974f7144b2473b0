/** GET /tournaments/{id}/equity, decisions and positions: what the arena's pages draw. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import type { EquityAnswer, LogItem, PositionItem } from "../core/arena-answers.ts";
import { readDecisionLog } from "../db/statements/api-decision-log.ts";
import { readEquityColumns, readEquityLines, readEquityRounds } from "../db/statements/api-equity-series.ts";
import { listPositions } from "../db/statements/api-positions.ts";
import type { HttpEnv } from "./context.ts";
import { entryOfAgent } from "./entry-of-agent.ts";
import { uuidField, wholeNumberQuery } from "./fields.ts";
import { idOf, queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";
import { requireTournament } from "./tournament-wire.ts";

const POINTS = { least: 2, most: 2000, default: 300 };
/** Lines of one chart, baselines and the best. */
const LINES_MAX = 1000;

export const equityQuery = z.strictObject({
  max_points: wholeNumberQuery(POINTS.least, POINTS.most).default(POINTS.default),
  from_round: wholeNumberQuery(0, 999_999_999).default(0),
  agent_id: uuidField.optional(),
});

export const decisionLogQuery = z.strictObject({ ...pageFields, agent_id: uuidField.optional() });

const logKey = z.tuple([
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  z.guid(),
]);

export const positionQuery = z.strictObject({ ...pageFields, agent_id: uuidField.optional() });

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
    const { limit, cursor, agent_id } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const entry = agent_id === undefined ? null : await entryOfAgent(query, agent_id, id);
    const open = c.get("operator");
    const list = `decisions ${id} ${entry?.entry_id ?? ""} ${open}`;
    const after = readCursor(cursor, list, logKey);
    const filter = { tournamentId: id, entryId: entry?.entry_id ?? null, open, after, limit: limit + 1 };
    const rows = await readDecisionLog(query, filter);
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [String(row.round), row.entry_id],
        (row): LogItem => row,
      ),
    );
  })
  .get("/tournaments/:id/positions", queryOf(positionQuery), idOf("tournament.not_found"), async (c) => {
    const { limit, cursor, agent_id = null } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    if (agent_id !== null) await entryOfAgent(query, agent_id, id);
    const list = `positions ${id} ${agent_id}`;
    const rows = await listPositions(query, id, agent_id, readCursor(cursor, list, idKey)?.[0] ?? null, limit + 1);
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.id],
        ({ id: _, ...item }): PositionItem => item,
      ),
    );
  });

/** Down to a hundred-thousandth of the starting cash: finer than any screen. */
function placesOf(startingCash: string): number {
  return Math.min(8, Math.max(0, 5 - Math.floor(Math.log10(Number(startingCash)))));
}
