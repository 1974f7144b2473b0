import fc from "fast-check";
import { expect, test } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { InexactNumber, isExact, parseJson, plainNumber } from "../../../src/core/text/json-text.ts";

const any = () => true;

test.each([
  "0",
  "-0",
  "0.0",
  "0e999999999999",
  "1.0",
  "1e2",
  "1E5",
  "1e-7",
  "0.10",
  "0.7",
  "100e-2",
  "1e21",
  "123456789012345",
  "5e-324",
  "1.7976931348623157e308",
])("%s is exact", (text) => expect(isExact(text, JSON.parse(text))).toBe(true));

test.each([
  "9007199254740993",
  "0.1000000000000000055",
  "1e-400",
  "123456789012345678901",
  "0.30000000000000000001",
  "5.1e-324",
])("%s is not exact", (text) => {
  expect(isExact(text, JSON.parse(text))).toBe(false);
  expect(parseJson(`{"a":[1,${text}]}`, any)).toEqual({ a: [1, new InexactNumber()] });
});

test("numbers in text and keys are no numbers", () => {
  const text = '{"9007199254740993":"9007199254740993","b":"1e-400"}';
  expect(parseJson(text, any)).toEqual(JSON.parse(text));
});

test("the numbers of a document that must not be checked are left as they are", () => {
  expect(parseJson('{"a":9007199254740993}', () => false)).toEqual({ a: 9007199254740992 });
});

test("every float's own text is exact, and its plain text is the same number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(isExact(String(value), value)).toBe(true);
      expect(plainNumber(value)).not.toContain("e");
      expect(decimal(plainNumber(value)).eq(decimal(String(value)))).toBe(true);
    }),
  );
});

test("a text is exact if and only if the float's shortest text has the same value", () => {
  const digits = fc.stringMatching(/^[0-9]{1,25}$/).map((text) => text.replace(/^0+(?=\d)/, ""));
  const fraction = fc.option(fc.stringMatching(/^[0-9]{1,25}$/), { nil: "" });
  fc.assert(
    fc.property(digits, fraction, fc.integer({ min: -30, max: 30 }), (whole, part, exponent) => {
      const text = `${whole}${part === "" ? "" : `.${part}`}e${exponent}`;
      const value: number = JSON.parse(text);
      expect(isExact(text, value)).toBe(decimal(text).eq(decimal(String(value))));
    }),
    { numRuns: 2000 },
  );
});
