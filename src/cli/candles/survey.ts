/** Reads the beginning of each file, to know its shape, its series and its order before all of it is read. */
import type { Facts } from "../../candles/facts.ts";
import { readFileName } from "../../candles/file-name.ts";
import { FileReader } from "../../candles/file-reader.ts";
import { type Given, type Identity, identify } from "../../candles/identity.ts";
import { CandleFault, type Row } from "../../candles/row.ts";
import type { Place } from "../../candles/series.ts";
import { intervalText } from "../../markets/intervals.ts";
import type { Input, Unused } from "./inputs.ts";

const HEAD_ROWS = 1_000;

export interface SurveyedFile extends Identity {
  readonly input: Input;
  readonly place: Place;
  /** Read from its first rows. */
  readonly facts: Facts;
  readonly firstOpenAt: number;
  /** Whether the first rows run from the newest to the oldest. */
  readonly goesBack: boolean;
}

/** All files of one symbol and interval, in the order of their first candles. */
export interface FileSeries extends Identity {
  readonly files: readonly SurveyedFile[];
}

export interface Survey {
  readonly series: readonly FileSeries[];
  readonly unused: readonly Unused[];
}

export interface SurveyOptions extends Given {
  /** The command that settles what a file leaves open, for its sentence: "npm run candles -- import FILE --symbol …". */
  readonly way: (file: string, needs: string) => string;
}

/** Throws a CandleFault that names every file that can't be used. */
export async function surveyFiles(inputs: readonly Input[], options: SurveyOptions): Promise<Survey> {
  const files: SurveyedFile[] = [];
  const unused: Unused[] = [];
  const sentences: string[] = [];
  for (const input of inputs) {
    try {
      files.push(await surveyFile(input, options));
    } catch (error) {
      if (!(error instanceof CandleFault)) throw error;
      const [sentence = ""] = error.sentences;
      // A file that no name and no row calls candles may lie in the folder for another reason.
      if (error instanceof NoCandles && !input.isNamed && !soundsLikeCandles(input.name)) {
        unused.push({
          file: input.name,
          reason: sentence.slice(input.name.length).replace(/^(?: line \d+| row \d+)?: /, ""),
        });
      } else sentences.push(...error.sentences);
    }
  }
  sentences.push(...clashes(files, options));
  if (sentences.length > 0) throw new CandleFault(...sentences);
  const groups = Map.groupBy(files, ({ symbol, intervalSeconds }) => `${symbol}.${intervalText(intervalSeconds)}`);
  const series = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { symbol, intervalSeconds } = first;
    return [{ symbol, intervalSeconds, files: group.sort((a, b) => a.firstOpenAt - b.firstOpenAt) }];
  });
  return {
    series: series.sort((a, b) =>
      a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : a.intervalSeconds - b.intervalSeconds,
    ),
    unused,
  };
}

/** The file's first rows are no candles. */
class NoCandles extends CandleFault {}

/** A table or JSON that is named like candles is meant to be used: a tournament without it would be another one. */
function soundsLikeCandles(name: string): boolean {
  if (!/\.(?:csv|tsv|txt|json)(?:\.gz)?$/i.test(name)) return false;
  const { symbols, intervalSeconds } = readFileName(name);
  return symbols.length > 0 && intervalSeconds !== null;
}

async function surveyFile(input: Input, options: SurveyOptions): Promise<SurveyedFile> {
  const reader = new FileReader(input.name, null);
  const head: Row[] = [];
  try {
    let isWhole = true;
    for await (const bytes of input.read()) {
      head.push(...reader.push(bytes));
      isWhole = head.length < HEAD_ROWS;
      if (!isWhole) break;
    }
    if (isWhole) head.push(...reader.end());
  } catch (error) {
    if (error instanceof CandleFault && reader.facts.shape === "") throw new NoCandles(...error.sentences);
    throw error;
  }
  const read = identify(input.name, reader.facts, head, options);
  if (read.kind === "bad") {
    throw new CandleFault(`${input.name}: ${read.why}. ${options.way(input.name, read.needs)}`);
  }
  const times = head.map(({ openAt }) => openAt);
  return {
    ...read.identity,
    input,
    place: { name: input.name, unit: reader.facts.unit },
    facts: reader.facts,
    firstOpenAt: times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY),
    goesBack: times.some((time, index) => time < (times[index - 1] ?? time)),
  };
}

/** One symbol was given for files whose names say different ones. */
function clashes(files: readonly SurveyedFile[], { symbol }: SurveyOptions): string[] {
  if (symbol === null) return [];
  const named = new Map(
    files.flatMap(({ input }) => {
      const [only, ...others] = readFileName(input.name).symbols;
      return only === undefined || others.length > 0 ? [] : [[only, input.name] as const];
    }),
  );
  const [one, other] = [...named];
  if (one === undefined || other === undefined) return [];
  return [
    `${one[1]} and ${other[1]} are ${one[0]} and ${other[0]} by their names; --symbol is for files of one symbol`,
  ];
}
