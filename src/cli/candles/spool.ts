/** Keeps the candles of one series, in order, for reading again: in memory as text, and on the disk from some size on. */
import { join } from "node:path";
import type { Row } from "../../candles/row.ts";
import type { Piece as Stored } from "../../candles/sorter.ts";
import type { Candle } from "../../core/candle.ts";
import type { CandleSink } from "./read-series.ts";
import { ScratchFile } from "./scratch-file.ts";

const PIECE_CHARS = 128 * 1024;

/** What all spools of a command may hold in memory together. */
export interface SpoolBudget {
  charsLeft: number;
}

interface Piece {
  readonly firstOpenAt: number;
  readonly text: string | Stored;
}

export class CandleSpool implements CandleSink {
  readonly #path: string;
  readonly #budget: SpoolBudget;
  #pieces: Piece[] = [];
  #scratch: ScratchFile | null = null;
  #lines: string[] = [];
  #chars = 0;
  #firstOpenAt = 0;

  /** `name`: of a file in the folder `scratch`, used if the budget is spent. */
  constructor(scratch: string, name: string, budget: SpoolBudget) {
    this.#path = join(scratch, name);
    this.#budget = budget;
  }

  add({ openAt, open, high, low, close, volume, filled }: Row): void {
    if (this.#lines.length === 0) this.#firstOpenAt = openAt;
    const line = `${openAt},${open},${high},${low},${close},${volume}${filled ? ",1" : ""}\n`;
    this.#lines.push(line);
    this.#chars += line.length;
  }

  settle(): Promise<void> | undefined {
    return this.#chars < PIECE_CHARS ? undefined : this.finish();
  }

  async reset(): Promise<void> {
    for (const { text } of this.#pieces) if (typeof text === "string") this.#budget.charsLeft += text.length;
    this.#pieces = [];
    this.#lines = [];
    this.#chars = 0;
  }

  /** Stores the candles that came last. */
  async finish(): Promise<void> {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    const firstOpenAt = this.#firstOpenAt;
    this.#lines = [];
    this.#chars = 0;
    if (text.length <= this.#budget.charsLeft) {
      this.#budget.charsLeft -= text.length;
      this.#pieces.push({ firstOpenAt, text });
      return;
    }
    this.#scratch ??= await ScratchFile.create(this.#path);
    this.#pieces.push({ firstOpenAt, text: await this.#scratch.append(text) });
  }

  /** The lines of the candles that open from `fromMs` to `toMs`, both included, a piece at a time. */
  async *lines(fromMs: number, toMs: number): AsyncGenerator<readonly string[]> {
    for (const [index, { firstOpenAt, text }] of this.#pieces.entries()) {
      const next = this.#pieces[index + 1]?.firstOpenAt ?? Number.POSITIVE_INFINITY;
      if (next <= fromMs) continue;
      if (firstOpenAt > toMs) return;
      const whole = typeof text === "string" ? text : await this.#read(text);
      const lines = whole.slice(0, -1).split("\n");
      const isInside = firstOpenAt >= fromMs && next <= toMs;
      yield isInside
        ? lines
        : lines.filter((line) => isBetween(Number(line.slice(0, line.indexOf(","))), fromMs, toMs));
    }
  }

  /** The same as candles. */
  async *candles(fromMs: number, toMs: number): AsyncGenerator<readonly Candle[]> {
    for await (const lines of this.lines(fromMs, toMs)) yield lines.map(candleOf);
  }

  async close(): Promise<void> {
    await this.#scratch?.close();
  }

  async #read(stored: Stored): Promise<string> {
    if (this.#scratch === null) throw new Error("a spool without its file");
    return this.#scratch.read(stored);
  }
}

function isBetween(openAt: number, fromMs: number, toMs: number): boolean {
  return openAt >= fromMs && openAt <= toMs;
}

function candleOf(line: string): Candle {
  const [openAt = "", open = "", high = "", low = "", close = "", volume = "", filled] = line.split(",");
  const candle = { openAt: Number(openAt), open, high, low, close, volume };
  return filled === "1" ? { ...candle, filled: true } : candle;
}
