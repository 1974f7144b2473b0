/**
 * Shows what the stages do: one moving line a stage on a terminal, a line a tenth of its files otherwise. A failure is told at
 * once, in one line. What a stage printed is shown in one piece when the stage has ended, because several run side by side.
 */
import { MultiBar } from "cli-progress";
import type { StageReport } from "./report.ts";
import { textOf } from "./summary.ts";

export interface StageLine {
  update(report: StageReport): void;
  /** `output` is all that the stage printed; `verdict` is one line. */
  end(output: string, verdict: string): void;
}

export interface Board {
  begin(name: string, what: string): StageLine;
  /** A line of the runner itself. */
  say(line: string): void;
  stop(): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function openBoard(stream: NodeJS.WriteStream): Board {
  return stream.isTTY ? bars(stream) : lines(stream);
}

function bars(stream: NodeJS.WriteStream): Board {
  const all = new MultiBar({
    stream,
    format: "{name} {bar} {note}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    // What a stage printed scrolls the bars away, also those that have not moved since.
    forceRedraw: true,
    fps: 4,
    // Ctrl-C is the command's own affair.
    gracefulExit: false,
    emptyOnZero: true,
  });
  return {
    begin(name, what) {
      // A stage without test files has a bar that stays empty.
      const bar = all.create(1, 0, { name: name.padEnd(8), note: what });
      let failuresShown = 0;
      return {
        update(report) {
          for (const failure of report.failures.slice(failuresShown)) all.log(`${name}: FAILED ${textOf(failure)}\n`);
          failuresShown = report.failures.length;
          bar.setTotal(Math.max(1, report.files));
          bar.update(report.filesDone, { note: noteOf(report) });
        },
        end(output, verdict) {
          all.remove(bar);
          all.log(pieceOf(name, what, output, verdict));
        },
      };
    },
    say: (line) => all.log(`${line}\n`),
    stop() {
      // Prints what is still to be logged.
      all.update();
      all.stop();
    },
  };
}

/** Exported for its test: what a log of CI shows. */
export function lines(stream: Stream): Board {
  return {
    begin(name, what) {
      stream.write(`${name}: begins\n`);
      let shown = 0;
      let failuresShown = 0;
      return {
        update(report) {
          for (const failure of report.failures.slice(failuresShown))
            stream.write(`${name}: FAILED ${textOf(failure)}\n`);
          failuresShown = report.failures.length;
          const tenth = report.files === 0 ? 0 : Math.floor((report.filesDone * 10) / report.files);
          if (tenth <= shown || tenth === 10) return;
          shown = tenth;
          stream.write(`${name}: ${noteOf(report)}\n`);
        },
        end: (output, verdict) => void stream.write(pieceOf(name, what, output, verdict)),
      };
    },
    say: (line) => void stream.write(`${line}\n`),
    stop() {},
  };
}

function noteOf({ files, filesDone, ended, endedBadly }: StageReport): string {
  return `${filesDone} of ${files} files, ${ended - endedBadly} passed, ${endedBadly} failed`;
}

function pieceOf(name: string, what: string, output: string, verdict: string): string {
  const text = output.trim() === "" ? "" : `${output.trimEnd().replace(/^\n+/, "")}\n`;
  return `\n━━ ${name}: ${what} ━━\n${text}━━ ${verdict} ━━\n`;
}
