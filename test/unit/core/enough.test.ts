import { expect, test } from "vitest";
import { sharpeIsShown, winRateIsShown } from "../../../src/core/enough.ts";
import { csvFileName, csvLine } from "../../../src/core/text/csv.ts";

test("a Sharpe ratio is shown from 30 rounds on that cover a day of the market's time", () => {
  const span = (rounds: number, seconds: number) => ({ rounds, market_days: (rounds * seconds) / 86_400 });
  expect([287, 288].map((rounds) => sharpeIsShown(span(rounds, 300)))).toEqual([false, true]);
  // Rounds of 5 s over 21 minutes once gave -3,555; with a clock that is 60 times faster they gave -102.
  expect([span(263, 5), span(57, 300)].map(sharpeIsShown)).toEqual([false, false]);
  expect([29, 30].map((rounds) => sharpeIsShown(span(rounds, 86_400)))).toEqual([false, true]);
  expect(sharpeIsShown({ rounds: 0, market_days: 0 })).toBe(false);
});

test("a win rate is shown from five closed trades on", () => {
  expect([0, 4, 5].map(winRateIsShown)).toEqual([false, false, true]);
});

test("a line of CSV quotes what needs quotes, leaves numbers alone, and runs no formula", () => {
  expect(csvLine([1, "-0.5", null, "a,b", 'say "x"', true])).toBe('1,-0.5,,"a,b","say ""x""",true\r\n');
  for (const bad of ["=1+1", "+cmd", "-2+3", "@sum", "\t=1", " =1", "＝1", "|calc"])
    expect(csvLine([bad])).toContain(`'${bad}`);
  expect(csvLine(['=HYPERLINK("x")'])).toBe('"\'=HYPERLINK(""x"")"\r\n');
});

test("a file's name is safe in a header", () => {
  expect(csvFileName('Ünter "the" cup\r\n', "trades")).toBe("unter-the-cup-trades.csv");
  expect(csvFileName("杯", "equity")).toBe("tournament-equity.csv");
});
