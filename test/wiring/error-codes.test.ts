import { expect, test } from "vitest";
import { errorCodes, isErrorCode } from "../../src/core/error-codes.ts";
import { projectFiles, read, withoutComments } from "../support/project-files.ts";

const TABLE = "src/core/error-codes.ts";
const groups = [...new Set(Object.keys(errorCodes).map((code) => code.split(".")[0]))];
// A code in any quotes, also in SQL. A text after `where:` is no code: it names the place of a fault in a log line.
const LITERAL = new RegExp(`(where: )?["'\`]((?:${groups.join("|")})\\.[a-z][a-z_]*)["'\`]`, "g");

// Migrations are read too, because the reasons of misses are in a view.
const used = projectFiles("src", "durable-objects", "migrations")
  .filter((file) => /\.(ts|sql)$/.test(file) && file !== TABLE)
  .flatMap((file) =>
    [...withoutComments(read(file)).matchAll(LITERAL)]
      .filter(([, where]) => where === undefined)
      .map(([, , code = ""]) => ({ file, code })),
  );

/** Codes that are in the table and not yet used, with the reason. */
const RESERVED: Readonly<Record<string, string>> = {
  "agent.timeout": "for agents that are called over a network",
};

test("the scan finds many codes", () => {
  expect(used.length).toBeGreaterThan(60);
});

test("every code that the sources use is in the table", () => {
  expect(used.filter(({ code }) => !isErrorCode(code))).toEqual([]);
});

test("every code of the table is used, or reserved with a reason", () => {
  const given = new Set(used.map(({ code }) => code));
  const idle = Object.keys(errorCodes).filter((code) => !given.has(code));
  expect(idle.filter((code) => RESERVED[code] === undefined)).toEqual([]);
  expect(Object.keys(RESERVED).filter((code) => !isErrorCode(code))).toEqual([]);
});

test("every code has an error status and a whole sentence", () => {
  for (const [code, { status, sentence }] of Object.entries(errorCodes)) {
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(status, code).toBeLessThan(600);
    expect(sentence, code).toMatch(/^[A-Z].*\.$|^[A-Z].*KEY\.$/);
  }
});
