/** A finished replay in words: the table, the verdict, and the one JSON line. Pure. */
import Table from "cli-table3";
import { sharpeIsShown } from "../../core/enough.ts";
import { shownMoney, shownPercent } from "../../core/text/shown-number.ts";
import type { Counts, LeaderboardItem, TournamentResult } from "./result.ts";

export interface Timing {
  readonly elapsedMs: number;
  /** Decisions of this run alone, without those of an earlier run that was interrupted. */
  readonly decisions: number;
}

/** The line that ends `--json`, in the order of its description. */
export function jsonLine({ counts, leaderboard, ledger, hash }: TournamentResult, timing: Timing): string {
  return JSON.stringify({
    rounds: counts.rounds,
    entries: counts.entries,
    decisions: counts.decisions_made + counts.decisions_held,
    decisions_made: counts.decisions_made,
    decisions_held: counts.decisions_held,
    trades: counts.trades,
    orders_refused: counts.orders_refused,
    ledger: { ok: ledger.ok, checked: ledger.checked, errors: ledger.errors },
    tasks: counts.tasks,
    leaderboard,
    hash,
    elapsed_ms: Math.round(timing.elapsedMs),
    decisions_per_second: perSecond(timing),
  });
}

export function reportText(result: TournamentResult, timing: Timing): string {
  const { counts, leaderboard, hash } = result;
  return [
    leaderboardTable(leaderboard),
    countsLine(counts),
    `Hash       ${hash}`,
    `Speed      ${perSecond(timing).toLocaleString("en-US")} decisions/s (${count(timing.decisions)} in ${(timing.elapsedMs / 1_000).toFixed(1)} s)`,
    ...ledgerLines(result),
  ].join("\n");
}

function leaderboardTable(items: readonly LeaderboardItem[]): string {
  const table = new Table({
    head: ["Rank", "Agent", "Equity", "Return", "Drawdown", "Sharpe", "Trades", "Fees"],
    colAligns: ["right", "left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const item of items) {
    table.push([
      item.rank === null ? "–" : String(item.rank),
      item.baseline ? `${item.agent} (baseline)` : item.agent,
      shownMoney(item.equity),
      percent(item.return),
      percent(item.max_drawdown),
      item.sharpe === null || !sharpeIsShown(item) ? "–" : item.sharpe.toFixed(2),
      count(item.trades),
      shownMoney(item.fees),
    ]);
  }
  return table.toString();
}

function countsLine(counts: Counts): string {
  const tasks = Object.entries(counts.tasks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, n]) => `${count(n)} ${state}`)
    .join(", ");
  return (
    `Rounds     ${count(counts.rounds)} with ${count(counts.entries)} entries: ` +
    `${count(counts.decisions_made)} decisions made, ${count(counts.decisions_held)} held, ` +
    `${count(counts.trades)} trades, ${count(counts.orders_refused)} orders refused\n` +
    `Tasks      ${tasks === "" ? "none" : tasks}`
  );
}

function ledgerLines({ ledger }: TournamentResult): string[] {
  if (ledger.ok) return [`Ledger     exact: ${count(ledger.checked)} values compared`];
  const shown = ledger.errors.slice(0, 20).map(({ sentence }) => `           ${sentence}`);
  const more = ledger.failures - shown.length;
  return [
    `Ledger     WRONG: ${count(ledger.failures)} of ${count(ledger.checked)} values`,
    ...shown,
    ...(more > 0 ? [`           … and ${count(more)} more`] : []),
  ];
}

function perSecond({ decisions, elapsedMs }: Timing): number {
  return elapsedMs > 0 ? Math.round((decisions * 10_000) / elapsedMs) / 10 : 0;
}

function percent(value: string | number | null): string {
  return value === null ? "–" : `${shownPercent(value)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
