/**
 * How time grows with the length of an input: of an expression, or of any function of a text. What is hostile to an expression
 * is made of its own letters and words, repeated, with a beginning and an end of its own.
 */

/** The longer input is eight times the shorter one: linear takes 8 times as long, quadratic 64 times. */
const LONGER = 8;
export const GROWTH_MAX = 32;
const SHORT = 2000;
const RUNS = 5;
const LOOKS = 3;
/** The system counts a thread's processor time by its ticks of up to 4 ms. */
const COUNTED_MS = 20;
/** Below this the longer input is fast whatever the shorter one takes: nothing grows that matters. Milliseconds. */
const FAST_MS = 3;
/** A square takes 64 times as long on the longer input. So where the shorter one stays below this, the longer one is fast. */
const SHORT_FAST_MS = FAST_MS / LONGER ** 2;
/** What doubles with every letter is at its end here. */
const LADDER = [16, 20, 24, 28];
const LADDER_MS_MAX = 50;

export type Make = (chars: number) => string;

type Run = (input: string) => unknown;

/** Milliseconds by the clock: never less than the work took, and more on a busy machine. */
async function timed(run: Run, input: string): Promise<number> {
  const from = performance.now();
  await run(input);
  return performance.now() - from;
}

/** Whether it takes less than so many milliseconds, by the best of some runs. Ends at once for what takes many times as long. */
async function isFaster(run: Run, input: string, than: number): Promise<boolean> {
  for (let i = 0; i < RUNS; i++) {
    const ms = await timed(run, input);
    if (ms < than) return true;
    if (ms > than * LONGER ** 2) return false;
  }
  return false;
}

/** Milliseconds of this thread's own processor time, whatever else the machine does: the mean of as many runs as can be counted. */
async function worked(run: Run, input: string): Promise<number> {
  const from = process.threadCpuUsage();
  for (let runs = 1; ; runs++) {
    await run(input);
    const { user, system } = process.threadCpuUsage(from);
    const ms = (user + system) / 1000;
    if (ms >= COUNTED_MS) return ms / runs;
  }
}

/**
 * How many times as long the longer input takes; 1 where it is fast. Infinity for what would never end. The clock tells what is
 * fast; what it does not call fast is counted in processor time. What looks bad is counted again: code that is not compiled
 * yet and a full memory slow one of the two, the square of a length slows the longer one each time.
 */
export async function growth(run: Run, make: Make, short = SHORT): Promise<number> {
  for (const chars of LADDER) {
    const input = make(chars);
    if ((await timed(run, input)) > LADDER_MS_MAX && (await worked(run, input)) > LADDER_MS_MAX) {
      return Number.POSITIVE_INFINITY;
    }
  }
  const few = make(short);
  if ((await timed(run, few)) < SHORT_FAST_MS) return 1;
  const many = make(short * LONGER);
  if (await isFaster(run, many, FAST_MS)) return 1;
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS && least > GROWTH_MAX; look++) {
    const long = await worked(run, many);
    least = Math.min(least, long < FAST_MS ? 1 : long / (await worked(run, few)));
  }
  return least;
}

/** `unit` over and over between a beginning and an end. */
export const repeated =
  (unit: string, begin = "", end = ""): Make =>
  (chars) =>
    begin + unit.repeat(Math.max(1, Math.ceil((chars - begin.length - end.length) / unit.length))) + end;

/** Letters that stand for what an expression's classes take. */
const LETTERS = [..."aA0 \t\n_-/.:%\\\"'`([{<#=,;@+é\u0001“"];
const ENDS = ["", "!", "\n", "\u0000"];

/** Inputs that an expression may be slow on. */
function hostileInputs(expression: RegExp): Make[] {
  const { source } = expression;
  const plain = source
    .replaceAll(/\\[bBdDsSwWpP](\{[^}]*\})?|\\u[0-9a-f]{4}|\(\?[:=!<]*|\{[\d,]+\}/gi, " ")
    .replaceAll("\\", "");
  const words = [...new Set(plain.match(/[A-Za-z0-9:/@_.,=%-]{2,}/g) ?? [])].slice(0, 6);
  const letters = [...new Set([...LETTERS, ...plain.replaceAll(/[()[\]|*+?^$]/g, "")])];
  const units = [
    ...letters,
    ...words,
    ...words.map((word) => `${word} `),
    words.join(""),
    words.join("a"),
    "ab",
    "a ",
    "0.",
    "a-",
    '\\"',
    "\\'",
    "\r\n",
  ];
  const begins = ["", ...words, "a", '"', words.join("")];
  return [...new Set(units)]
    .filter((unit) => unit !== "")
    .flatMap((unit) => [...new Set(begins)].flatMap((begin) => ENDS.map((end) => repeated(unit, begin, end))));
}

/** The worst of an expression: as `search` and `replaceAll` use it, from every place of the input. Ends at the first that is bad. */
export async function growthOf(expression: RegExp): Promise<number> {
  const run = (input: string) => {
    expression.lastIndex = 0;
    if (!expression.global) return expression.exec(input);
    let found = 0;
    for (const _ of input.matchAll(expression)) found += 1;
    return found;
  };
  let worst = 0;
  for (const make of hostileInputs(expression)) {
    worst = Math.max(worst, await growth(run, make));
    if (worst > GROWTH_MAX) break;
  }
  return worst;
}
