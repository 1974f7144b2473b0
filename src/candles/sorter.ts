/** Sorts rows by time in bounded memory: sorted runs in a scratch store, and one merge of them. */
import type { Row } from "./row.ts";
import { type FiledRow, lineOf, rowOf } from "./row-text.ts";

/** Rows of one run in memory: some 8 MB. */
const RUN_ROWS = 20_000;
/** Rows of a piece of a run, which is read at once. A merge holds one piece of every run. */
const PIECE_ROWS = 250;

/** Runs that are stored as they come. Their number is bounded, because a merge holds a piece of each. */
const STREAMS_MAX = 20;

/** Where a text lies in a scratch store. */
export interface Piece {
  readonly at: number;
  readonly length: number;
}

/** Keeps what does not fit into memory: a file of a command, rows of the database for an upload. */
export interface Scratch {
  append(text: string): Promise<Piece>;
  read(piece: Piece): Promise<string>;
  close(): Promise<void>;
}

/** A run that goes on as long as its rows come in one direction: most files are sorted, the oldest or the newest first. */
interface Stream {
  readonly pieces: Piece[];
  readonly direction: 1 | -1;
  /** Opening time of the row that came last. */
  end: number;
}

export class Sorter {
  readonly #open: () => Promise<Scratch>;
  #scratch: Scratch | null = null;
  #rows: FiledRow[] = [];
  readonly #runs: Piece[][] = [];
  readonly #streams: Stream[] = [];

  /** `open`: a store for the runs. It is opened with the first one. */
  constructor(open: () => Promise<Scratch>) {
    this.#open = open;
  }

  async add(rows: readonly Row[], file: number): Promise<void> {
    if (await this.#stream(rows, file)) return;
    for (const row of rows) this.#rows.push({ row, file });
    if (this.#rows.length >= RUN_ROWS) await this.#store();
  }

  /** Stores rows that have a direction behind those of the same direction. False where they have to be sorted. */
  async #stream(rows: readonly Row[], file: number): Promise<boolean> {
    const [first] = rows;
    const last = rows.at(-1);
    const direction = directionOf(rows);
    if (first === undefined || last === undefined || direction === 0) return rows.length === 0;
    let stream = this.#streams.find(
      (each) => each.direction === direction && (first.openAt - each.end) * direction >= 0,
    );
    if (stream === undefined) {
      if (this.#streams.length === STREAMS_MAX) return false;
      stream = { pieces: [], direction, end: first.openAt };
      this.#streams.push(stream);
    }
    const lines = rows.map((row) => lineOf(row, file));
    stream.pieces.push(await this.#append(direction === 1 ? lines : lines.reverse()));
    stream.end = last.openAt;
    return true;
  }

  /** All rows, the oldest first; those of one time in the order of their files and lines. */
  async *sorted(): AsyncGenerator<readonly FiledRow[]> {
    await this.#store();
    const streams = this.#streams.map(({ pieces, direction }) => (direction === 1 ? pieces : pieces.toReversed()));
    const heads: Head[] = [];
    for (const pieces of [...streams, ...this.#runs]) {
      const head = new Head(pieces, (piece) => this.#read(piece));
      if (await head.load()) heads.push(head);
    }
    heads.sort((a, b) => byTime(a.first, b.first));
    for (let lowest = heads.shift(); lowest !== undefined; lowest = heads.shift()) {
      yield lowest.takeUpTo(heads[0]?.first ?? null);
      if (!(await lowest.load())) continue;
      const { first } = lowest;
      const at = heads.findIndex((head) => byTime(head.first, first) > 0);
      heads.splice(at === -1 ? heads.length : at, 0, lowest);
    }
  }

  async close(): Promise<void> {
    await this.#scratch?.close();
  }

  async #store(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows.sort(byTime);
    this.#rows = [];
    const pieces: Piece[] = [];
    for (let from = 0; from < rows.length; from += PIECE_ROWS) {
      const text = rows.slice(from, from + PIECE_ROWS).map(({ row, file }) => lineOf(row, file));
      pieces.push(await this.#append(text));
    }
    this.#runs.push(pieces);
  }

  async #append(lines: readonly string[]): Promise<Piece> {
    this.#scratch ??= await this.#open();
    return this.#scratch.append(lines.join(""));
  }

  async #read(piece: Piece): Promise<FiledRow[]> {
    if (this.#scratch === null) throw new Error("a run without its file");
    const text = await this.#scratch.read(piece);
    return text.slice(0, -1).split("\n").map(rowOf);
  }
}

/** The rest of a run: the piece that was read, and those on the disk. */
class Head {
  readonly #pieces: Piece[];
  readonly #read: (piece: Piece) => Promise<FiledRow[]>;
  #rows: readonly FiledRow[] = [];

  constructor(pieces: readonly Piece[], read: (piece: Piece) => Promise<FiledRow[]>) {
    this.#pieces = [...pieces];
    this.#read = read;
  }

  get first(): FiledRow {
    const [first] = this.#rows;
    if (first === undefined) throw new Error("a run without a row");
    return first;
  }

  /** Makes sure that there is a row. False at the run's end. */
  async load(): Promise<boolean> {
    const next = this.#rows.length === 0 ? this.#pieces.shift() : undefined;
    if (next !== undefined) this.#rows = await this.#read(next);
    return this.#rows.length > 0;
  }

  /** The rows of the piece that come no later than `limit`. */
  takeUpTo(limit: FiledRow | null): readonly FiledRow[] {
    const count = limit === null ? -1 : this.#rows.findIndex((row) => byTime(row, limit) > 0);
    const taken = count === -1 ? this.#rows : this.#rows.slice(0, count);
    this.#rows = count === -1 ? [] : this.#rows.slice(count);
    return taken;
  }
}

/** 1 where no row is older than the one before it, −1 where none is newer, 0 otherwise. */
function directionOf(rows: readonly Row[]): 1 | -1 | 0 {
  let up = true;
  let down = true;
  for (let i = 1; i < rows.length; i++) {
    const step = (rows[i]?.openAt ?? 0) - (rows[i - 1]?.openAt ?? 0);
    if (step < 0) up = false;
    if (step > 0) down = false;
  }
  return up ? 1 : down ? -1 : 0;
}

function byTime(a: FiledRow, b: FiledRow): number {
  return a.row.openAt - b.row.openAt || a.file - b.file || a.row.line - b.row.line;
}
