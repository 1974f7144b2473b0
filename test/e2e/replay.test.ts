import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deletions, lastDigits, tryMutation } from "../ledger-mutations.ts";
import { Command, lastLine, run } from "./command.ts";
import { killAll, makeFolder, processesOf, removeFolder, withDatabase } from "./data-folder.ts";
import { type ReplayResult, readResult, replay } from "./replay-result.ts";

const candles = process.env.AGONUS_CANDLES;
if (candles === undefined) console.log("Skipped: the replay of real candles. Set AGONUS_CANDLES to their folder.");

let folder = "";
beforeAll(() => {
  folder = makeFolder();
});
afterAll(async () => {
  expect(await removeFolder(folder)).toBe(0);
});
const data = (name: string) => join(folder, name);

const ROUNDS = 30;
const real = (seed: string) => ["--candles", candles ?? "", "--rounds", String(ROUNDS), "--seed", seed];
let first: ReplayResult;

test.skipIf(candles === undefined)("a replay of real candles ends with one JSON line whose figures agree", async () => {
  first = await replay(data("a"), real("1"));
  expect(first).toMatchObject({ rounds: ROUNDS, entries: 15 });
  expect(first.trades).toBeGreaterThan(10);
  expect(first.leaderboard.filter(({ baseline }) => !baseline)).toHaveLength(6);
  expect(processesOf(folder)).toEqual([]);
});

test.skipIf(candles === undefined)(
  "a replay killed hard in its midst ends with the hash of one that was not",
  async () => {
    const killed = new Command("tournament", [...real("1"), "--json", "--data", data("b")]);
    const [, rounds] = await killed.says(/Rounds: ([1-9]\d*) of 30 rounds/);
    expect(Number(rounds)).toBeLessThan(ROUNDS - 5);
    // The command and its starter, wrangler's two, workerd's, PostgreSQL's.
    expect(await killAll(data("b"))).toBeGreaterThan(8);
    await killed.ended;

    const { code, out, err } = await run("tournament", [...real("1"), "--json", "--data", data("b")]);
    expect(code, err).toBe(0);
    expect(err).toMatch(/Going on with the unfinished tournament \S+: [1-9]\d* of 30 rounds are settled/);
    expect(readResult(out).hash).toBe(first.hash);
    expect(processesOf(folder)).toEqual([]);
  },
);

test.skipIf(candles === undefined)("another seed is another tournament, by its random baseline alone", async () => {
  const other = await replay(data("a"), real("2"));
  expect(other.hash).not.toBe(first.hash);
  const equities = ({ leaderboard }: ReplayResult) =>
    Object.fromEntries(
      leaderboard.filter(({ agent }) => agent !== "Random").map(({ agent, equity }) => [agent, equity]),
    );
  expect(equities(other)).toEqual(equities(first));
});

test("without candles the synthetic market of the seed is played, the same in any data folder", async () => {
  const one = await replay(data("c"), ["--rounds", "6", "--seed", "1"]);
  expect(one.trades).toBeGreaterThan(0);
  expect((await replay(data("d"), ["--rounds", "6", "--seed", "1"])).hash).toBe(one.hash);
  expect((await replay(data("c"), ["--rounds", "6", "--seed", "2"])).hash).not.toBe(one.hash);
});

test("the agents of a file play at their own interval and from their own start, one of them outside its object", async () => {
  const file = join(folder, "agents.json");
  const slow = { name: "Thinker", strategy_type: "momentum", config: { thinking_seconds: 1 } };
  writeFileSync(file, JSON.stringify([slow, { name: "Calm", strategy_type: "conservative" }]));
  const options = ["--rounds", "4", "--agents", file, "--interval", "15m", "--start", "2025-06-03T06:00:00Z"];
  const source = candles === undefined ? [] : ["--candles", candles];
  const { code, out, err } = await run("tournament", [...source, ...options, "--json", "--data", data("c")]);
  expect(code, err).toBe(0);
  const result = readResult(out);
  expect(result).toMatchObject({ rounds: 4, entries: 2, decisions: 8 });
  expect(result.leaderboard.map(({ agent }) => agent).sort()).toEqual(["Calm", "Thinker"]);
  // Four rounds, each as long as its slowest agent thinks.
  expect(result.elapsed_ms).toBeGreaterThan(4_000);
});

test("the ledger command: 0 when exact, 1 with the row's name when not, 2 for a tournament that isn't there", async () => {
  const exact = await run("ledger", ["--data", data("c"), "--json"]);
  expect(exact, exact.err).toMatchObject({ code: 0 });
  const { ok, tournaments } = JSON.parse(lastLine(exact.out));
  expect(ok).toBe(true);
  expect(tournaments).toHaveLength(3);
  const unknown = await run("ledger", ["--data", data("c"), "--tournament", "0190a1b2-0000-7000-8000-000000000000"]);
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain("There is no tournament 0190a1b2-");
});

test("in what the real stack stored, a changed last digit or a missing row fails the check and is named", async () => {
  await withDatabase(data(candles === undefined ? "c" : "a"), async (query) => {
    const [played] = await query<{ id: string }>("select id from tournaments order by created_at limit 1");
    const tournamentId = played?.id ?? "";
    const outcomes = new Map<string, string>();
    for (const mutation of [...lastDigits, ...deletions]) {
      const { outcome, key, errors } = await tryMutation(query, tournamentId, mutation, 0.4);
      outcomes.set(mutation.name, outcome === "caught" ? outcome : `${outcome} ${key} ${JSON.stringify(errors[0])}`);
    }
    // The short replay that stands in where there are no real candles may place no order: what isn't there can't be wrong.
    const there = (outcome: string) => candles !== undefined || !outcome.startsWith("no_row");
    const wrong = [...outcomes].filter(([, outcome]) => outcome !== "caught" && there(outcome));
    expect(wrong).toEqual([]);
    expect([...outcomes.values()].filter((outcome) => outcome === "caught").length).toBeGreaterThan(5);
  });
});

test("a stored value that is wrong ends the ledger command with 1 and its row", async () => {
  await withDatabase(data("c"), async (query) => {
    await query("update entries set cash = cash + 0.00000001 where agent_name = 'Thinker'");
  });
  const { code, out } = await run("ledger", ["--data", data("c")]);
  expect(code).toBe(1);
  expect(out).toMatch(/✗ Replay of 4 × 15m.*values are wrong/);
  expect(out).toContain("Thinker");
});
