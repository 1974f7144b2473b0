/** The market that the played venues show: prices that follow from the time alone, and what a test changes in them. */

export interface Row {
  readonly openAt: number;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  trades: number;
}

export class PlayedMarket {
  /** Epoch milliseconds by the venue's clock. */
  now: () => number;
  /** All prices times this: a venue whose prices are wrong. */
  factor = 1;
  /** Half the spread, as a share of the price. */
  halfSpread = 0.0001;
  /** Minutes (by their opening time) in which nobody trades, or that the venue leaves out. By symbol, or for all ("*"). */
  readonly quiet = new Set<string>();
  readonly absent = new Set<string>();
  /** Rows that a test sets. */
  readonly rows = new Map<string, Partial<Row>>();
  /** Books that a test sets. */
  readonly books = new Map<string, { bid: string; ask: string }>();
  /** Rows younger than this are not there yet: an answer that comes late. */
  lateMs = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  static key(symbol: string, openAt: number): string {
    return `${symbol} ${openAt}`;
  }

  /** The price of a symbol at a time: it moves by some tenths of a percent. */
  price(symbol: string, at: number): number {
    const seed = [...symbol].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
    const minutes = at / 60_000;
    const wave = Math.sin(minutes / 7 + seed) * 0.004 + Math.sin(minutes / 31 + seed * 3) * 0.01;
    return (100 + seed) * (1 + wave) * this.factor;
  }

  #is(set: ReadonlySet<string>, symbol: string, openAt: number): boolean {
    return set.has(PlayedMarket.key(symbol, openAt)) || set.has(PlayedMarket.key("*", openAt));
  }

  row(symbol: string, openAt: number, intervalMs: number): Row {
    const text = (price: number) => price.toFixed(4);
    const quiet = this.#is(this.quiet, symbol, openAt);
    // A quiet minute repeats the close of the last one with trades.
    let traded = openAt;
    while (this.#is(this.quiet, symbol, traded)) traded -= intervalMs;
    const close = this.price(symbol, traded + intervalMs);
    const open = quiet ? close : this.price(symbol, openAt);
    const row = {
      openAt,
      open: text(open),
      high: text(quiet ? close : Math.max(open, close) * 1.0005),
      low: text(quiet ? close : Math.min(open, close) * 0.9995),
      close: text(close),
      volume: quiet ? "0.00000000" : (1 + (openAt % 7)).toFixed(8),
      trades: quiet ? 0 : 12,
    };
    return { ...row, ...this.rows.get(PlayedMarket.key(symbol, openAt)) };
  }

  /** Rows that open in [from, to] and have begun by now: the newest is open. `skipQuiet`: a venue that leaves quiet minutes out. */
  between(symbol: string, from: number, to: number, intervalMs: number, skipQuiet: boolean): Row[] {
    const first = Math.ceil(from / intervalMs) * intervalMs;
    const rows: Row[] = [];
    for (let openAt = first; openAt <= Math.min(to, this.now() - this.lateMs); openAt += intervalMs) {
      if (this.#is(this.absent, symbol, openAt)) continue;
      if (skipQuiet && this.#is(this.quiet, symbol, openAt)) continue;
      rows.push(this.row(symbol, openAt, intervalMs));
    }
    return rows;
  }

  book(symbol: string): { bid: string; ask: string } {
    const set = this.books.get(symbol);
    if (set) return set;
    const price = this.price(symbol, this.now());
    return { bid: (price * (1 - this.halfSpread)).toFixed(4), ask: (price * (1 + this.halfSpread)).toFixed(4) };
  }

  /** When somebody traded last. */
  lastTradeAt(symbol: string, intervalMs = 60_000): number {
    const now = this.now();
    let openAt = Math.floor(now / intervalMs) * intervalMs;
    if (!this.#is(this.quiet, symbol, openAt)) return now - 1;
    while (this.#is(this.quiet, symbol, openAt)) openAt -= intervalMs;
    return openAt + intervalMs - 1;
  }
}
