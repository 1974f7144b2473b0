/** The time from `npm start` on a new data folder, with everything installed, to the first live round on screen. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../src/local/port.ts";
import { openDatabase } from "../../../src/local/postgres/open-database.ts";
import { signal } from "../../../src/local/process.ts";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { check } from "../checks.ts";

async function startOnce(context: BenchContext): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-bench-"));
  chmodSync(dataDir, 0o711);
  const port = await freePort();
  const began = performance.now();
  const child = spawn("npm", ["start", "--", "--data", dataDir, "--port", String(port)], {
    cwd: PROJECT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const end = async () => {
    // The signal goes to the whole group, as a terminal sends it, because npm's shell passes none on. The command ends the rest.
    if (child.pid !== undefined && child.exitCode === null) signal(-child.pid, "SIGINT");
    await ended;
  };
  try {
    let text = "";
    const shown = new Promise<number>((done, fail) => {
      const heard = (chunk: Buffer) => {
        text += chunk.toString("utf8");
        if (/^Round \d+[: (]/m.test(text)) done((performance.now() - began) / 1000);
      };
      child.stdout.on("data", heard);
      child.stderr.on("data", heard);
      child.once("close", (code) => fail(new Error(`npm start ended (${code}):\n${text.slice(-2000)}`)));
      context.signal.addEventListener("abort", () => fail(new Error("interrupted")), { once: true });
    });
    const seconds = await shown;
    await end();
    const database = await openDatabase(dataDir);
    await check(database.query, context).finally(database.close);
    return seconds;
  } finally {
    await end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export const start: Bench = {
  name: "start",
  what: "npm start, already installed, until the first live round is on screen",
  async run(context) {
    const { ours } = await inTurn(
      context,
      async () => {
        const seconds = await startOnce(context);
        context.print(`  ${seconds.toFixed(1)} s`);
        return seconds;
      },
      null,
    );
    return [
      {
        name: "start",
        unit: "s",
        better: "less",
        bar: { kind: "most", value: 8 },
        runs: ours.map((seconds) => ({ ours: seconds, peer: null })),
        note: "a new data folder each time; rounds of 5 s, the first of which begins at a whole second, 0.3 s or more after its tournament was asked for",
      },
    ];
  },
};
