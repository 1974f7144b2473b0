import fc from "fast-check";
import { expect, test } from "vitest";
import { SharedText } from "../../../src/core/text/shared-text.ts";
import { sharedViews, wholeView } from "../../../src/strategies/carried-view.ts";

test("numbers and texts come back to the last bit", () => {
  const texts = new SharedText<object>(2);
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
  const part = fc.oneof(finite, fc.string({ unit: "binary" }), fc.array(finite));
  fc.assert(
    fc.property(fc.array(fc.record({ one: part, other: part })), (value) => {
      expect(texts.read(texts.write(value))).toEqual(value);
    }),
  );
});

test("a text is read once, as long as it is one of the last", () => {
  const texts = new SharedText<{ n: number }>(2);
  const [one, two, three] = [texts.write({ n: 1 }), texts.write({ n: 2 }), texts.write({ n: 3 })];
  const first = texts.read(one);
  expect(texts.read(one)).toBe(first);
  texts.read(two);
  expect(texts.read(one)).toBe(first);
  texts.read(three);
  expect(texts.read(one)).not.toBe(first);
  expect(texts.read(one)).toEqual(first);
});

test("no reader can change what the next one gets", () => {
  const texts = new SharedText<{ list: { n: number }[] }>(1);
  const value = texts.read(texts.write({ list: [{ n: 1 }] }));
  expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
  expect(() => Object.assign(value.list[0] ?? {}, { n: 2 })).toThrow(TypeError);
  expect(texts.read(texts.write({ list: [{ n: 1 }] }))).toEqual({ list: [{ n: 1 }] });
});

test("a view is carried with its market as one text, and is whole again for the strategy", () => {
  const shared = { symbols: ["A-B"], prices: { "A-B": "1.5" }, indicators: {}, min_order: "10" };
  const own = {
    ...{ round: 3, account: { cash: "1", positions: {} }, fills: [], memory: {} },
    ...{ limits: null, params: {}, seed: "s" },
  };
  expect(wholeView({ ...own, market: sharedViews.write(shared) })).toEqual({ ...own, ...shared });
});
