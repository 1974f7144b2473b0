import { expect, test } from "vitest";
import { boardLine, boardLines, type Standing } from "../../src/cli/live-view.ts";
import { Screen } from "../../src/cli/screen.ts";
import { parseStartArgs } from "../../src/cli/start-args.ts";

test("without arguments, npm start means its defaults", () => {
  expect(parseStartArgs([])).toEqual({
    kind: "run",
    options: {
      intervalSeconds: null,
      port: 8787,
      dataDir: ".agonus",
      reset: false,
      json: false,
      watch: false,
      logLevel: "info",
    },
  });
  expect(parseStartArgs(["--interval", "1m", "--port=9000", "--json", "--reset"])).toMatchObject({
    kind: "run",
    options: { intervalSeconds: 60, port: 9000, json: true, reset: true },
  });
});

test.each([
  [["--interval", "soon"], "--interval soon: must be a length of time"],
  [["--interval", "2d"], "of 1d at most"],
  [["--port", "99999"], "must be a whole number from 1 to 65535"],
  [["--log-level", "loud"], "must be one of debug"],
  [["--prot", "1"], "--prot: there is no such option; there are --interval"],
  [["9000"], "9000: every value needs its option before it"],
  [["--port"], "--port"],
])("bad arguments %j are answered by a sentence", (argv, sentence) => {
  const parsed = parseStartArgs(argv);
  expect(parsed.kind).toBe("bad");
  expect(parsed.kind === "bad" ? parsed.errors.join("\n") : "").toContain(sentence);
});

const standing: Standing = {
  status: "live",
  round: 12,
  places: [
    {
      rank: 1,
      rank_change: 2,
      agent: "AlphaBot",
      baseline: false,
      equity: "512.34567890",
      return: "0.0246",
      trades: 3,
    },
    { rank: 2, rank_change: -1, agent: "SafeHaven", baseline: false, equity: "499.5", return: "-0.001", trades: 1 },
    { rank: null, rank_change: null, agent: "Cash", baseline: true, equity: "500", return: "0", trades: 0 },
  ],
};

test("the live board fits into the terminal, whatever its size", () => {
  expect(boardLines(standing, 80, 24)).toEqual([
    "Live · round 12 is settled",
    "rank   agent         equity    return trades",
    "   1 ▲ AlphaBot      512.34   +2.46 %      3",
    "   2 ▼ SafeHaven     499.50   -0.10 %      1",
    "   –   Cash          500.00    0.00 %      0 baseline",
  ]);
  for (const [columns, rows] of [[30, 6] as const, [200, 5] as const]) {
    const lines = boardLines(standing, columns, rows);
    expect(lines.length).toBeLessThan(rows);
    expect(lines.every((line) => line.length < columns)).toBe(true);
  }
  expect(boardLine(standing)).toBe(
    "Round 12: 1. AlphaBot 512.34 (+2.46 %), 2. SafeHaven 499.50 (-0.10 %); 4 trades so far",
  );
});

test("a line that is said stays above the board", () => {
  let text = "";
  const screen = new Screen({ write: (more) => (text += more) });
  screen.draw(["one", "two"]);
  screen.say("said");
  screen.draw(["three"]);
  expect(text).toBe("one\ntwo\n\x1b[2A\x1b[0Jsaid\none\ntwo\n\x1b[2A\x1b[0Jthree\n");
});
