/** The text of an uploaded file: as it is, or out of a `.gz`. The bytes decide, not the name. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { boundUnpacked } from "../bound-unpacked.ts";
import { CandleFault } from "../row.ts";

const UNPACKED_BYTES_MAX = 1_000_000_000;

/** Throws a CandleFault. */
export async function* unpackedUpload(name: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = body[Symbol.asyncIterator]();
  const head = await firstBytes(bytes);
  if (head === null) return;
  const [one, two] = head;
  if (one === 0x50 && two === 0x4b) {
    throw new CandleFault(
      `${name}: is a .zip, which is not taken here; upload the file inside it, or read it by npm run candles -- import`,
    );
  }
  const isGzip = one === 0x1f && two === 0x8b;
  if (isGzip) {
    yield* gunzipped(name, head, bytes);
    return;
  }
  yield head;
  for (let next = await bytes.next(); !next.done; next = await bytes.next()) yield next.value;
}

/** The two bytes that tell may come apart. Null for an empty body. */
async function firstBytes(bytes: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  let head = new Uint8Array(0);
  while (head.length < 2) {
    const next = await bytes.next();
    if (next.done) return head.length === 0 ? null : head;
    const both = new Uint8Array(head.length + next.value.byteLength);
    both.set(head);
    both.set(next.value, head.length);
    head = both;
  }
  return head;
}

/**
 * By zlib, not by DecompressionStream: in workerd that one refuses a file of several members, which joined dumps are
 * (findings/gzip-members-in-workerd.sh).
 */
async function* gunzipped(name: string, head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let packed = 0;
  let fault: unknown = null;
  async function* sent() {
    try {
      for (let part: Uint8Array | null = head; part !== null; ) {
        packed += part.byteLength;
        yield part;
        const next = await rest.next();
        part = next.done ? null : next.value;
      }
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  const bound = boundUnpacked(name, () => packed);
  let unpacked = 0;
  try {
    for await (const part of pipeline(Readable.from(sent()), gunzip, () => {})) {
      unpacked += part.byteLength;
      bound(part.byteLength);
      if (unpacked > UNPACKED_BYTES_MAX) throw new CandleFault(`${name}: unpacks to more than 1 GB`);
      yield part;
    }
  } catch (error) {
    // What went wrong with the connection is no fault of the file.
    if (error instanceof CandleFault) throw error;
    if (fault !== null) throw fault;
    throw new CandleFault(`${name}: can't be unpacked: the archive is damaged or ends in its middle`);
  } finally {
    gunzip.destroy();
  }
}
