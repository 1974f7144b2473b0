/** A file for what does not fit into memory: written once, read many times in pieces, gone at the end. */
import { type FileHandle, open, unlink } from "node:fs/promises";

export class ScratchFile {
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

  /** Where the text begins, and how long it is in bytes. */
  async append(text: string): Promise<{ readonly at: number; readonly bytes: number }> {
    const buffer = Buffer.from(text, "utf8");
    const at = this.#bytes;
    for (let done = 0; done < buffer.length; ) {
      const { bytesWritten } = await this.#handle.write(buffer, done, buffer.length - done, at + done);
      done += bytesWritten;
    }
    this.#bytes += buffer.length;
    return { at, bytes: buffer.length };
  }

  async read(at: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes);
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await this.#handle.read(buffer, done, bytes - done, at + done);
      if (bytesRead === 0) throw new Error(`${this.#path} is shorter than what was written to it`);
      done += bytesRead;
    }
    return buffer;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
