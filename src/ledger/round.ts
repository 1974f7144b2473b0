/** Checks rounds: their numbers and times, decisions and orders, fills and equity points. */
import { checkDecisions } from "./decisions.ts";
import { checkEquity } from "./equity.ts";
import { checkPrices } from "./prices.ts";
import type { Page, RoundRow } from "./rows.ts";
import { settleOrders } from "./settlement.ts";
import { grouped, type State } from "./state.ts";

/** Checks all rounds of a page, by number. */
export function checkRounds(state: State, page: Page): void {
  const byRound = <T extends { round: string }>(rows: readonly T[]) => {
    const groups = grouped(rows, (row) => row.round);
    return (round: RoundRow): readonly T[] => groups.get(round.id) ?? [];
  };
  const snapshots = byRound(page.snapshots);
  const quotes = byRound(page.quotes);
  const candles = byRound(page.candles);
  const decisions = byRound(page.decisions);
  const details = byRound(page.details);
  const orders = byRound(page.orders);
  const trades = byRound(page.trades);
  const points = grouped(page.equity, (row) => String(row.round));
  for (const round of page.rounds) {
    checkPlace(state, round);
    const prices = checkPrices(state, round, {
      snapshot: snapshots(round)[0],
      quotes: quotes(round),
      candles: candles(round),
      decided: decisions(round).length > 0,
    });
    const accepted = checkDecisions(state, round, prices, {
      decisions: decisions(round),
      details: details(round),
      orders: orders(round),
    });
    settleOrders(state, round, prices, accepted, trades(round));
    checkEquity(state, round, prices, points.get(String(round.number)) ?? []);
  }
}

/** Checks that no number is missing, skipped rounds included, and that each round is due at its time. */
function checkPlace(state: State, round: RoundRow): void {
  const { report, tournament } = state;
  for (; state.nextRound < round.number; state.nextRound++)
    report.holds({ table: "rounds", key: `round ${state.nextRound}` }, false, "a row", null, "is missing");
  state.nextRound = round.number + 1;
  const row = { table: "rounds", key: `round ${round.number}` };
  const due = tournament.starts + round.number * tournament.interval_seconds * 1_000_000;
  report.same(row, "due_at", due, round.due, "from start and interval, in microseconds");
  report.holds(row, round.due < tournament.ends, null, String(round.due), "is due after the tournament's end");
}
