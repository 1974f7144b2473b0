/** How far a command is: a bar where somebody looks at a terminal, a line for every tenth otherwise. */
import { SingleBar } from "cli-progress";

export interface Progress {
  /** `note` stands behind the bar: "1,100 decisions/s". */
  update(done: number, note?: string): void;
  stop(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function startProgress(stream: NodeJS.WriteStream, label: string, total: number, unit: string): Progress {
  return stream.isTTY ? bar(stream, label, total, unit) : lines(stream, label, total, unit);
}

function bar(stream: NodeJS.WriteStream, label: string, total: number, unit: string): Progress {
  const single = new SingleBar({
    stream,
    format: `${label} {bar} {value}/{total} ${unit} · {percentage} %{note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
    // Ctrl-C is the command's own affair.
    gracefulExit: false,
    emptyOnZero: true,
  });
  single.start(total, 0, { note: "" });
  return {
    update: (done, note) => single.update(done, { note: note === undefined ? "" : ` · ${note}` }),
    stop: () => single.stop(),
  };
}

/** Exported for its test: what a log of CI shows. */
export function lines(stream: Terminal, label: string, total: number, unit: string): Progress {
  let shown = -1;
  return {
    update(done, note) {
      const tenth = total === 0 ? 10 : Math.floor((done * 10) / total);
      if (tenth <= shown) return;
      shown = tenth;
      stream.write(`${label}: ${done} of ${total} ${unit}${note === undefined ? "" : `, ${note}`}\n`);
    },
    stop() {},
  };
}
