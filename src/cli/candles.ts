/** `npm run candles -- import | list | check`. Exit 0 done, 1 failed, 2 bad input (nothing written), 130 interrupted. */
import { CandleFault } from "../candles/row.ts";
import { describeError } from "../log.ts";
import { type CandlesCommand, parseCandlesArgs } from "./candles/args.ts";
import { importFiles, importText } from "./candles/import.ts";
import { overviewOf, overviewText } from "./candles/overview.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { type Progress, startProgress } from "./progress.ts";

const KILOBYTE = 1024;

export interface CandlesIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Called as bytes of the input are read. */
  readonly progress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Returns the exit code. */
export async function runCandles(argv: readonly string[], io: CandlesIo): Promise<number> {
  const args = parseCandlesArgs(argv, process.env);
  if (args.kind === "stop") {
    (args.code === 0 ? io.out : io.err)(args.text.trimEnd());
    return args.code;
  }
  try {
    return await run(args.options, io);
  } catch (error) {
    if (io.signal.aborted) {
      io.err("Interrupted: nothing was written.");
      return 130;
    }
    if (error instanceof CandleFault) {
      for (const sentence of error.sentences) io.err(sentence);
      return 2;
    }
    io.err(`The candles could not be read: ${describeError(error).error}`);
    return 1;
  }
}

async function run(command: CandlesCommand, { out, progress, signal }: CandlesIo): Promise<number> {
  const reading = { signal, onProgress: progress };
  if (command.command === "import") {
    const report = await importFiles(command, reading);
    out(command.json ? JSON.stringify(report) : importText(report));
    return 0;
  }
  const overview = await overviewOf(command.folder, reading);
  const ok = overview.faults.length === 0 && overview.series.length > 0;
  out(command.json ? JSON.stringify({ ok, ...overview }) : overviewText(overview));
  return command.command === "check" && !ok ? 2 : 0;
}

async function main(): Promise<number> {
  const { stderr, stdout } = process;
  const interrupts = listenForInterrupts(
    () => {},
    () => process.exit(130),
  );
  const shown: { bar: Progress | null } = { bar: null };
  const line = (stream: NodeJS.WriteStream) => (text: string) => {
    shown.bar?.stop();
    shown.bar = null;
    stream.write(`${text}\n`);
  };
  try {
    return await runCandles(process.argv.slice(2), {
      out: line(stdout),
      err: line(stderr),
      progress(done, total) {
        shown.bar ??= startProgress(stderr, "Candles", Math.ceil(total / KILOBYTE), "KB");
        shown.bar.update(Math.ceil(done / KILOBYTE));
      },
      signal: interrupts.signal,
    });
  } finally {
    interrupts.dispose();
  }
}

if (import.meta.main) process.exitCode = await main();
