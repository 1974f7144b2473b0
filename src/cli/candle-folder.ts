/** A folder of `SYMBOL-QUOTE.5m.csv` files to candles that are complete and aligned, or to sentences that say what isn't. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCandleFile } from "../markets/candle-file.ts";
import { intervalSeconds, isIntervalName, timeText } from "../markets/intervals.ts";
import type { Candle } from "../strategies/strategy.ts";

export interface CandleFolder {
  /** Sorted: "BNB-USDT" … */
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds: the opening times of the first and the last candle, the same for every symbol. */
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  readonly rows: Readonly<Record<string, readonly Candle[]>>;
  /** SHA-256 in hex over symbols, interval and every value: line ends and file times don't matter. */
  readonly contentHash: string;
}

export type FolderResult =
  | { readonly kind: "ok"; readonly folder: CandleFolder }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

const FILE_NAME = /^([A-Z0-9]{1,20}-([A-Z0-9]{1,10}))\.([0-9]+[a-z])\.csv$/;
const EXAMPLE = "BTC-USDT.5m.csv";

interface Found {
  readonly name: string;
  readonly symbol: string;
  readonly quote: string;
  readonly seconds: number;
}

export async function readCandleFolder(path: string): Promise<FolderResult> {
  let names: string[];
  try {
    names = (await readdir(path)).sort();
  } catch (error) {
    return bad(folderError(path, error));
  }
  const files = chooseFiles(path, names);
  if (!Array.isArray(files)) return files;

  const rows: Record<string, readonly Candle[]> = {};
  const errors: string[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(join(path, file.name), "utf8");
    } catch (error) {
      errors.push(`${file.name}: can't be read (${codeOf(error)})`);
      continue;
    }
    const parsed = parseCandleFile(file.name, text, file.seconds);
    if (parsed.kind === "ok") rows[file.symbol] = parsed.candles;
    else errors.push(...parsed.errors);
  }
  if (errors.length > 0) return { kind: "bad", errors };
  return align(files, rows);
}

/** The candle files among `names`: of one interval and one quote currency. */
function chooseFiles(path: string, names: readonly string[]): Found[] | FolderResult {
  const found: Found[] = [];
  for (const name of names) {
    const match = FILE_NAME.exec(name);
    const [, symbol, quote, interval] = match ?? [];
    if (symbol === undefined || quote === undefined || interval === undefined) continue;
    if (!isIntervalName(interval)) {
      return bad(
        `${name}: ${interval} is no candle interval; it must be one of ${Object.keys(intervalSeconds).join(", ")}`,
      );
    }
    found.push({ name, symbol, quote, seconds: intervalSeconds[interval] });
  }
  const [first] = found;
  if (first === undefined) {
    const others = names.filter((name) => name.endsWith(".csv")).slice(0, 3);
    const seen = others.length > 0 ? ` (it has ${others.join(", ")})` : "";
    return bad(`${path} has no candle files named like ${EXAMPLE}${seen}`);
  }
  for (const file of found) {
    if (file.seconds !== first.seconds) {
      return bad(`${first.name} and ${file.name} differ in interval; all files of a folder must have the same one`);
    }
    if (file.quote !== first.quote) {
      return bad(`${first.name} and ${file.name} differ in quote currency; a tournament's cash is in one`);
    }
  }
  return found;
}

function align(files: readonly Found[], rows: Readonly<Record<string, readonly Candle[]>>): FolderResult {
  const errors: string[] = [];
  let reference: { name: string; first: number; last: number } | null = null;
  for (const file of files) {
    const candles = rows[file.symbol] ?? [];
    const first = candles[0]?.openAt;
    const last = candles.at(-1)?.openAt;
    if (first === undefined || last === undefined) continue;
    reference ??= { name: file.name, first, last };
    if (first !== reference.first) errors.push(unaligned("begins", file.name, first, reference.name, reference.first));
    if (last !== reference.last) errors.push(unaligned("ends", file.name, last, reference.name, reference.last));
  }
  const [file] = files;
  if (errors.length > 0 || reference === null || file === undefined) return { kind: "bad", errors };

  const hash = createHash("sha256");
  for (const { symbol, seconds } of files) {
    hash.update(`${symbol} ${seconds}\n`);
    for (const c of rows[symbol] ?? [])
      hash.update(`${c.openAt},${c.open},${c.high},${c.low},${c.close},${c.volume}\n`);
  }
  return {
    kind: "ok",
    folder: {
      symbols: files.map(({ symbol }) => symbol),
      intervalSeconds: file.seconds,
      firstOpenAt: reference.first,
      lastOpenAt: reference.last,
      rows,
      contentHash: hash.digest("hex"),
    },
  };
}

function unaligned(verb: "begins" | "ends", name: string, at: number, otherName: string, otherAt: number): string {
  return `${name} ${verb} at ${timeText(at)} but ${otherName} ${verb} at ${timeText(otherAt)}; all files must cover the same times`;
}

function folderError(path: string, error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return `${path}: there is no such folder`;
  if (code === "ENOTDIR") return `${path} is a file; it must be a folder with files named like ${EXAMPLE}`;
  return `${path}: can't be read (${code})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function bad(error: string): FolderResult {
  return { kind: "bad", errors: [error] };
}
