/**
 * Builds a round as an agent from outside sees it (src/api/round.ts). The part that is the same for every agent is built once
 * a round, as text.
 */
import { type AgonusRound, ROUND_CONTRACT } from "../../api/round.ts";
import type { Candle } from "../../core/candle.ts";
import { keepNewest } from "../../core/keep-newest.ts";
import { decimal, floor8, text } from "../../core/money.ts";
import { limitsSchema } from "../../core/rules.ts";
import { isVenueName } from "../../core/venue-names.ts";
import { type RoundPageRow, readRoundPages } from "../../db/statements/doors/round-pages.ts";
import type { MarketView } from "../market-view.ts";
import type { RoundPorts } from "../ports.ts";

export interface RoundPage {
  readonly tournamentId: string;
  readonly number: number;
  readonly round: AgonusRound;
  /** The round as JSON. */
  readonly text: string;
  /** The entry is halted: its agent is asked no more. */
  readonly isHalted: boolean;
}

type Shared = Pick<AgonusRound, "tournament" | "market"> & {
  readonly round: Omit<AgonusRound["round"], "seconds_left">;
  readonly tournamentText: string;
  readonly marketText: string;
};
type PagePorts = Pick<RoundPorts, "query" | "views">;

const ROUNDS_KEPT = 32;

export class RoundPages {
  // Values and no promises: a request that waits only for another request's work is ended by the platform.
  readonly #shared = new Map<string, Shared>();

  /** The open round of each entry, in its place. Null for an entry that has decided, or takes part in no open round. */
  async read(ports: PagePorts, entryIds: readonly string[]): Promise<(RoundPage | null)[]> {
    const pages: (RoundPage | null)[] = [];
    for (const row of await readRoundPages(ports.query, entryIds)) {
      pages.push(row ? pageOf(row, await this.#sharedOf(ports, row)) : null);
    }
    return pages;
  }

  async #sharedOf(ports: PagePorts, row: RoundPageRow): Promise<Shared> {
    // A replay's deadline moves while the platform is away.
    const key = `${row.round_id} ${row.deadline_ms}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const made = await makeShared(ports, row);
    keepNewest(this.#shared, key, made, ROUNDS_KEPT);
    return made;
  }
}

async function makeShared({ query, views }: PagePorts, row: RoundPageRow): Promise<Shared> {
  const view = await views.at(query, {
    sourceId: row.candle_source_id,
    symbols: row.symbols,
    baseMs: row.source_interval_seconds * 1000,
    intervalMs: row.interval_seconds * 1000,
    dueMs: row.due_ms,
    hasGaps: isVenueName(row.market),
  });
  const tournament = {
    id: row.tournament_id,
    name: row.tournament,
    interval_seconds: row.interval_seconds,
    quote: quoteOf(row.symbols),
    rules_hash: row.rules_hash,
  };
  const round = {
    number: row.number,
    due_at: new Date(row.due_ms).toISOString(),
    deadline_at: new Date(row.deadline_ms).toISOString(),
    snapshot_hash: row.snapshot_hash,
  };
  const market = marketOf(row.symbols, view);
  return { tournament, round, market, tournamentText: JSON.stringify(tournament), marketText: JSON.stringify(market) };
}

/** The currency behind the dash: USDT of BTC-USDT. */
function quoteOf(symbols: readonly string[]): string {
  return symbols[0]?.split("-").at(-1) ?? "";
}

function marketOf(symbols: readonly string[], view: MarketView): AgonusRound["market"] {
  return Object.fromEntries(
    symbols.map((symbol) => {
      const indicators = Object.entries(view.indicators[symbol] ?? {}).map(([name, value]) => [snake(name), value]);
      const candles = (view.windows[symbol] ?? []).map(candleOf);
      return [symbol, { price: view.prices[symbol] ?? "", candles, indicators: Object.fromEntries(indicators) }];
    }),
  );
}

type CandleRow = AgonusRound["market"][string]["candles"][number];

/** Candles open at whole seconds, so their times need no fraction. */
function candleOf({ openAt, open, high, low, close, volume }: Candle): CandleRow {
  return [new Date(openAt).toISOString().replace(".000Z", "Z"), open, high, low, close, volume];
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function pageOf(row: RoundPageRow, shared: Shared): RoundPage {
  const { tournament, market, tournamentText, marketText } = shared;
  const { number, due_at, deadline_at, snapshot_hash } = shared.round;
  const seconds_left = Math.max(0, Math.round((row.deadline_ms - row.now_ms) / 100) / 10);
  const round = { number, due_at, deadline_at, seconds_left, snapshot_hash };
  const own = {
    portfolio: portfolioOf(row, market),
    limits: row.limits === null ? null : limitsSchema.parse(row.limits),
    standing: standingOf(row),
    memory: {
      last_trades: row.last_trades.map((trade) => ({ ...trade, filled_at: iso(trade.filled_at) })),
      last_decision: row.last_decision && { ...row.last_decision, decided_at: iso(row.last_decision.decided_at) },
      notes: row.notes ?? {},
    },
  };
  const head = `{"contract":"${ROUND_CONTRACT}","tournament":${tournamentText},"round":${JSON.stringify(round)}`;
  return {
    tournamentId: row.tournament_id,
    number,
    round: { contract: ROUND_CONTRACT, tournament, round, market, ...own },
    isHalted: row.halted,
    text: `${head},"market":${marketText},${JSON.stringify(own).slice(1)}`,
  };
}

const iso = (time: string) => new Date(time).toISOString();

function portfolioOf(row: RoundPageRow, market: AgonusRound["market"]): AgonusRound["portfolio"] {
  let equity = decimal(row.cash);
  const positions = row.positions.map(({ symbol, quantity, cost }) => {
    const exact = decimal(quantity).times(decimal(market[symbol]?.price ?? "0"));
    equity = equity.plus(exact);
    const value = floor8(exact);
    return { symbol, quantity, cost, value: text(value), unrealised: text(value.minus(decimal(cost))) };
  });
  return { cash: row.cash, equity: text(floor8(equity)), positions };
}

function standingOf({ rank, ranked, equity, starting_cash }: RoundPageRow): AgonusRound["standing"] {
  const change =
    equity === null ? 0 : Number(decimal(equity).div(decimal(starting_cash)).minus(decimal("1")).toFixed(10));
  return { rank, of: ranked, return: change };
}
