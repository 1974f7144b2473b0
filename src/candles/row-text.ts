/** Rows as lines of text, for what is written and read again by one import. */
import type { Row } from "./row.ts";

export function lineOf({ openAt, open, high, low, close, volume, filled, line }: Row, file: number): string {
  return `${openAt},${open},${high},${low},${close},${volume},${filled ? 1 : 0},${line},${file}\n`;
}

export interface FiledRow {
  readonly row: Row;
  /** Which of the series' files it came from. */
  readonly file: number;
}

export function rowOf(text: string): FiledRow {
  const [openAt = "", open = "", high = "", low = "", close = "", volume = "", filled, line, file] = text.split(",");
  return {
    row: { openAt: Number(openAt), open, high, low, close, volume, filled: filled === "1", line: Number(line) },
    file: Number(file),
  };
}
