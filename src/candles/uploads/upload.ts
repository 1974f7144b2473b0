/**
 * Stores the candles of one uploaded file, under the rules of an import. The file is read once, as it comes: its rows wait in
 * the database, are merged in the order of time, checked, and stored. Nobody sees them before all of them are right.
 */
import type { Candle } from "../../core/candle.ts";
import type { Query } from "../../db/query.ts";
import { beginSource, beginSymbol, readUploadTarget, type Upload } from "../../db/statements/markets/uploads/begin.ts";
import { discardUpload, findTwin, finishSource, finishSymbol } from "../../db/statements/markets/uploads/end.ts";
import { storeUploaded } from "../../db/statements/markets/uploads/store.ts";
import { intervalText } from "../../markets/intervals.ts";
import { CandleFault } from "../row.ts";
import { FileHash } from "./file-hash.ts";
import { UploadLost } from "./lost.ts";
import { type ReadFile, readAll, readHead, type UploadAsked } from "./read-file.ts";
import { ScratchTable } from "./scratch-table.ts";
import { unpackedUpload } from "./unpack.ts";

export interface UploadPorts {
  readonly query: Query;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** An id for a source: "files:…". */
  readonly newSourceId: () => string;
}

type Refusal = "upload.unknown_source" | "upload.in_use" | "upload.symbol_exists" | "upload.under_way";
export type UploadOutcome =
  | { readonly kind: "stored"; readonly id: string; readonly report: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly code: Refusal };

const refused = (code: Refusal): UploadOutcome => ({ kind: "refused", code });

/** Throws a CandleFault for a file that can't be used, and what `body` throws. Then nothing of it is left. */
export async function uploadCandles(
  body: AsyncIterable<Uint8Array>,
  asked: UploadAsked,
  ports: UploadPorts,
): Promise<UploadOutcome> {
  const bytes = unpackedUpload(asked.name, body);
  try {
    return await upload(bytes, asked, ports);
  } catch (error) {
    if (error instanceof UploadLost) return refused("upload.under_way");
    if (error instanceof CandleFault) throw new CandleFault(...error.sentences.map(inQuery));
    throw error;
  } finally {
    await bytes.return(undefined);
  }
}

/** Flags of the command line are fields of the query here. */
function inQuery(sentence: string): string {
  return sentence.replace("--fill flat", "fill=flat").replace("--accept-jumps", "accept_jumps=true");
}

async function upload(
  bytes: AsyncGenerator<Uint8Array>,
  asked: UploadAsked,
  { query, newId, newSourceId }: UploadPorts,
): Promise<UploadOutcome> {
  const target = asked.sourceId === null ? null : await readUploadTarget(query, asked.sourceId);
  if (target === null && asked.sourceId !== null) return refused("upload.unknown_source");
  const { identity, pieces } = await readHead(bytes, asked);
  const { symbol, intervalSeconds } = identity;
  if (target !== null) {
    if (target.interval_seconds !== intervalSeconds) {
      const [own, other] = [intervalText(intervalSeconds), intervalText(target.interval_seconds)];
      throw new CandleFault(
        `${asked.name}: has candles of ${own}, and the source ${asked.sourceId} has those of ${other}`,
      );
    }
    const quote = (each: string) => each.split("-")[1];
    const foreign = target.symbols.find((each) => quote(each) !== quote(symbol));
    if (foreign !== undefined) {
      throw new CandleFault(
        `${asked.name}: ${symbol} and ${foreign} differ in quote currency; a tournament's cash is in one`,
      );
    }
    const stored = target.symbols.includes(symbol) ? seriesOf(target.report, symbol) : null;
    if (stored !== null) return repeated(target.id, pieces, target.report ?? {}, stored);
    if (target.used) return refused("upload.in_use");
  }
  const mine: Upload = { sourceId: asked.sourceId ?? newSourceId(), symbol, token: newId() };
  if (target === null) await beginSource(query, mine, { name: asked.name, intervalSeconds });
  else if (!(await beginSymbol(query, mine))) return refused("upload.under_way");
  try {
    if (target !== null) await discardUpload(query, mine, true);
    const store = async (candles: readonly Candle[]) => {
      if (!(await storeUploaded(query, mine, candles))) throw new UploadLost();
    };
    const scratch = new ScratchTable(query, mine);
    const read = await readAll(pieces, asked, identity, scratch, store);
    return await finish(query, mine, asked, read, target === null);
  } catch (error) {
    await discardUpload(query, mine, false);
    throw error;
  }
}

async function finish(
  query: Query,
  mine: Upload,
  { name }: UploadAsked,
  read: ReadFile,
  isOwn: boolean,
): Promise<UploadOutcome> {
  const { sourceId, symbol } = mine;
  if (isOwn) {
    const twin = await findTwin(query, { name, symbol, fileHash: read.report.file_hash });
    if (twin !== null) {
      await discardUpload(query, mine, false);
      return { kind: "stored", ...twin };
    }
    if (!(await finishSource(query, mine, read))) throw new UploadLost();
  } else if (!(await finishSymbol(query, mine, read))) {
    const now = await readUploadTarget(query, sourceId);
    if (now !== null && !now.used && !now.symbols.includes(symbol)) {
      throw new CandleFault(
        `${name}: the candles of ${symbol} share no time with the other symbols of ${sourceId}, or open at other times`,
      );
    }
    await discardUpload(query, mine, false);
    return refused(now === null ? "upload.unknown_source" : now.used ? "upload.in_use" : "upload.symbol_exists");
  }
  const stored = await readUploadTarget(query, sourceId);
  return { kind: "stored", id: sourceId, report: stored?.report ?? {} };
}

/** The symbol is stored already. The same file again is answered as before; another one is refused. */
async function repeated(
  id: string,
  pieces: AsyncIterable<Uint8Array>,
  report: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, unknown>>,
): Promise<UploadOutcome> {
  const hash = new FileHash();
  for await (const piece of pieces) await hash.add(piece);
  const isSame = stored.file_hash === (await hash.end());
  return isSame ? { kind: "stored", id, report } : refused("upload.symbol_exists");
}

/** What an earlier upload or import reported of the symbol. */
function seriesOf(report: Readonly<Record<string, unknown>> | null, symbol: string): Record<string, unknown> {
  const series: readonly unknown[] = Array.isArray(report?.series) ? report.series : [];
  for (const each of series) {
    if (typeof each === "object" && each !== null && "symbol" in each && each.symbol === symbol) return { ...each };
  }
  return {};
}
