import fc from "fast-check";
import { expect, test } from "vitest";
import { errorSignature } from "../../../src/core/tasks/error-signature.ts";

const of = (message: string) => errorSignature("Error", "task.failed", message);

test.each([
  ["ids", "no row 0198c2f0-1111-7abc-8def-001122334455", "no row 0198ffff-2222-7abc-8def-554433221100"],
  ["numbers", "took 31 of 4.5e3 ms, 12,000 rows", "took 7 of 1 ms, 9 rows"],
  ["times", "late since 2026-01-31T12:00:00.123Z", "late since 2025-11-02 09:30:00+02"],
  ["clock times", "at 12:30", "at 07:45:10.5"],
  ["quoted values", `column "a" is 'x y' or \`q\``, `column "bb" is 'z' or \`r2\``],
  ["hashes", "commit 9f86d081884c7d65 failed", "commit 2c26b46b68ffc68f failed"],
  ["white space", "a\n  b", "a b"],
])("%s make no difference to the signature", (_, a, b) => {
  expect(of(a)).toBe(of(b));
});

test("the parts that tell causes apart stay", () => {
  expect(of("it can't be sold")).toBe("task.failed Error: it can't be sold");
  expect(of("no cash")).not.toBe(of("no price"));
  expect(errorSignature("TypeError", "task.failed", "x")).not.toBe(errorSignature("RangeError", "task.failed", "x"));
  expect(errorSignature("Outcome", "agent.failed", "x")).toBe("agent.failed: x");
});

test("any message gives a signature of at most 200 characters that PostgreSQL accepts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (message) => {
      const signature = of(message);
      expect(signature.length).toBeLessThanOrEqual(200);
      expect(signature.isWellFormed() && !signature.includes("\0")).toBe(true);
    }),
  );
});
