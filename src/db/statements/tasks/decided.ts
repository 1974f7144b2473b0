/**
 * Reads tasks whose rows do not hold all that is shown of them. There are two kinds. Where `round` is set, the task's result is a
 * stored decision: the row's `result` has only Figures, and the rest is built (src/core/tasks/decided.ts). Where `args` is null, the
 * batch that stored the decision also made the task: its arguments follow from its entry, and its one line of history from
 * `finished_at` and from `history`, which is then the text of who stored it.
 */
import type { RoundTime } from "../../../core/performance.ts";
import { type Decided, decidedResult, type Figures } from "../../../core/tasks/decided.ts";
import type { Query } from "../../query.ts";

/** For statements over tasks `t` that need the composed arguments or history themselves. */
export const COMPOSED = {
  args: `(case when t.args is null then agonus_decision_args(t.tournament_id, t.entry_id) else t.args end)`,
  history: `(case when t.args is null then agonus_decided_history(t.history, t.finished_at) else t.history end)`,
} as const;

/** Columns of a task `t` by which `composed` finds its decision. */
export const DECISION_KEYS =
  "t.round as decided_round, t.entry_id as decided_entry, t.tournament_id as decided_tournament";

type DecisionKeys = {
  readonly decided_round: number | null;
  readonly decided_entry: string | null;
  readonly decided_tournament: string | null;
};

type Composable = { readonly args: Record<string, unknown>; readonly result: unknown };

/** A row as it comes from the database, with Figures or a result in `result`. */
export type Stored<Row extends Composable> = Omit<Row, "args" | "result"> &
  DecisionKeys & { readonly args: Record<string, unknown> | null; readonly result: unknown };

type DecisionRow = {
  readonly n: number;
  readonly agent_id: string | null;
  /** Null: the decision is gone. */
  readonly decided: (Decided & RoundTime & { readonly starting_cash: string }) | null;
};

// Tasks of a page are mostly of a few rounds, so each round is looked up once. Each decision is looked up by its keys: `offset 0` keeps
// the planner from reading all decisions to find a few. The last settled round before a round stays the same one: a round opens when
// none before it is under way.
const DECISIONS = `
with w as (select * from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality as w(tournament_id, entry_id, round, n)),
played as materialized (
  select r.id, r.tournament_id, r.number, t.starting_cash, t.interval_seconds, s.market_clock,
    (select b.number from rounds b where b.tournament_id = t.id and b.number < r.number and b.state = 'settled'
      order by b.number desc limit 1) as before
  from (select distinct tournament_id, round from w) asked
  join rounds r on r.tournament_id = asked.tournament_id and r.number = asked.round
  join tournaments t on t.id = r.tournament_id
  join candle_sources s on s.id = coalesce((select source_id from snapshots where round_id = r.id), t.candle_source_id))
select w.n::int as n, e.agent_id, stored.decided
from w
left join entries e on e.id = w.entry_id
left join played r on r.tournament_id = w.tournament_id and r.number = w.round
left join lateral (
  select jsonb_build_object('round', r.number, 'outcome', d.outcome, 'reasoning', x.reasoning, 'joined_at', e.joined_at,
    'orders', coalesce((select jsonb_agg(jsonb_build_object('side', o.side, 'symbol', o.symbol, 'amount', trim_scale(o.amount)::text,
        'state', case when o.refused_at = 'decision' then 'refused' else 'open' end, 'code', o.code) order by o.seq)
      from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id), '[]'),
    'point', (select jsonb_build_object('equity', trim_scale(p.equity)::text, 'rank', p.rank, 'max_drawdown', p.max_drawdown,
        'returns_count', p.returns_count, 'returns_mean', p.returns_mean, 'returns_m2', p.returns_m2)
      from equity_points p where p.tournament_id = r.tournament_id and p.entry_id = w.entry_id and p.round = r.before),
    'starting_cash', trim_scale(r.starting_cash)::text, 'interval_seconds', r.interval_seconds, 'market_clock', r.market_clock) as decided
  from decisions d left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
  where d.round_id = r.id and d.entry_id = w.entry_id offset 0) stored on true`;

/** The rows with their arguments and results. One statement for all that are decisions; none where none is. */
export async function composed<Row extends Composable>(query: Query, rows: readonly Stored<Row>[]): Promise<Row[]> {
  const decisions = rows.filter(({ decided_round }) => decided_round !== null);
  const found = decisions.length === 0 ? [] : await readDecisions(query, decisions);
  let next = 0;
  return rows.map(({ decided_round, decided_entry: _, decided_tournament: tournament_id, ...row }) => {
    if (decided_round === null) return row as unknown as Row;
    const { agent_id = null, decided = null } = found[next++] ?? {};
    const args = row.args ?? { tournament_id, agent_id, recover_from_crash: true };
    const result = decided && decidedResult(decided, decided, row.result as Figures);
    return { ...row, args, result } as unknown as Row;
  });
}

/** In the order of the rows. */
async function readDecisions(query: Query, rows: readonly DecisionKeys[]): Promise<DecisionRow[]> {
  const found = await query<DecisionRow>(DECISIONS, [
    rows.map((row) => row.decided_tournament),
    rows.map((row) => row.decided_entry),
    rows.map((row) => row.decided_round),
  ]);
  return found.toSorted((one, other) => one.n - other.n);
}
