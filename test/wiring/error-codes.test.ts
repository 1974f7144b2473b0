import { expect, test } from "vitest";
import { errorCodes, isErrorCode } from "../../src/core/error-codes.ts";
import { projectFiles, read, withoutComments } from "./sources.ts";

const TABLE = "src/core/error-codes.ts";
const groups = [...new Set(Object.keys(errorCodes).map((code) => code.split(".")[0]))];
// Text in any quotes, SQL's among them; `where:` names the place of a fault in a log line, which is no code.
const LITERAL = new RegExp(`(where: )?["'\`]((?:${groups.join("|")})\\.[a-z][a-z_]*)["'\`]`, "g");

// The reasons of misses are in a view, so in SQL.
const used = projectFiles("src", "durable-objects", "migrations")
  .filter((file) => /\.(ts|sql)$/.test(file) && file !== TABLE)
  .flatMap((file) =>
    [...withoutComments(read(file)).matchAll(LITERAL)]
      .filter(([, where]) => where === undefined)
      .map(([, , code = ""]) => ({ file, code })),
  );

/** In the table, not yet in the code, with the reason. */
const RESERVED: Readonly<Record<string, string>> = {
  "agent.timeout": "of agents that call out over a network",
};

test("the scan finds the codes there are", () => {
  expect(used.length).toBeGreaterThan(60);
});

test("every code that the code gives out is in the table", () => {
  expect(used.filter(({ code }) => !isErrorCode(code))).toEqual([]);
});

test("every code of the table is given out, or reserved with a reason", () => {
  const given = new Set(used.map(({ code }) => code));
  const idle = Object.keys(errorCodes).filter((code) => !given.has(code));
  expect(idle.filter((code) => RESERVED[code] === undefined)).toEqual([]);
  expect(Object.keys(RESERVED).filter((code) => !isErrorCode(code))).toEqual([]);
});

test("a status fits its code's kind, and sentences read as such", () => {
  for (const [code, { status, sentence }] of Object.entries(errorCodes)) {
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(status, code).toBeLessThan(600);
    expect(sentence, code).toMatch(/^[A-Z].*\.$|^[A-Z].*KEY\.$/);
  }
});
