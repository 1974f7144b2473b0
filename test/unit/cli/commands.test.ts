/** What every command of package.json owes its user before it does anything. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")));
/** Commands with entries of their own, also behind flags for Node. The others start a tool, which has its own flags, or are `start` with a flag. */
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const entry = /^node src\/local\/run\.mjs (?:--\S+ )*((?:src|test)\/\S+\.ts)$/.exec(line)?.[1];
  return entry ? [[name, entry] as const] : [];
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The search path, and where compiled code is kept. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name === "PATH" || name === "NODE_COMPILE_CACHE"),
);

/** Without the set-up of run.mjs, which has its own test. */
function run(entry: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: PROJECT, env };
    execFile(process.execPath, [join(PROJECT, entry), ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

test("the list of commands is whole", () => {
  expect(commands.map(([name]) => name)).toEqual(
    "start,build,tournament,candles,ledger,sim,chaos,bench,test,docs,findings,backup,restore,db:reset,db:migrate".split(
      ",",
    ),
  );
});

test.each(commands)(
  "npm run %s -- --help says what it does and its exit codes, and does nothing",
  async (name, entry) => {
    const { code, out, err } = await run(entry, "--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`^Usage: npm (run )?${name} --`));
    expect(out).toMatch(/Exit codes: 0 /);
  },
);

test.each(["build", "docs", "db:reset", "db:migrate"].map((name) => [name, scripts[name]?.split(" ").at(-1) ?? ""]))(
  "npm run %s refuses a flag that it does not have, and shows a right command",
  async (name, entry) => {
    const { code, out, err } = await run(entry, "--colour");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^Unknown option '--colour'\nExample: /);
    expect(err).toContain(`npm run ${name}`);
  },
);

describe("npm run db:reset", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "agonus-reset-"));
    mkdirSync(join(folder, "workerd"));
    for (const file of ["stack.log", "operator-key", "mine.txt"]) writeFileSync(join(folder, file), "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("says without --yes what it would remove, and removes it with --yes, but neither the key nor others' files", async () => {
    const asked = await run("src/cli/reset.ts", "--data", folder);
    expect(asked).toMatchObject({ code: 2, out: "" });
    expect(asked.err).toContain("the state of the Durable Objects, the stack's log");
    expect(asked.err).toContain(`npm run db:reset -- --data ${folder} --yes`);
    expect(existsSync(join(folder, "workerd"))).toBe(true);

    const done = await run("src/cli/reset.ts", "--data", folder, "--yes");
    expect(done).toMatchObject({ code: 0, out: "Removed the state of the Durable Objects, the stack's log.\n" });
    const left = ["workerd", "stack.log", "operator-key", "mine.txt"].filter((name) => existsSync(join(folder, name)));
    expect(left).toEqual(["operator-key", "mine.txt"]);
    expect(await run("src/cli/reset.ts", "--data", folder)).toMatchObject({ code: 0 });
  });
});
