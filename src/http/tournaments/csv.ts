/** GET /tournaments/{id}/leaderboard.csv, trades.csv, equity.csv: whole lists for a spreadsheet, streamed. Open to all. */
import { Hono } from "hono";
import { csvFileName, csvLine } from "../../core/text/csv.ts";
import type { Query } from "../../db/query.ts";
import { readSettledRounds } from "../../db/statements/rounds/settled.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { readEquityColumns, readEquityLines } from "../../db/statements/tournaments/equity-series.ts";
import { readLeaderboard } from "../../db/statements/tournaments/leaderboard.ts";
import { listTrades } from "../../db/statements/trades/list.ts";
import { wirePlace } from "../../feed/leaderboard-wire.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { idOf } from "../request/inputs.ts";
import { textStream } from "../text-stream.ts";
import { requireTournament } from "./wire.ts";

const ROWS_A_READ = 500;
/** The most columns of the equity: the baselines and the best entries, as in the JSON. */
const LINES_MAX = 1000;
const PLACES = 8;

const BOARD = [
  ..."rank,agent,baseline,status,equity,return,profit,realized_profit,fees,trades,closed_trades,win_rate".split(","),
  ..."biggest_win,biggest_loss,sharpe,rounds,max_drawdown,agent_id".split(","),
];
const TRADES = [
  // `filled_at` is when the platform filled the order, `time` when its round was due on the market. A replay fills the orders of
  // ninety days of its market within minutes, so only `time` places a trade there.
  ..."round,filled_at,agent,side,symbol,quantity,price,fee,cash_change,realized_profit,seq,agent_id,id,time".split(","),
];

type Lines = (query: Query, tournament: TournamentRow) => AsyncIterable<string>;

async function* boardLines(query: Query, tournament: TournamentRow) {
  yield csvLine(BOARD);
  for (let after: readonly [string, string] | null = null; ; ) {
    const rows = await readLeaderboard(query, tournament.id, after, ROWS_A_READ);
    for (const row of rows) {
      const place = new Map<string, string | number | boolean | null>(Object.entries(wirePlace(row, tournament)));
      yield csvLine(BOARD.map((name) => place.get(name) ?? null));
    }
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_READ) return;
    after = [last.equity, last.agent_name];
  }
}

async function* tradeLines(query: Query, { id: tournamentId, starts_at, interval_seconds }: TournamentRow) {
  const timeOf = (round: number) => new Date(Date.parse(starts_at) + round * interval_seconds * 1000).toISOString();
  yield csvLine(TRADES);
  for (let before: string | null = null; ; ) {
    const rows = await listTrades(query, { tournamentId, agentId: null, before, limit: ROWS_A_READ });
    for (const row of rows) {
      const trade = new Map<string, string | number | null>(Object.entries({ ...row, time: timeOf(row.round) }));
      yield csvLine(TRADES.map((name) => trade.get(name) ?? null));
    }
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_READ) return;
    before = last.id;
  }
}

/** A line a settled round, a column an entry. Before its first round an entry has an empty cell. */
async function* equityLines(query: Query, { id }: TournamentRow) {
  const [newest] = await readSettledRounds(query, id, { before: null, limit: 1 });
  const lines = await readEquityLines(query, id, null, newest?.number ?? -1, LINES_MAX);
  yield csvLine(["round", "time", ...lines.map(({ agent_name }) => agent_name)]);
  const ids = lines.map((line) => line.id);
  for (let after = -1; ; ) {
    const rounds = await readSettledRounds(query, id, { after, limit: ROWS_A_READ });
    const numbers = rounds.map(({ number }) => number);
    const columns = await readEquityColumns(query, id, numbers, ids, PLACES);
    const pointsOf = new Map(columns.map(({ round, points }) => [round, points]));
    for (const { number, due_at } of rounds) {
      const cells = Array<string | null>(lines.length).fill(null);
      for (const point of pointsOf.get(number)?.split(",") ?? []) {
        const [place = "", value = ""] = point.split(" ");
        cells[Number(place)] = value;
      }
      yield csvLine([number, due_at, ...cells]);
    }
    const last = numbers.at(-1);
    if (last === undefined || rounds.length < ROWS_A_READ) return;
    after = last;
  }
}

async function answer(c: HttpContext, id: string, what: string, lines: Lines): Promise<Response> {
  const { query } = c.get("deps");
  const tournament = await requireTournament(query, id);
  return textStream(lines(query, tournament), {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${csvFileName(tournament.name, what)}"`,
  });
}

export const tournamentCsvRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/leaderboard.csv", idOf("tournament.not_found"), (c) =>
    answer(c, c.req.valid("param").id, "leaderboard", boardLines),
  )
  .get("/tournaments/:id/trades.csv", idOf("tournament.not_found"), (c) =>
    answer(c, c.req.valid("param").id, "trades", tradeLines),
  )
  .get("/tournaments/:id/equity.csv", idOf("tournament.not_found"), (c) =>
    answer(c, c.req.valid("param").id, "equity", equityLines),
  );
