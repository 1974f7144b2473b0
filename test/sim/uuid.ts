/** Stands for the package uuidv7: ids from the isolate's clock and the seed. */
import { seededRandom } from "../../src/core/random.ts";

let random = seededRandom("unseeded");
let counter = 0;

export function seedIds(seed: string): void {
  random = seededRandom(`${seed}:ids`);
  counter = 0;
}

export function uuidv7(): string {
  counter = (counter + 1) % 4096;
  const time = Math.floor(Date.now()).toString(16).padStart(12, "0");
  const low = () =>
    random
      .int(2 ** 24)
      .toString(16)
      .padStart(6, "0");
  const rest = `${low()}${low()}${low()}`;
  const variant = "89ab"[random.int(4)];
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}`;
  return `${head}-${variant}${rest.slice(0, 3)}-${rest.slice(3, 15)}`;
}
