import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTournamentArgs } from "../../src/cli/tournament/args.ts";
import { planTournament } from "../../src/cli/tournament/plan.ts";
import { playTournament } from "../../src/cli/tournament/play.ts";
import { jsonLine } from "../../src/cli/tournament/report.ts";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { type Made, marketOf, ours, shapes, writeFiles } from "../support/candles/files.ts";
import { Command, lastLine, run } from "../support/e2e/command.ts";
import { killAll, makeFolder, processesOf, removeFolder, withDatabase } from "../support/e2e/data-folder.ts";
import { type ReplayResult, readResult, replay } from "../support/e2e/replay-result.ts";
import { deletions, lastDigits, tryMutation } from "../support/ledger/mutations.ts";

const candles = process.env.AGONUS_CANDLES;
if (candles === undefined) console.log("Skipped: the replay of real candles. Set AGONUS_CANDLES to their folder.");

let folder = "";
/** One stack for all replays but those that are about the command itself. */
let stack: Stack;
beforeAll(async () => {
  folder = makeFolder();
  stack = await startStack({ dataDir: data("shared"), fsync: false });
});
afterAll(async () => {
  await stack?.stop();
  expect(await removeFolder(folder)).toBe(0);
});
const data = (name: string) => join(folder, name);

/** Plays it on the shared stack, as the command does on its own. */
async function play(args: readonly string[]): Promise<ReplayResult> {
  const parsed = parseTournamentArgs([...args, "--json"], {});
  const planned = parsed.kind === "stop" ? parsed : await planTournament(parsed.options);
  if (planned.kind !== "ok") throw new Error(JSON.stringify(planned));
  try {
    const { result, timing } = await playTournament(planned.plan, stack, new AbortController().signal);
    return readResult(jsonLine(result, timing));
  } finally {
    await planned.plan.close();
  }
}

const ROUNDS = 30;
const real = (seed: string) => ["--candles", candles ?? "", "--rounds", String(ROUNDS), "--seed", seed];
let first: ReplayResult;
const synthetic = (seed: string) => ["--rounds", String(ROUNDS), "--seed", seed];

test.skipIf(candles === undefined)("a replay of real candles ends with one JSON line whose figures agree", async () => {
  const whole = await replay(data("real"), real("1"));
  expect(whole).toMatchObject({ rounds: ROUNDS, entries: 15 });
  expect(whole.trades).toBeGreaterThan(10);
  expect(whole.leaderboard.filter(({ baseline }) => !baseline)).toHaveLength(6);
  expect(processesOf(data("real"))).toEqual([]);
  // Another database, another stack: the same result.
  first = await play(real("1"));
  expect(first.hash).toBe(whole.hash);
});

test.skipIf(candles === undefined)("another seed is another tournament, by its random baseline alone", async () => {
  const other = await play(real("2"));
  expect(other.hash).not.toBe(first.hash);
  const equities = ({ leaderboard }: ReplayResult) =>
    Object.fromEntries(
      leaderboard.filter(({ agent }) => agent !== "Random").map(({ agent, equity }) => [agent, equity]),
    );
  expect(equities(other)).toEqual(equities(first));
});

test("without candles the synthetic market of the seed is played; killed hard in its midst, it ends with the same hash", async () => {
  // So many that they take longer than the command needs to say how far it is.
  const long = ["--rounds", "400", "--seed", "1"];
  const whole = await play(long);
  expect(whole.trades).toBeGreaterThan(0);
  const killed = new Command("tournament", [...long, "--json", "--data", data("killed")]);
  const [, rounds] = await killed.says(/Rounds: ([1-9]\d*) of 400 rounds/);
  expect(Number(rounds)).toBeLessThan(400);
  // The command and its starter, the Worker's two, workerd's, PostgreSQL's.
  expect(await killAll(data("killed"))).toBeGreaterThan(8);
  await killed.ended;

  const { code, out, err } = await run("tournament", [...long, "--json", "--data", data("killed")]);
  expect(code, err).toBe(0);
  expect(err).toMatch(/Going on with the unfinished tournament \S+: [1-9]\d* of 400 rounds are settled/);
  expect(readResult(out).hash).toBe(whole.hash);
  expect(processesOf(data("killed"))).toEqual([]);
  expect((await play(synthetic("2"))).hash).not.toBe(whole.hash);
});

test("the agents of a file play at their own interval and from their own start, one of them outside its object", async () => {
  const file = join(folder, "agents.json");
  const slow = { name: "Thinker", strategy_type: "momentum", config: { thinking_seconds: 1 } };
  writeFileSync(file, JSON.stringify([slow, { name: "Calm", strategy_type: "conservative" }]));
  const options = ["--rounds", "4", "--agents", file, "--interval", "15m", "--start", "2025-06-03T06:00:00Z"];
  const result = await play([...(candles === undefined ? [] : ["--candles", candles]), ...options]);
  expect(result).toMatchObject({ rounds: 4, entries: 2, decisions: 8 });
  expect(result.leaderboard.map(({ agent }) => agent).sort()).toEqual(["Calm", "Thinker"]);
  // Four rounds, each as long as its slowest agent thinks.
  expect(result.elapsed_ms).toBeGreaterThan(4_000);
});

test("ten files in ten shapes of one market play to the hash of our own CSV, as ten symbols and as one", async () => {
  const ten = [
    "generic",
    "pandas",
    "binance",
    "binanceZip",
    "kraken",
    "site",
    "ccxt",
    "futures",
    "klines",
    "coinbase",
  ] as const;
  const bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT", "AVAX", "LINK", "LTC", "ATOM"];
  const markets = bases.map((base, n) => ({ base, rows: marketOf(130, n + 1) }));
  const own = ({ base, rows }: (typeof markets)[number]) => [`${base}-USDT.5m.csv`, ours(rows)];
  const shaped = (name: (typeof ten)[number], base: string, rows: readonly Made[]) => [
    shapes[name].name(base, "USDT"),
    shapes[name].content(rows, base, "USDT"),
  ];
  const [first] = markets;
  if (first === undefined) throw new Error("no market");
  const folders = {
    own: markets.map(own),
    mixed: markets.map(({ base, rows }, n) => shaped(ten[n] ?? "ccxt", base, rows)),
    ownOne: [own(first)],
    // Each file has its 13 candles and the first five of the next one.
    mixedOne: ten.map((name, n) => shaped(name, first.base, first.rows.slice(13 * n, 13 * n + 18))),
  };
  const hashes: Record<string, string> = {};
  for (const [name, files] of Object.entries(folders)) {
    await writeFiles(join(folder, name), Object.fromEntries(files));
    const { hash, trades } = await play(["--candles", join(folder, name), "--rounds", "5"]);
    expect(trades).toBeGreaterThan(0);
    hashes[name] = hash;
  }
  expect(hashes.mixed).toBe(hashes.own);
  expect(hashes.mixedOne).toBe(hashes.ownOne);
  expect(hashes.own).not.toBe(hashes.ownOne);
}, 120_000);

test("the ledger command: 0 when exact, 1 with the row's name when not, 2 for a tournament that isn't there", async () => {
  const exact = await run("ledger", ["--data", data("shared"), "--json"]);
  expect(exact, exact.err).toMatchObject({ code: 0 });
  const { ok, tournaments } = JSON.parse(lastLine(exact.out));
  expect(ok).toBe(true);
  expect(tournaments).toHaveLength(candles === undefined ? 7 : 9);
  const unknown = await run("ledger", [
    "--data",
    data("shared"),
    "--tournament",
    "0190a1b2-0000-7000-8000-000000000000",
  ]);
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain("There is no tournament 0190a1b2-");
});

test("in what the real stack stored, a changed last digit or a missing row fails the check and is named", async () => {
  await withDatabase(
    data("shared"),
    async (query) => {
      const [played] = await query<{ id: string }>("select id from tournaments order by created_at limit 1");
      const tournamentId = played?.id ?? "";
      const outcomes = new Map<string, string>();
      for (const mutation of [...lastDigits, ...deletions]) {
        const { outcome, key, errors } = await tryMutation(query, tournamentId, mutation, 0.4);
        outcomes.set(mutation.name, outcome === "caught" ? outcome : `${outcome} ${key} ${JSON.stringify(errors[0])}`);
      }
      // The synthetic tournament that stands in where there are no real candles may lack a kind of row: what isn't there can't be wrong.
      const there = (outcome: string) => candles !== undefined || !outcome.startsWith("no_row");
      const wrong = [...outcomes].filter(([, outcome]) => outcome !== "caught" && there(outcome));
      expect(wrong).toEqual([]);
      expect([...outcomes.values()].filter((outcome) => outcome === "caught").length).toBeGreaterThan(5);
      // Foreign keys are switched off for each change.
    },
    "superuser",
  );
});

test("a stored value that is wrong ends the ledger command with 1 and its row", async () => {
  await withDatabase(data("shared"), async (query) => {
    await query("update entries set cash = cash + 0.00000001 where agent_name = 'Thinker'");
  });
  const { code, out } = await run("ledger", ["--data", data("shared")]);
  expect(code).toBe(1);
  expect(out).toMatch(/✗ Replay of 4 × 15m.*values are wrong/);
  expect(out).toContain("Thinker");
});
