/** Shows a running tournament: in a terminal a leaderboard that is drawn again and again, in a log one line now and then. */
import { z } from "zod";
import { shownMoney, shownPercent } from "../core/text/shown-number.ts";
import type { ApiClient } from "./api-client.ts";

const look = z.looseObject({
  status: z.string(),
  current_round: z.looseObject({ number: z.number(), state: z.string(), due_at: z.string() }).nullable(),
});
const place = z.looseObject({
  rank: z.number().nullable(),
  rank_change: z.number().nullable().optional(),
  agent: z.string(),
  baseline: z.boolean(),
  equity: z.string(),
  return: z.union([z.string(), z.number()]).nullable(),
  trades: z.number(),
});
export type Place = z.infer<typeof place>;
const board = z.object({ items: z.array(place) });

export interface Standing {
  readonly status: string;
  /** The last settled or skipped round; −1 before the first. */
  readonly round: number;
  readonly places: readonly Place[];
}

/** Null: no new round since `after`, and the same status. Throws what the API client throws. */
export async function lookAt(api: ApiClient, tournamentId: string, last: Standing | null): Promise<Standing | null> {
  const { status, current_round: current } = await api.get(`/tournaments/${tournamentId}`, look);
  const over = current !== null && (current.state === "settled" || current.state === "skipped");
  const round = current === null ? -1 : over ? current.number : current.number - 1;
  if (last !== null && round === last.round && status === last.status) return null;
  const { items } = await api.get(`/tournaments/${tournamentId}/leaderboard?limit=50`, board);
  return { status, round, places: items };
}

/** The lines of the block that is drawn anew. Pure. */
export function boardLines(standing: Standing, columns: number, rows: number): string[] {
  const { status, round, places } = standing;
  const head = `${status === "live" ? "Live" : status} · ${round < 0 ? "the first round is to come" : `round ${round} is settled`}`;
  const width = Math.max(5, ...places.map(({ agent }) => agent.length));
  const wide = Math.max(10, ...places.map(({ equity }) => shownMoney(equity).length));
  const lines = places.map((item) =>
    [
      (item.rank === null ? "–" : String(item.rank)).padStart(4),
      arrow(item.rank_change),
      item.agent.padEnd(width),
      shownMoney(item.equity).padStart(wide),
      percent(item.return).padStart(9),
      `${item.trades}`.padStart(6),
      item.baseline ? "baseline" : "",
    ].join(" "),
  );
  const title = `rank   ${"agent".padEnd(width)} ${"equity".padStart(wide)} ${"return".padStart(9)} ${"trades".padStart(6)}`;
  const room = Math.max(1, rows - 4);
  const shown =
    lines.length > room ? [...lines.slice(0, room - 1), `     … and ${lines.length - room + 1} more`] : lines;
  return [head, title, ...shown].map((line) => line.trimEnd().slice(0, Math.max(20, columns - 1)));
}

/** The same in one line. Pure. */
export function boardLine({ status, round, places }: Standing): string {
  const best = places
    .filter(({ rank }) => rank !== null)
    .slice(0, 3)
    .map((item) => `${item.rank}. ${item.agent} ${shownMoney(item.equity)} (${percent(item.return)})`);
  const trades = places.reduce((sum, item) => sum + item.trades, 0);
  return `Round ${round}${status === "live" ? "" : ` (${status})`}: ${best.join(", ")}; ${trades} trades so far`;
}

function arrow(change: number | null | undefined): string {
  return !change ? " " : change > 0 ? "▲" : "▼";
}

function percent(value: string | number | null): string {
  if (value === null) return "–";
  const shown = shownPercent(value);
  // Zero has no sign, however little is behind it.
  return `${Number(value) > 0 && /[1-9]/.test(shown) ? "+" : ""}${shown} %`;
}
