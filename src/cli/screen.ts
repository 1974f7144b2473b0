/** A block at the end of a terminal that is drawn anew, with lines that scroll by above it. */
export interface Output {
  write(text: string): unknown;
}

export class Screen {
  readonly #out: Output;
  #block: readonly string[] = [];

  constructor(out: Output) {
    this.#out = out;
  }

  /** A line that stays, above the block. */
  printLine(line: string): void {
    this.#out.write(`${this.#up()}${line}\n${this.#text()}`);
  }

  draw(lines: readonly string[]): void {
    const up = this.#up();
    this.#block = lines;
    this.#out.write(`${up}${this.#text()}`);
  }

  /** Leaves the block where it is; what comes next comes below it. */
  release(): void {
    this.#block = [];
  }

  #up(): string {
    return this.#block.length === 0 ? "" : `\x1b[${this.#block.length}A\x1b[0J`;
  }

  #text(): string {
    return this.#block.map((line) => `${line}\n`).join("");
  }
}
