import { expect, test } from "vitest";
import { boardLine, boardLines, type Standing } from "../../../src/cli/live-view.ts";
import { Screen } from "../../../src/cli/screen.ts";
import { parseStartArgs } from "../../../src/cli/start/args.ts";

test("a variable lets webhooks go to this machine", () => {
  expect(parseStartArgs([], { WEBHOOK_LOOPBACK: "true" })).toMatchObject({ options: { webhookLoopback: true } });
  expect(parseStartArgs([], { WEBHOOK_LOOPBACK: "yes" })).toMatchObject({ code: 2 });
});

test("--llm-url enters models, and the key comes from a variable of the shell", () => {
  const argv = ["--llm-url", "https://models.example:8443/v1", "--llm-model", "large", "--llm-key-env", "MY_KEY"];
  expect(parseStartArgs(argv, { MY_KEY: "secret" })).toMatchObject({
    options: { model: { url: argv[1], name: "large", key: "secret", host: "models.example:8443", loopback: false } },
  });
  const local = ["--llm-url", "http://127.0.0.1:11434/v1", "--llm-model", "small"];
  expect(parseStartArgs(local, {})).toMatchObject({
    options: { model: { key: null, host: "127.0.0.1:11434", loopback: true } },
  });
});

test.each([
  [["--llm-model", "x"], "need --llm-url"],
  [["--llm-url", "http://127.0.0.1:1/v1"], "needs --llm-model"],
  [["--llm-url", "ftp://a/v1", "--llm-model", "x"], "It must be an address"],
  [["--llm-url", "https://user:secret@a.example/v1", "--llm-model", "x"], "It must be an address"],
  [
    ["--llm-url", "https://a.example/v1", "--llm-model", "x", "--llm-key-env", "NONE"],
    "NONE of --llm-key-env is not set",
  ],
])("a model needs %j", (argv, sentence) => {
  expect(parseStartArgs(argv, {})).toEqual({ kind: "stop", code: 2, text: expect.stringContaining(sentence) });
});

test("without arguments, npm start means its defaults", () => {
  expect(parseStartArgs([], {})).toEqual({
    kind: "run",
    options: {
      intervalSeconds: null,
      market: null,
      model: null,
      venueUrls: {},
      webhookLoopback: false,
      port: 8787,
      dataDir: ".agonus",
      reset: false,
      yes: false,
      json: false,
      watch: false,
      logLevel: "info",
    },
  });
  expect(parseStartArgs(["--interval", "1m", "--port=9000", "--json", "--reset"], {})).toMatchObject({
    kind: "run",
    options: { intervalSeconds: 60, port: 9000, json: true, reset: true },
  });
});

test.each([
  [["--interval", "soon"], "'--interval <time>' argument 'soon' is invalid. It must be a length of time"],
  [["--interval", "2w"], "1w at most"],
  [["--port", "99999"], "It must be a whole number from 1 to 65535."],
  [["--log-level", "loud"], "Allowed choices are debug"],
  [["--market", "nasdaq"], "Allowed choices are synthetic, coinbase, kraken, binance"],
  [["--market", "kraken", "--interval", "5s"], "A live venue has rounds of 1m, 5m, 15m, 1h, 4h or 1d"],
  [["--venue-url", "kraken"], "It must be a venue and its address"],
  [["--prot", "1"], "Unknown option '--prot'\n(Did you mean --port?)\nExample: npm start -- --interval"],
  [["9000"], "Too many arguments. Expected 0 arguments but got 1: 9000."],
  [["--port"], "'--port <number>' argument missing"],
  [["--data", "--json"], "It must be a path"],
])("bad arguments %j are answered by a sentence", (argv, sentence) => {
  expect(parseStartArgs(argv, {})).toEqual({ kind: "stop", code: 2, text: expect.stringContaining(sentence) });
});

test("the last value of a flag that is given twice counts", () => {
  expect(parseStartArgs(["--port", "1", "--port", "2"], {})).toMatchObject({ options: { port: 2 } });
});

test("--help names every flag and ends with 0", () => {
  const parsed = parseStartArgs(["--help"], {});
  expect(parsed).toMatchObject({ kind: "stop", code: 0 });
  const text = parsed.kind === "stop" ? parsed.text : "";
  for (const flag of [
    "interval",
    "market",
    "venue-url",
    "llm-url",
    "llm-model",
    "llm-key-env",
    "port",
    "data",
    "reset",
    "json",
    "watch",
    "log-level",
  ])
    expect(text).toContain(`--${flag}`);
});

test("a flag that npm took for itself is never dropped: the right command is shown", () => {
  const kept = { npm_config_port: "true", npm_config_reset: "true", npm_config_log_level: "" };
  const text = expect.stringContaining("Write: npm start -- --port <number> --reset\n");
  expect(parseStartArgs(["9000"], kept)).toEqual({ kind: "stop", code: 2, text });
  const dev = { npm_config_port: "9000", npm_lifecycle_event: "dev" };
  expect(parseStartArgs(["--watch"], dev)).toMatchObject({ text: expect.stringContaining("npm run dev -- --port") });
  expect(parseStartArgs(["--json"], { npm_config_json: "true" }), "a setting of .npmrc").toMatchObject({ kind: "run" });
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
  screen.printLine("said");
  screen.draw(["three"]);
  expect(text).toBe("one\ntwo\n\x1b[2A\x1b[0Jsaid\none\ntwo\n\x1b[2A\x1b[0Jthree\n");
});
