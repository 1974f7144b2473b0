import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAgents } from "../../../src/cli/agents-file.ts";
import { lines } from "../../../src/cli/progress.ts";
import { commandOf, parseTournamentArgs, type TournamentOptions } from "../../../src/cli/tournament/args.ts";
import { fitSpan, planTournament, type TournamentPlan } from "../../../src/cli/tournament/plan.ts";
import { jsonLine, reportText } from "../../../src/cli/tournament/report.ts";

const T0 = Date.parse("2025-06-01T00:00:00Z");
const MIN = 60_000;

function options(...argv: string[]): TournamentOptions {
  const parsed = parseTournamentArgs(argv);
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.options;
}
const problem = (...argv: string[]) => {
  const parsed = parseTournamentArgs(argv);
  return parsed.kind === "stop" ? parsed.text : "";
};

describe("the arguments of a tournament", () => {
  test("are all read, and default to a day of the synthetic market", () => {
    expect(options()).toEqual({
      candles: null,
      fill: false,
      acceptJumps: false,
      rounds: 288,
      seed: "1",
      guests: null,
      agents: null,
      intervalSeconds: null,
      startAt: null,
      dataDir: ".agonus",
      record: null,
      cassette: null,
      port: null,
      json: false,
      logLevel: "warn",
    });
    const all =
      "--candles c --fill flat --accept-jumps --rounds 3 --seed s --with b.json --agents a.json --interval 1h --start 2025-06-02 --record r --data d --port 80 --json --log-level debug";
    expect(options(...all.split(" "))).toEqual({
      candles: "c",
      fill: true,
      acceptJumps: true,
      rounds: 3,
      seed: "s",
      guests: "b.json",
      agents: "a.json",
      intervalSeconds: 3_600,
      startAt: T0 + 1_440 * MIN,
      record: "r",
      cassette: null,
      dataDir: "d",
      port: 80,
      json: true,
      logLevel: "debug",
    });
  });

  test("read a time without a zone as UTC, and one with a zone as it says", () => {
    expect(options("--start", "2025-06-01T02:00").startAt).toBe(T0 + 120 * MIN);
    expect(options("--start", "2025-06-01T02:00:00+02:00").startAt).toBe(T0);
  });

  test.each([
    ["--round 5", /^Unknown option '--round'\n\(Did you mean --rounds\?\)/],
    ["288", /^Too many arguments\. Expected 0 arguments but got 1: 288\./],
    ["--rounds", /^Option '--rounds <number>' argument missing/],
    ["--rounds 0", /--rounds .* '0' is invalid\. It must be a whole number from 1 to 1000000\.$/m],
    ["--rounds 1.5", /'1\.5' is invalid\. It must be a whole number/],
    ["--rounds=-3", /'-3' is invalid\. It must be a whole number/],
    ["--port 70000", /It must be a whole number from 1 to 65535\.$/m],
    ["--interval 5", /'5' is invalid\. It must be a length of time such as 5s, 1m or 1h, and 1w at most\.$/m],
    ["--interval 8d", /'8d' is invalid\. It must be/],
    ["--start yesterday", /'yesterday' is invalid\. It must be an ISO time/],
    ["--start 2025-02-30", /'2025-02-30' is invalid\. It must be an ISO time/],
    ["--log-level loud", /'loud' is invalid\. Allowed choices are debug, info, warn, error\.$/m],
    ["--candles=", /--candles .* '' is invalid\. It must be a path\.$/m],
    ["--seed=", /--seed .* '' is invalid\. It must have 1 to 64 characters\.$/m],
    ["--seed --json", /'--json' is invalid\./],
  ])("%s is refused by a sentence", (argv, sentence) => {
    expect(problem(...argv.split(" "))).toMatch(sentence);
  });

  test("are printed as a command that parses to the same arguments", () => {
    const given = options(
      "--candles",
      "my candles/it's",
      "--with",
      "mine.json",
      "--interval",
      "15m",
      "--start",
      "2025-06-02",
      "--data",
      "/d",
      "--json",
    );
    expect(commandOf(given)).toBe(
      "npm run tournament -- --candles 'my candles/it'\\''s' --rounds 288 --seed 1 --with mine.json --interval 15m --start 2025-06-02T00:00:00.000Z --data /d --json",
    );
  });
});

describe("the span of a tournament", () => {
  const candles = { intervalSeconds: 300, firstOpenAt: T0, lastOpenAt: T0 + 199 * 5 * MIN };
  const span = (change: Partial<TournamentOptions>) =>
    fitSpan(candles, { rounds: 10, intervalSeconds: null, startAt: null, ...change });

  test("begins right after the warm-up, and its last round may fill at the last candle", () => {
    expect(span({})).toEqual({ intervalSeconds: 300, startsAt: T0 + 600 * MIN });
    expect(span({ rounds: 80 })).toEqual({ intervalSeconds: 300, startsAt: T0 + 600 * MIN });
    expect(span({ startAt: T0 + 605 * MIN, rounds: 79 })).toEqual({ intervalSeconds: 300, startsAt: T0 + 605 * MIN });
  });

  test.each<[string, Partial<TournamentOptions>, RegExp]>([
    [
      "one round too many",
      { rounds: 81 },
      /^--rounds 81: only 80 rounds of 5m fit from 2025-06-01 10:00 UTC \(the candles go/,
    ],
    [
      "a late start",
      { startAt: T0 + 605 * MIN, rounds: 80 },
      /only 79 rounds of 5m fit from .*, and 80 from 2025-06-01 10:00 UTC/,
    ],
    [
      "a start in the warm-up",
      { startAt: T0 + 595 * MIN },
      /^--start: 2025-06-01 09:55 UTC leaves no room for 120 × 5m of warm-up; it can be 2025-06-01 10:00 UTC at the earliest/,
    ],
    [
      "a start between candles",
      { startAt: T0 + 601 * MIN },
      /^--start: no candle opens at 2025-06-01 10:01 UTC; it must be a multiple of 5m$/,
    ],
    ["a start after the end", { startAt: T0 + 2_000 * MIN }, /^--start: 2025-06-02 09:20 UTC is after the last candle/],
    [
      "an interval that is no multiple",
      { intervalSeconds: 420 },
      /^--interval 7m is not a multiple of the candles' own 5m: 5m or 10m would do$/,
    ],
    ["an interval below the candles'", { intervalSeconds: 60 }, /^--interval 1m is not a multiple/],
    [
      "too few candles for the warm-up",
      { intervalSeconds: 600 },
      /^too few candles: 10 rounds after 120 × 10m of warm-up need at least 250 candles of 5m, and there are 200/,
    ],
  ])("with %s is refused, saying what fits", (_, change, sentence) => {
    expect(span(change)).toMatch(sentence);
  });
});

describe("the agents file", () => {
  const errors = (value: unknown) => {
    const parsed = parseAgents("a.json", typeof value === "string" ? value : JSON.stringify(value));
    return parsed.kind === "bad" ? parsed.errors.join("\n") : "";
  };

  test("takes bodies of POST /agents", () => {
    const parsed = parseAgents(
      "a.json",
      '[{"name": "A", "strategy_type": "momentum", "config": {"limits": {"risk_score": 0.5}}}]',
    );
    expect(parsed).toMatchObject({ kind: "ok", agents: [{ name: "A", config: { limits: { risk_score: "0.5" } } }] });
  });

  test.each([
    ["no JSON", "[{]", /^a.json: is not valid JSON: /],
    ["no array", { name: "A" }, /^a.json: must be a JSON array of agents$/],
    ["no agents", [], /^a.json: has no agents/],
    ["a missing name", [{ strategy_type: "swing" }], /^a.json: 0.name /],
    ["an unknown type", [{ name: "A", strategy_type: "swinging" }], /^a.json: 0.strategy_type must be one of: /],
    ["an unknown strategy", [{ name: "A", strategy: "luck" }], /^a.json: 0.strategy must be one of: /],
    ["neither type nor strategy", [{ name: "A" }], /^a.json: 0.strategy_type is needed, or strategy$/],
    [
      "an unknown field",
      [{ name: "A", strategy_type: "swing", colour: "red" }],
      /^a.json: 0.colour is not a field here$/,
    ],
    [
      "a share above one",
      [
        { name: "A", strategy_type: "swing" },
        { name: "B", strategy_type: "swing", config: { limits: { risk_score: 1.5 } } },
      ],
      /^a.json: 1.config.limits.risk_score must be a share between 0 and 1$/,
    ],
    [
      "limits on a baseline",
      [{ name: "A", strategy: "cash", config: { limits: {} } }],
      /^a.json: 0.config.limits is not a setting of a baseline$/,
    ],
    [
      "a name twice",
      [
        { name: "A", strategy: "cash" },
        { name: " A", strategy: "random" },
      ],
      /^a.json: 1.name is "A", as 0.name is$/,
    ],
    [
      "a baseline without what it needs",
      [{ name: "A", strategy: "buy_and_hold" }],
      /^a.json: 0.config.params.symbol is required$/,
    ],
  ])("with %s is refused by the field's path", (_, value, sentence) => {
    expect(errors(value)).toMatch(sentence);
  });
});

describe("the plan of a tournament", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "agonus-plan-"));
    const rows = Array.from({ length: 130 }, (_, i) => `${T0 + i * 5 * MIN},1,2,1,2,3`);
    await writeFile(join(dir, "BTC-USDT.5m.csv"), ["open_time,open,high,low,close,volume", ...rows].join("\n"));
    await writeFile(join(dir, "agents.json"), '[{"name": "A", "strategy": "cash"}]');
    await writeFile(join(dir, "bad.json"), "{}");
  });
  const open: TournamentPlan[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
    await rm(dir, { recursive: true, force: true });
  });
  async function plan(...argv: string[]) {
    const planned = await planTournament(options(...argv));
    if (planned.kind === "bad") throw new Error(planned.errors.join("\n"));
    open.push(planned.plan);
    return planned.plan;
  }

  test("has a name made of everything that decides its outcome, and of nothing else", async () => {
    const base = ["--candles", dir, "--rounds", "5", "--agents", join(dir, "agents.json")];
    const { name } = await plan(...base);
    expect(name).toMatch(/^Replay of 5 × 5m, seed 1 \([0-9a-f]{12}\)$/);
    expect((await plan(...base, "--json", "--port", "9000", "--data", "x", "--log-level", "info")).name).toBe(name);
    const others = await Promise.all([
      plan(...base, "--rounds", "6"),
      plan(...base, "--seed", "2"),
      plan(...base, "--start", "2025-06-01T10:05"),
      plan("--candles", dir, "--rounds", "5"),
      plan("--rounds", "5", "--agents", join(dir, "agents.json")),
    ]);
    const rows = Array.from({ length: 130 }, (_, i) => `${T0 + i * 5 * MIN},1,2,1,2,4`);
    await writeFile(join(dir, "BTC-USDT.5m.csv"), ["open_time,open,high,low,close,volume", ...rows].join("\n"));
    others.push(await plan(...base));
    expect(new Set([name, ...others.map((other) => other.name)]).size).toBe(7);
  });

  test("without candles uses the synthetic market of its seed, whose candles don't depend on the rounds", async () => {
    const [five, six, other] = [await plan("--rounds", "5"), await plan("--rounds", "6"), await plan("--seed", "2")];
    expect(five.source).toMatchObject({ kind: "synthetic", id: six.source.id, firstOpenAt: five.startsAt - 600 * MIN });
    expect(other.source.id).not.toBe(five.source.id);
    expect(five.agents.length).toBeGreaterThan(6);
    expect(five.endsAt - five.startsAt).toBe(25 * MIN);
  });

  test("keeps its name within the allowed length, however long the seed", async () => {
    expect((await plan("--seed", "s".repeat(64), "--rounds", "1000000")).name.length).toBeLessThanOrEqual(80);
  });

  test("has the agents of --with beside the house field, and beside those of --agents", async () => {
    const mine = join(dir, "mine.json");
    await writeFile(mine, '[{"name": "Mine", "strategy": "swing"}, {"name": "Second", "strategy": "value"}]');
    const names = (field: readonly { readonly name: string }[]) => field.map(({ name }) => name);
    const house = await plan("--rounds", "5");
    const joined = await plan("--rounds", "5", "--with", mine);
    expect(names(joined.agents)).toEqual([...names(house.agents), "Mine", "Second"]);
    expect(joined.name).not.toBe(house.name);
    const both = await plan("--rounds", "5", "--agents", join(dir, "agents.json"), "--with", mine);
    expect(names(both.agents)).toEqual(["A", "Mine", "Second"]);

    await writeFile(mine, '[{"name": "AlphaBot", "strategy": "swing"}, {"name": "Alpha8ot", "strategy": "swing"}]');
    await expect(plan("--with", mine)).rejects.toThrow(
      /^\S+mine.json: 0.name is "AlphaBot", which an agent of the field is named$/,
    );
    await writeFile(mine, '[{"name": "AIphaBot", "strategy": "swing"}]');
    await expect(plan("--with", mine)).rejects.toThrow(/is "AIphaBot", which looks like "AlphaBot" of the field$/);
    await expect(plan("--with", join(dir, "none.json"))).rejects.toThrow("there is no such file");
  });

  test("is refused with the errors of its folder or its agents", async () => {
    await expect(plan("--candles", join(dir, "none"))).rejects.toThrow("there is no such file or folder");
    await expect(plan("--candles", dir, "--rounds", "11")).rejects.toThrow("only 10 rounds");
    await expect(plan("--agents", join(dir, "bad.json"))).rejects.toThrow("must be a JSON array");
    await expect(plan("--agents", join(dir, "none.json"))).rejects.toThrow("there is no such file");
  });
});

describe("the report of a tournament", () => {
  const item = {
    rank: 1,
    agent: "AlphaBot",
    baseline: false,
    equity: "512.34567891",
    return: "0.02469136",
    max_drawdown: -0.0123,
    sharpe: 1.5,
    rounds: 30,
    market_days: 2,
    trades: 1_234,
    fees: "0.5",
  };
  const result = {
    counts: {
      rounds: 2,
      entries: 2,
      decisions_made: 3,
      decisions_held: 1,
      trades: 3,
      orders_refused: 1,
      tasks: { SUCCESS: 4 },
    },
    leaderboard: [item, { ...item, rank: null, agent: "Cash", baseline: true, sharpe: null }],
    ledger: { ok: true, checked: 99, failures: 0, errors: [] },
    hash: "ab",
  };
  const timing = { elapsedMs: 2_000.4, decisions: 4 };

  test("as JSON is one line with every figure", () => {
    const line = jsonLine(result, timing);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      rounds: 2,
      entries: 2,
      decisions: 4,
      decisions_made: 3,
      decisions_held: 1,
      trades: 3,
      orders_refused: 1,
      ledger: { ok: true, checked: 99, errors: [] },
      tasks: { SUCCESS: 4 },
      leaderboard: result.leaderboard,
      hash: "ab",
      elapsed_ms: 2000,
      decisions_per_second: 2,
    });
  });

  test("cuts money to two places and never rounds it up, and gives baselines no rank", () => {
    const text = reportText(result, timing);
    expect(text).toMatch(/1 │ AlphaBot +│ +512\.34 │ +2\.47 % │ +-1\.23 % │ +1\.50 │ +1,234 │ 0\.50/);
    expect(text).toMatch(/– │ Cash \(baseline\) │/);
    expect(text).toContain("Ledger     exact: 99 values compared");
  });

  test("leaves out a Sharpe ratio of some minutes", () => {
    const leaderboard = [{ ...item, rounds: 263, market_days: (263 * 5) / 86_400 }];
    expect(reportText({ ...result, leaderboard }, timing)).toMatch(/AlphaBot .* -1\.23 % │ +– │ +1,234/);
  });

  test("names the rows that are wrong", () => {
    const error = { table: "trades", key: "k", expected: "1", found: "2", sentence: "trades k: fee is 2, must be 1" };
    const text = reportText({ ...result, ledger: { ok: false, checked: 99, failures: 3, errors: [error] } }, timing);
    expect(text).toMatch(/Ledger {5}WRONG: 3 of 99 values\n +trades k: fee is 2, must be 1\n +… and 2 more$/);
  });

  test("shows progress in a log as one line a tenth", () => {
    const written: string[] = [];
    const progress = lines({ write: (line) => written.push(line) }, "Rounds", 40, "rounds");
    for (let done = 0; done <= 40; done++) progress.update(done, "9 decisions/s");
    expect(written).toHaveLength(11);
    expect(written[1]).toBe("Rounds: 4 of 40 rounds, 9 decisions/s\n");
  });
});
