/** Reads one uploaded file: which series it is of, and its rows in the order of time, checked by the rules of an import. */
import type { Candle } from "../../core/candle.ts";
import type { Facts } from "../facts.ts";
import { FileReader } from "../file-reader.ts";
import { type Given, type Identity, identify } from "../identity.ts";
import { type SeriesReport, seriesReport } from "../report.ts";
import { CandleFault, type Row } from "../row.ts";
import { gapSentence, SeriesCheck } from "../series.ts";
import { type Scratch, Sorter } from "../sorter.ts";
import { FileHash } from "./file-hash.ts";

const HEAD_ROWS = 1_000;
/** Rows of one statement: half a megabyte of JSON. */
const BATCH_ROWS = 5_000;

export interface UploadAsked extends Given {
  /** The file's name. It may tell symbol and interval, and sentences name the file by it. */
  readonly name: string;
  readonly fill: boolean;
  readonly acceptJumps: boolean;
  /** The source that gets one more symbol; null for a source of its own. */
  readonly sourceId: string | null;
}

export interface ReadFile {
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  readonly report: Readonly<Record<keyof SeriesReport, unknown>> & { readonly file_hash: string };
}

/** Which series the file is of, by its beginning; and all of its bytes, the beginning among them. */
export async function readHead(
  bytes: AsyncGenerator<Uint8Array>,
  asked: UploadAsked,
): Promise<{ identity: Identity; pieces: AsyncIterable<Uint8Array> }> {
  const reader = new FileReader(asked.name, null);
  const seen: Uint8Array[] = [];
  const head: Row[] = [];
  let isWhole = false;
  while (head.length < HEAD_ROWS && !isWhole) {
    const next = await bytes.next();
    isWhole = next.done === true;
    if (next.done) break;
    seen.push(next.value);
    for (const row of reader.push(next.value)) head.push(row);
  }
  if (isWhole) for (const row of reader.end()) head.push(row);
  const read = identify(asked.name, reader.facts, head, asked);
  if (read.kind === "bad") {
    const field = read.needs.replace("--", "").replace(" ", "=");
    throw new CandleFault(`${asked.name}: ${read.why}. Say it by ${field} in the query`);
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* bytes;
  }
  return { identity: read.identity, pieces: pieces() };
}

export async function readAll(
  pieces: AsyncIterable<Uint8Array>,
  { name, fill, acceptJumps }: UploadAsked,
  identity: Identity,
  scratch: Scratch,
  store: (candles: readonly Candle[]) => Promise<void>,
): Promise<ReadFile> {
  const sorter = new Sorter(async () => scratch);
  try {
    const { facts, sorted, file_hash } = await readRows(pieces, name, identity, sorter);
    const check = new SeriesCheck({ ...identity, fill, acceptJumps });
    const batches = new Batches(store);
    for await (const rows of sorter.sorted()) {
      for (const { row } of rows) {
        check.add(row, { name, unit: facts.unit }, (each) => batches.add(each));
        const full = batches.settle();
        if (full !== undefined) await full;
      }
    }
    const { gaps, gapCandles, gapCount, firstOpenAt, lastOpenAt } = check;
    if (gapCount > 0) {
      throw new CandleFault(gapSentence(identity.symbol, identity.intervalSeconds, gaps, gapCandles, gapCount));
    }
    await batches.finish();
    const report = { ...seriesReport(identity, [name], { check, facts: [facts], sorted }), file_hash };
    return { firstOpenAt: firstOpenAt ?? 0, lastOpenAt: lastOpenAt ?? 0, report };
  } finally {
    await sorter.close();
  }
}

async function readRows(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  { symbol }: Identity,
  sorter: Sorter,
): Promise<{ facts: Facts; sorted: boolean; file_hash: string }> {
  const hash = new FileHash();
  const reader = new FileReader(name, symbol.split("-")[0] ?? null);
  let last = 0;
  let sorted = false;
  const take = async (rows: readonly Row[]) => {
    for (const { openAt } of rows) {
      sorted ||= openAt < last;
      last = openAt;
    }
    await sorter.add(rows, 0);
  };
  for await (const piece of pieces) {
    await hash.add(piece);
    await take(reader.push(piece));
  }
  await take(reader.end());
  const { facts } = reader;
  if (facts.rows === facts.openCandles) throw new CandleFault(`${name}: has no candle that is closed`);
  return { facts, sorted, file_hash: await hash.end() };
}

/** Stores candles some thousands at a time. */
class Batches {
  readonly #store: (candles: readonly Candle[]) => Promise<void>;
  #rows: Row[] = [];

  constructor(store: (candles: readonly Candle[]) => Promise<void>) {
    this.#store = store;
  }

  add(row: Row): void {
    this.#rows.push(row);
  }

  settle(): Promise<void> | undefined {
    return this.#rows.length < BATCH_ROWS ? undefined : this.#flush(BATCH_ROWS);
  }

  finish(): Promise<void> {
    return this.#flush(1);
  }

  /** A gap that is filled brings many candles at once. */
  async #flush(least: number): Promise<void> {
    while (this.#rows.length >= least) {
      const rows = this.#rows.slice(0, BATCH_ROWS);
      this.#rows = this.#rows.slice(BATCH_ROWS);
      await this.#store(rows);
    }
  }
}
