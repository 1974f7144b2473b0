/** Hashes a file as it comes, in whatever pieces: Web Crypto hashes no stream, so each block is hashed with the hash before it. */
const BLOCK_BYTES = 1024 * 1024;
const HASH_BYTES = 32;

export class FileHash {
  /** The hash of the blocks before, and the block that fills. */
  readonly #block = new Uint8Array(HASH_BYTES + BLOCK_BYTES);
  #used = HASH_BYTES;

  async add(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + this.#block.length - this.#used);
      this.#block.set(part, this.#used);
      this.#used += part.length;
      from += part.length;
      if (this.#used === this.#block.length) await this.#fold();
    }
  }

  /** 64 hex digits. */
  async end(): Promise<string> {
    await this.#fold();
    return [...this.#block.subarray(0, HASH_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async #fold(): Promise<void> {
    this.#block.set(new Uint8Array(await crypto.subtle.digest("SHA-256", this.#block.subarray(0, this.#used))));
    this.#used = HASH_BYTES;
  }
}
