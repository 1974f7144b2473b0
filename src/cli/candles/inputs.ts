/** The files that a command reads candles from: plain ones, `.gz`, and those inside a `.zip`. */
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { boundUnpacked } from "../../candles/bound-unpacked.ts";
import { CandleFault } from "../../candles/row.ts";
import { type OpenZip, openZip } from "./archives.ts";

export interface Input {
  /** As sentences name it: its path, and behind it the name inside the archive. */
  readonly name: string;
  /** Bytes on the disk, for the progress. */
  readonly bytes: number;
  /** It was named by itself, not found in a folder: it must be used. */
  readonly isNamed: boolean;
  /** Reads it from its start. `onBytes` tells how many bytes of the disk were read. */
  read(onBytes?: (bytes: number) => void): AsyncIterable<Uint8Array>;
}

export interface Unused {
  readonly file: string;
  readonly reason: string;
}

export interface Inputs extends AsyncDisposable {
  readonly inputs: readonly Input[];
  readonly unused: readonly Unused[];
}

/** Files and folders to inputs. Throws a CandleFault for a path that isn't there, and for an archive that can't be read. */
export async function findInputs(paths: readonly string[]): Promise<Inputs> {
  const inputs: Input[] = [];
  const unused: Unused[] = [];
  await using zips = new AsyncDisposableStack();
  const keep = (zip: OpenZip) => zips.defer(() => zip.close());
  for (const path of paths) {
    const info = await stat(path).catch((error: unknown) => {
      throw new CandleFault(pathFault(path, error));
    });
    if (!info.isDirectory()) {
      await addFile(path, true, inputs, unused, keep);
      continue;
    }
    for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inside = join(path, entry.name);
      const target = entry.isSymbolicLink() ? await stat(inside).catch(() => entry) : entry;
      if (target.isFile()) await addFile(inside, false, inputs, unused, keep);
      else
        unused.push({ file: inside, reason: target.isDirectory() ? "is a folder: name it to use it" : "is no file" });
    }
  }
  const kept = zips.move();
  return { inputs, unused, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function addFile(
  path: string,
  isNamed: boolean,
  inputs: Input[],
  unused: Unused[],
  keep: (zip: OpenZip) => void,
): Promise<void> {
  const { kind, bytes } = await kindOf(path);
  if (kind !== "zip") {
    inputs.push({ name: path, bytes, isNamed, read: (onBytes) => readFile(path, kind, bytes, onBytes) });
    return;
  }
  const zip = await openZip(path);
  keep(zip);
  if (zip.entries.length === 0) unused.push({ file: path, reason: "is an archive without files" });
  for (const entry of zip.entries) {
    const name = `${path}/${entry.name}`;
    if (entry.reason !== null) unused.push({ file: name, reason: entry.reason });
    else inputs.push({ name, bytes: entry.bytes, isNamed, read: entry.read });
  }
}

type Kind = "plain" | "gz" | "zip";

/** By the first bytes, whatever the name says. */
async function kindOf(path: string): Promise<{ kind: Kind; bytes: number }> {
  try {
    await using handle = await open(path);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.subarray(0, bytesRead).toString("latin1");
    const { size } = await handle.stat();
    if (magic.startsWith("\u001f\u008b")) return { kind: "gz", bytes: size };
    return { kind: magic === "PK\u0003\u0004" || magic === "PK\u0005\u0006" ? "zip" : "plain", bytes: size };
  } catch (error) {
    throw new CandleFault(pathFault(path, error));
  }
}

async function* readFile(
  path: string,
  kind: Kind,
  bytes: number,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 64 * 1024 });
  let seen = 0;
  const tell = () => {
    onBytes?.(file.bytesRead - seen);
    seen = file.bytesRead;
  };
  // The iterator below throws what went wrong.
  const source = kind === "gz" ? pipeline(file, createGunzip({ chunkSize: 64 * 1024 }), () => {}) : file;
  const bound = kind === "gz" ? boundUnpacked(path, () => bytes) : null;
  try {
    for await (const chunk of source) {
      bound?.(chunk.length);
      yield chunk;
      tell();
    }
  } catch (error) {
    if (error instanceof CandleFault) throw error;
    throw new CandleFault(`${path}: can't be read: ${describe(error)}`);
  } finally {
    file.destroy();
  }
  tell();
}

/** What Node says, in our words where it is about damaged archives. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (code === "Z_BUF_ERROR") return "the archive ends in its middle";
  if (code.startsWith("Z_")) return "the archive is damaged";
  return code === "" ? error.message : code;
}

function pathFault(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "ENOENT") return `${path}: there is no such file or folder`;
  if (code === "EACCES") return `${path}: may not be read by this user`;
  return `${path}: can't be read (${code})`;
}
