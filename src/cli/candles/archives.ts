/** Reads the files inside a `.zip`, and bounds what any archive may unpack to. */
import { pipeline, Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { boundUnpacked } from "../../candles/bound-unpacked.ts";
import { CandleFault } from "../../candles/row.ts";

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
  const bound = boundUnpacked(path, () => zip.fileSize);
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
  const name = `${path}/${entry.fileName}`;
  try {
    const chunks = (await openStream(entry))[Symbol.asyncIterator]();
    const first = await chunks.next();
    const bytes = joined(first, chunks);
    const isGzip = !first.done && Buffer.from(first.value).subarray(0, 2).toString("latin1") === "\u001f\u008b";
    yield* isGzip ? unpacked(name, entry.uncompressedSize, bytes) : bytes;
  } catch (error) {
    if (error instanceof CandleFault) throw error;
    throw new CandleFault(isZlib(error) ? `${name}: the archive is damaged` : zipFault(name, error));
  }
  onBytes?.(entry.compressedSize);
}

async function* joined(
  first: IteratorResult<string | Buffer>,
  rest: AsyncIterator<string | Buffer>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield Buffer.from(next.value);
  } finally {
    // Who needs the beginning alone leaves the rest in the archive.
    await rest.return?.();
  }
}

/** A `.gz` inside a `.zip`, as some sites pack their months. */
async function* unpacked(name: string, bytes: number, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bound = boundUnpacked(name, () => bytes);
  for await (const chunk of pipeline(Readable.from(packed), createGunzip({ chunkSize: 64 * 1024 }), () => {})) {
    bound(chunk.length);
    yield chunk;
  }
}

function isZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function zipFault(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${name}: the archive can't be read: ${message}`;
}
