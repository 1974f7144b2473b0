/** Keeps the text of one upload in the database, in pieces of half a megabyte. The text is ASCII. */
import { keepNewest } from "../../core/keep-newest.ts";
import type { Query } from "../../db/query.ts";
import type { Upload } from "../../db/statements/markets/uploads/begin.ts";
import { readPiece, storePiece } from "../../db/statements/markets/uploads/store.ts";
import type { Piece, Scratch } from "../sorter.ts";
import { UploadLost } from "./lost.ts";

const CHARS = 512 * 1024;
/** Pieces in memory: a merge reads several runs in turns. */
const CACHED_MAX = 24;

export class ScratchTable implements Scratch {
  readonly #query: Query;
  readonly #upload: Upload;
  #tail = "";
  /** Pieces in the database. */
  #stored = 0;
  /** The one that was used last stands last. */
  readonly #cache = new Map<number, string>();

  constructor(query: Query, upload: Upload) {
    this.#query = query;
    this.#upload = upload;
  }

  async append(text: string): Promise<Piece> {
    const at = this.#stored * CHARS + this.#tail.length;
    this.#tail += text;
    while (this.#tail.length >= CHARS) {
      const whole = this.#tail.slice(0, CHARS);
      this.#tail = this.#tail.slice(CHARS);
      if (!(await storePiece(this.#query, this.#upload, this.#stored, whole))) throw new UploadLost();
      this.#stored++;
    }
    return { at, length: text.length };
  }

  async read({ at, length }: Piece): Promise<string> {
    const parts: string[] = [];
    for (let from = at; from < at + length; ) {
      const number = Math.floor(from / CHARS);
      const piece = await this.#piece(number);
      const start = from - number * CHARS;
      const part = piece.slice(start, start + at + length - from);
      if (part === "") throw new Error("a piece of an upload is shorter than what was written to it");
      parts.push(part);
      from += part.length;
    }
    return parts.join("");
  }

  async close(): Promise<void> {
    // The rows go with the upload's own.
    this.#cache.clear();
  }

  async #piece(number: number): Promise<string> {
    if (number === this.#stored) return this.#tail;
    const text = this.#cache.get(number) ?? (await readPiece(this.#query, this.#upload, number));
    keepNewest(this.#cache, number, text, CACHED_MAX);
    return text;
  }
}
