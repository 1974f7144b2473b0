import fc from "fast-check";
import { expect, test } from "vitest";
import { boardLine, boardLines } from "../../../src/cli/live-view.ts";
import { reportText } from "../../../src/cli/tournament/report.ts";
import { decimal } from "../../../src/core/money.ts";
import { shownMoney, shownPercent, shownPrice, shownQuantity } from "../../../src/core/text/shown-number.ts";
import { axisSize, axisText } from "../../../src/dashboard/arena/chart/axis-text.ts";
import { moneyText, percentText, priceText, valueText } from "../../../src/dashboard/parts/text/number-text.ts";
import { difference, price } from "../../../src/strategies/number-text.ts";

test.each([
  ["104116.2", "104,116.20"],
  ["104116.209", "104,116.20"],
  ["104116000.2", "104,116,000.20"],
  ["1", "1.00"],
  ["1.999", "1.99"],
  ["0.999999", "0.99999"],
  ["0.0000012956", "0.0000012956"],
  ["0.00000129569", "0.0000012956"],
  ["0.19241", "0.19241"],
  ["0.5", "0.50000"],
  ["0", "0.00"],
  ["0.000", "0.00"],
  ["007.5", "7.50"],
  ["-0.00013653", "-0.00013653"],
  ["-12.349", "-12.34"],
  ["", ""],
  ["n/a", "n/a"],
])("the price %s is shown as %s, in texts and on pages alike", (value, shown) => {
  expect(shownPrice(value)).toBe(shown);
  expect(priceText(value)).toBe(shown.replace(/^-/, "−"));
  if (/\d/.test(value)) expect(price(Number(value))).toBe(shown);
});

test("a price of any size is cut towards zero by less than one unit of its last shown digit", () => {
  const digits = fc.bigInt({ min: 1n, max: 10n ** 20n });
  fc.assert(
    fc.property(digits, fc.integer({ min: -29, max: 0 }), fc.boolean(), (mantissa, exponent, negative) => {
      const value = decimal(`${mantissa}e${exponent}`);
      if (value.lt(decimal("1e-9")) || value.gt(decimal("1e12"))) return;
      const shown = shownPrice(`${negative ? "-" : ""}${value.toFixed()}`);
      expect(shown).toMatch(/^-?\d{1,3}(,\d{3})*\.\d+$/);
      const read = decimal(shown.replace(/^-/, "").replaceAll(",", ""));
      const step = decimal(`1e-${shown.split(".")[1]?.length}`);
      expect(read.lte(value)).toBe(true);
      expect(read.plus(step).gt(value)).toBe(true);
      if (value.gte(decimal("1"))) expect(shown).toMatch(/\.\d\d$/);
      else expect(shown.replace(/^-?0\.0*/, "")).toMatch(/^[1-9]\d{4}$/);
      expect(shown.startsWith("-")).toBe(negative);
    }),
    { numRuns: 3000 },
  );
});

test("money and quantities are cut, percentages are rounded", () => {
  expect([shownMoney("1234567.899"), shownMoney("-0.009"), shownMoney("5", 4)]).toEqual([
    "1,234,567.89",
    "0.00",
    "5.0000",
  ]);
  expect([
    shownQuantity("1234.5678"),
    shownQuantity("12.34567"),
    shownQuantity("0.000012345"),
    shownQuantity("3.0"),
  ]).toEqual([...["1,234.56", "12.3456", "0.00001234", "3"]]);
  expect([0.01234, -0.01235, 1e-7, 0.00995, -12.5, 9.999999, 0].map((ratio) => shownPercent(ratio))).toEqual([
    ...["1.23", "-1.24", "0.00", "1.00", "-1,250.00", "1,000.00", "0.00"],
  ]);
  expect([difference(33.661), difference(-0.000136539)]).toEqual(["+33.66", "-0.00013653"]);
});

const item = { agent_id: "a", agent: "Ann", rank: 1, baseline: false, sharpe: null, trades: 3 };
const board = { ...item, equity: "1234567.899", return: 0.01235, max_drawdown: -0.01235, fees: "0.009" };

test("the command line and the pages round alike", () => {
  const counts = {
    rounds: 1,
    entries: 1,
    decisions_made: 1,
    decisions_held: 0,
    trades: 3,
    orders_refused: 0,
    tasks: {},
  };
  const ledger = { ok: true, checked: 1, errors: [], failures: 0 };
  const report = reportText({ counts, leaderboard: [board], ledger, hash: "" } as never, {
    elapsedMs: 1,
    decisions: 1,
  });
  const standing = { status: "live", round: 0, places: [board] };
  for (const text of [report, boardLine(standing), boardLines(standing, 200, 50).join("\n")]) {
    expect(text).toContain(moneyText(board.equity));
    expect(text).toContain(percentText(board.return));
  }
  expect(moneyText(board.equity)).toBe("1,234,567.89");
  expect(report).toContain(" 0.00 ");
});

test("the axis of the chart has room for its labels, and tells its ticks apart", () => {
  for (const [ticks, shown] of [
    [
      [0.0000012956, 0.0000012957],
      ["0.0000012956", "0.0000012957"],
    ],
    [
      [104_115_999.9, 104_116_000, 104_116_000.1],
      ["104,115,999.9", "104,116,000.0", "104,116,000.1"],
    ],
    [
      [495, 500, 505],
      ["495", "500", "505"],
    ],
    [
      [1e12, 1.5e12],
      ["1,000,000,000,000", "1,500,000,000,000"],
    ],
    [
      [0, 0.000_000_001],
      ["0.000000000", "0.000000001"],
    ],
    [
      [-2.5, 0, 2.5],
      ["−2.5", "0.0", "2.5"],
    ],
  ] as const) {
    const step = Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0));
    const labels = ticks.map((tick) => axisText("money", tick, step));
    expect(labels).toEqual(shown);
    expect(axisSize(labels)).toBeGreaterThanOrEqual(Math.max(...labels.map((label) => label.length * 6.6)) + 6);
  }
  expect(axisSize(["495", "500"])).toBe(58);
  expect(axisSize(null)).toBe(58);
  expect(valueText(104_116_000.2)).toBe("104,116,000.20");
});
