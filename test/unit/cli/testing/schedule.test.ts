import { expect, test } from "vitest";
import { sideBySide } from "../../../../src/cli/testing/schedule.ts";
import { LONGEST_FIRST, stages } from "../../../../src/cli/testing/stages.ts";

/** Work that ends when it is told to. */
function workshop() {
  const running = new Map<string, () => void>();
  const begun: string[] = [];
  return {
    begun,
    run: (name: string) => {
      begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      running.set(name, resolve);
      return promise;
    },
    end: async (name: string) => {
      running.get(name)?.();
      running.delete(name);
      await new Promise(setImmediate);
    },
  };
}

test("as many stages run at once as there are lanes, and the next begins when one ends", async () => {
  const { begun, run, end } = workshop();
  const all = sideBySide(["a", "b", "c", "d"], 2, new AbortController().signal, run);
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "c"]);
  for (const name of ["a", "c", "d"]) await end(name);
  await all;
  expect(begun).toEqual(["a", "b", "c", "d"]);
});

test("no lane at all is one lane", async () => {
  const { begun, run, end } = workshop();
  const all = sideBySide(["a", "b"], 0, new AbortController().signal, run);
  expect(begun).toEqual(["a"]);
  for (const name of ["a", "b"]) await end(name);
  await all;
});

test("after an interrupt nothing more begins, and what runs is waited for", async () => {
  const { begun, run, end } = workshop();
  const interrupt = new AbortController();
  let over = false;
  const all = sideBySide(["a", "b", "c"], 2, interrupt.signal, run).then(() => {
    over = true;
  });
  interrupt.abort();
  await end("a");
  expect(over).toBe(false);
  await end("b");
  await all;
  expect(begun).toEqual(["a", "b"]);
});

test("every stage has its place in the order in which they begin", () => {
  expect(LONGEST_FIRST.toSorted()).toEqual(stages.map(({ name }) => name).toSorted());
});
