/** A file for what does not fit into memory: written once, read many times in pieces, gone at the end. */
import { type FileHandle, open, unlink } from "node:fs/promises";
import type { Piece, Scratch } from "../../candles/sorter.ts";

export class ScratchFile implements Scratch {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<ScratchFile> {
    const handle = await open(path, "wx+", 0o600);
    // Nobody else finds it, and it goes with the process, however that ends.
    await unlink(path).catch(() => {});
    return new ScratchFile(path, handle);
  }

  /** Where the text begins, and how long it is, in bytes. */
  async append(text: string): Promise<Piece> {
    const buffer = Buffer.from(text, "utf8");
    const at = this.#bytes;
    for (let done = 0; done < buffer.length; ) {
      const { bytesWritten } = await this.#handle.write(buffer, done, buffer.length - done, at + done);
      done += bytesWritten;
    }
    this.#bytes += buffer.length;
    return { at, length: buffer.length };
  }

  async read({ at, length }: Piece): Promise<string> {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#handle.read(buffer, done, length - done, at + done);
      if (bytesRead === 0) throw new Error(`${this.#path} is shorter than what was written to it`);
      done += bytesRead;
    }
    return buffer.toString("utf8");
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
