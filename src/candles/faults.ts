/** Collects what is wrong with one file. The first few faults show it; a broken file may have thousands. */
import { CandleFault } from "./row.ts";

const FAULTS_MAX = 5;

export class Faults {
  readonly #name: string;
  readonly #unit: "line" | "row";
  readonly #sentences: string[] = [];

  /** `name`: of the file, as sentences name it. */
  constructor(name: string, unit: "line" | "row") {
    this.#name = name;
    this.#unit = unit;
  }

  get any(): boolean {
    return this.#sentences.length > 0;
  }

  /** Throws once there are enough of them. */
  add(line: number, what: string): void {
    if (this.#sentences.length === FAULTS_MAX) {
      throw new CandleFault(...this.#sentences, `${this.#name}: more faults from ${this.#unit} ${line} on, not listed`);
    }
    this.#sentences.push(`${this.#name} ${this.#unit} ${line}: ${what}`);
  }

  /** A fault after which nothing more can be read. */
  stop(line: number, what: string): never {
    throw new CandleFault(...this.#sentences, `${this.#name} ${this.#unit} ${line}: ${what}`);
  }

  /** Throws a CandleFault if there are any. */
  throw(): void {
    if (this.any) throw new CandleFault(...this.#sentences);
  }
}
