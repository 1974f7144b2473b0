import { expect, test } from "vitest";
import { errorCodes, isErrorCode } from "../../src/core/error-codes.ts";
import { projectFiles, read, withoutComments } from "./sources.ts";

const TABLE = "src/core/error-codes.ts";
const groups = [...new Set(Object.keys(errorCodes).map((code) => code.split(".")[0]))];
// Text in any quotes, SQL's among them; `where:` names the place of a fault in a log line, which is no code.
const LITERAL = new RegExp(`(where: )?["'\`]((?:${groups.join("|")})\\.[a-z][a-z_]*)["'\`]`, "g");

const used = projectFiles("src", "durable-objects")
  .filter((file) => file.endsWith(".ts") && file !== TABLE)
  .flatMap((file) =>
    [...withoutComments(read(file)).matchAll(LITERAL)]
      .filter(([, where]) => where === undefined)
      .map(([, , code = ""]) => ({ file, code })),
  );

/** In the table, not yet in the code, with the reason. */
const RESERVED: Readonly<Record<string, string>> = {
  "agent.in_use": "deleting an agent that plays archives it; refusing is kept for agents that can't be archived",
  "agent.timeout": "of agents that call out over a network",
  "entry.exists": "joining answers with lists; the code is for a single entry's route",
  "entry.stale": "a stale decision is sent again; the code is for writes that name a version",
  "entry.too_many": "of the limit on a tournament's entries",
  "internal.unavailable": "of an object or queue that doesn't answer a request",
  "queue.not_found": "of the operators' queue routes",
  "request.unsupported_media_type": "a body is read as JSON whatever its type says; the code is for other uploads",
  "round.missed": "of a miss in an agent's history",
  "round.none_open": "a manual run between rounds is a rehearsal; the code is for calls that need a round",
  "schedule.not_found": "of the operators' schedule routes",
  "task.cancelled": "of the operators' task routes",
  "task.finished": "of the operators' task routes",
  "task.not_finished": "of the operators' task routes",
  "task.superseded": "of the operators' task routes",
  "tournament.cancelled": "orders that a cancelled tournament drops",
  "tournament.name_taken": "names need not be unique now; the code is for a league's",
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
