import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exact } from "../../../src/ledger/decimals.ts";
import { fillOrder } from "../../../src/ledger/fill.ts";
import { ledgerRules } from "../../../src/ledger/rules.ts";
import { fill, money } from "../../support/ledger/script.ts";

const rules = ledgerRules({});

describe("the ledger's fill", () => {
  const cash = fc.oneof(fc.bigInt(0n, 3n * 10n ** 8n), fc.bigInt(0n, 10n ** 12n));
  // Prices from a thousandth, where a step of quantity costs far less than a step of cash, to 100,000.
  const mid = fc.oneof(fc.bigInt(100n, 10_000n), fc.bigInt(10_000n, 10n ** 10n));

  test("agrees to the last digit with the rules, computed in whole numbers step by step", () => {
    let cut = 0;
    fc.assert(
      fc.property(fc.constantFrom("buy", "sell"), cash, cash, fc.boolean(), mid, (side, amount, here, all, price) => {
        const held = side === "sell" ? here : 0n;
        const order = { side, symbol: "X", amount: exact(money(all ? here : amount)) };
        const holdings = { cash: exact(money(side === "buy" ? here : 0n)), held: new Map([["X", exact(money(held))]]) };
        const result = fillOrder(holdings, order, { mid: exact(money(price, 5)) }, rules);
        const expected = fill(side, all ? here : amount, side === "buy" ? here : 0n, held, price);
        if (typeof expected === "string" || result.kind === "refused") {
          expect(result).toEqual({ kind: "refused", code: expected });
          return;
        }
        if (side === "buy" && all && expected.quantity < (here * 10n ** 13n) / (expected.price * 10_010n)) cut++;
        expect(result.quantity.toFixed(8)).toBe(money(expected.quantity));
        expect(result.price.toFixed(9)).toBe(money(expected.price, 9));
        expect(result.fee.toFixed(8)).toBe(money(expected.fee));
        expect(result.cashAfter.toFixed(8)).toBe(money(expected.cash));
        expect(result.heldAfter.toFixed(8)).toBe(money(expected.held));
      }),
      { seed: 7, numRuns: 1000 },
    );
    // The rounded-up fee exceeded the cash, and the quantity was reduced step by step.
    expect(cut).toBeGreaterThan(20);
  });

  test("a JavaScript number in place of a decimal throws", () => {
    const row: { cash: string } = JSON.parse('{"cash": 0.1}');
    expect(() => exact(row.cash)).toThrow();
  });
});

test("the ledger imports nothing but decimals, itself and the type of a query", () => {
  const folder = join(import.meta.dirname, "../../../src/ledger");
  const imports = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/^(?:import|export) [^;]*? from "([^"]+)"/gm)].map(
      (match) => match[0],
    ),
  );
  const foreign = imports.filter((line) => !/ from "\.\/[a-z-]+\.ts"$/.test(line));
  expect([...new Set(foreign)].sort()).toEqual([
    'import Big from "big.js"',
    'import type { Query } from "../db/query.ts"',
  ]);
});
