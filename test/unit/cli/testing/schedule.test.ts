import { expect, test } from "vitest";
import { sideBySide } from "../../../../src/cli/testing/schedule.ts";
import { LONGEST_FIRST, PARTS_OF_A_CORE, partsOf, stages } from "../../../../src/cli/testing/stages.ts";

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

const alike = (room: number) => ({ room, needs: () => 1 });

test("as much work runs at once as there is room for, and the next begins when some ends", async () => {
  const { begun, run, end } = workshop();
  const all = sideBySide(["a", "b", "c", "d"], alike(2), new AbortController().signal, run);
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "c"]);
  for (const name of ["a", "c", "d"]) await end(name);
  await all;
  expect(begun).toEqual(["a", "b", "c", "d"]);
});

test("where there is no room, work runs one after the other", async () => {
  const { begun, run, end } = workshop();
  const all = sideBySide(["a", "b"], alike(0), new AbortController().signal, run);
  expect(begun).toEqual(["a"]);
  await end("a");
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  await all;
});

test("on two cores one stage runs beside the live pages, and three when they are over", async () => {
  const { begun, run, end } = workshop();
  const room = { room: 2 * PARTS_OF_A_CORE, needs: (name: string) => partsOf({ name }) };
  const all = sideBySide(LONGEST_FIRST, room, new AbortController().signal, run);
  expect(begun).toEqual(["browser", "e2e"]);
  await end("e2e");
  expect(begun).toEqual(["browser", "e2e", "unit"]);
  await end("browser");
  expect(begun).toEqual(["browser", "e2e", "unit", "workers", "sim"]);
  for (const name of LONGEST_FIRST) await end(name);
  await all;
  expect(begun).toEqual(LONGEST_FIRST);
});

test("after an interrupt nothing more begins, and what runs is waited for", async () => {
  const { begun, run, end } = workshop();
  const interrupt = new AbortController();
  let over = false;
  const all = sideBySide(["a", "b", "c"], alike(2), interrupt.signal, run).then(() => {
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
