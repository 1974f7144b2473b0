/** Reads the files inside a `.zip`, and bounds what any archive may unpack to. */
import { promisify } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { CandleFault } from "../../candles/row.ts";

/** Text of candles packs to a fifth; of flat candles to a thirtieth. What unpacks to more is made to fill a disk or memory. */
const RATIO_MAX = 100;
/** A small archive may unpack to this much at any ratio. */
const FREE_BYTES = 64 * 1024 * 1024;
const ENTRIES_MAX = 50_000;

export interface ZipEntry {
  readonly name: string;
  /** Packed. */
  readonly bytes: number;
  /** Why it is not read; null where it is. */
  readonly reason: string | null;
  read(onBytes?: (bytes: number) => void): AsyncIterable<Uint8Array>;
}

export interface OpenZip {
  readonly entries: readonly ZipEntry[];
  close(): Promise<void>;
}

/** Counts what was unpacked of an archive of so many bytes. The function that it returns throws a CandleFault. */
export function boundUnpacked(name: string, packedBytes: number): (bytes: number) => void {
  const most = packedBytes * RATIO_MAX + FREE_BYTES;
  let unpacked = 0;
  return (bytes) => {
    unpacked += bytes;
    if (unpacked > most) {
      throw new CandleFault(
        `${name}: unpacks to more than ${RATIO_MAX} times its size, which no candles do; it is refused`,
      );
    }
  };
}

const openFile = promisify<string, yauzl.Options, ZipFile>(yauzl.open);

/** Throws a CandleFault. yauzl itself refuses names that lead out of a folder, and sizes that are not as declared. */
export async function openZip(path: string): Promise<OpenZip> {
  let zip: ZipFile;
  try {
    zip = await openFile(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw new CandleFault(zipFault(path, error));
  }
  try {
    const entries = await listEntries(path, zip);
    return { entries, close: async () => zip.close() };
  } catch (error) {
    zip.close();
    throw error instanceof CandleFault ? error : new CandleFault(zipFault(path, error));
  }
}

async function listEntries(path: string, zip: ZipFile): Promise<ZipEntry[]> {
  const found: Entry[] = [];
  await new Promise<void>((done, fail) => {
    zip.on("error", fail);
    zip.on("end", () => done());
    zip.on("entry", (entry: Entry) => {
      found.push(entry);
      if (found.length > ENTRIES_MAX) fail(new CandleFault(`${path}: has more than ${ENTRIES_MAX} files`));
      else zip.readEntry();
    });
    zip.readEntry();
  });
  const bound = boundUnpacked(path, zip.fileSize);
  for (const entry of found) bound(entry.uncompressedSize);
  return found
    .filter((entry) => !entry.fileName.endsWith("/"))
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map((entry) => ({
      name: entry.fileName,
      bytes: entry.compressedSize,
      reason: reasonOf(entry),
      read: (onBytes) => readEntry(path, zip, entry, onBytes),
    }));
}

function reasonOf(entry: Entry): string | null {
  if (entry.fileName.startsWith("__MACOSX/")) return "is a copy of names that macOS adds";
  return entry.isEncrypted() ? "is encrypted: unpack it with its password first" : null;
}

async function* readEntry(
  path: string,
  zip: ZipFile,
  entry: Entry,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  const openStream = promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  try {
    for await (const chunk of await openStream(entry)) yield Buffer.from(chunk);
  } catch (error) {
    if (error instanceof CandleFault) throw error;
    throw new CandleFault(zipFault(`${path}/${entry.fileName}`, error));
  }
  onBytes?.(entry.compressedSize);
}

function zipFault(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${name}: the archive can't be read: ${message}`;
}
