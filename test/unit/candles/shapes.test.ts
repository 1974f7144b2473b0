/** Each shape that people have gives the same candles, by the command line. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTournamentArgs } from "../../../src/cli/tournament/args.ts";
import { planTournament, type TournamentPlan } from "../../../src/cli/tournament/plan.ts";
import {
  candles,
  FIRST,
  type Made,
  marketOf,
  ours,
  type ShapeName,
  STEP,
  shapes,
  writeFiles,
  zipOf,
} from "../../support/candles/files.ts";

let dir: string;
let out: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agonus-shapes-"));
  out = join(dir, "out");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const rows = marketOf(60);
const names = Object.keys(shapes) as ShapeName[];
const written = (symbol = "BTC-USDT", interval = "5m") => readFile(join(out, `${symbol}.${interval}.csv`), "utf8");

describe("the import", () => {
  test.each(names)("gives the same candles of the shape %s", async (name) => {
    const { name: nameOf, content } = shapes[name];
    await writeFiles(join(dir, "in"), { [nameOf("BTC", "USDT")]: content(rows, "BTC", "USDT") });
    const said = await candles("import", join(dir, "in"), "--out", out);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(await written()).toBe(ours(rows));
    expect(await readdir(out)).toEqual(["BTC-USDT.5m.csv"]);
  });

  test("says what it found: shape, spans, rows that were put right and left out", async () => {
    const { site } = shapes;
    const content = site.content(rows, "BTC", "USDT");
    await writeFiles(dir, { "Binance_BTCUSDT_5m.csv": content, "notes.md": "# about these files\n" });
    const { out: said } = await candles("import", dir, "--out", out, "--json");
    const report = JSON.parse(said);
    expect(report.series).toEqual([
      {
        symbol: "BTC-USDT",
        interval: "5m",
        file: join(out, "BTC-USDT.5m.csv"),
        files: [join(dir, "Binance_BTCUSDT_5m.csv")],
        shapes: ["CryptoDataDownload"],
        candles: 60,
        first_open_at: new Date(FIRST).toISOString(),
        last_open_at: new Date(FIRST + 59 * STEP).toISOString(),
        duplicates: 0,
        filled: 0,
        gaps: 0,
        missing: 0,
        swapped_volumes: 12,
        zero_rows: 1,
        open_candles: 0,
        jumps: 0,
        assumed_utc: false,
        sorted: true,
      },
    ]);
    expect(report.unused).toEqual([
      { file: join(dir, "notes.md"), reason: '"# about these files" is no row of a table of candles' },
    ]);
  });

  test("joins the months of a dump, whose unit changes from ms to µs, with some rows in both", async () => {
    const month = (from: number, to: number) => shapes.binance.content(rows.slice(from, to), "BTC", "USDT");
    await writeFiles(dir, { "BTCUSDT-5m-2025-01.csv": month(45, 60), "BTCUSDT-5m-2024-12.csv": month(0, 50) });
    const { code, out: said } = await candles(
      "import",
      join(dir, "BTCUSDT-5m-2025-01.csv"),
      join(dir, "BTCUSDT-5m-2024-12.csv"),
      "--out",
      out,
    );
    expect(code).toBe(0);
    expect(said).toContain("5 candles stood there twice");
    expect(await written()).toBe(ours(rows));
    expect(rows.some(([time]) => time >= Date.parse("2025-01-01"))).toBe(true);
  });

  test("reads seconds, ms, µs and ns, and tells that a time without a zone is UTC", async () => {
    const scaled = (zeros: number) =>
      rows.map(([t, ...rest]) => [zeros < 0 ? t / 1000 : `${t}${"0".repeat(zeros)}`, ...rest].join(","));
    for (const zeros of [-1, 0, 3, 6]) {
      await writeFiles(dir, { "BTC-USDT.csv": ["unix,o,h,l,c,v", ...scaled(zeros)].join("\n") });
      expect(await candles("import", join(dir, "BTC-USDT.csv"), "--out", out)).toMatchObject({ code: 0 });
      expect(await written()).toBe(ours(rows));
    }
    const naive = rows.map(([t, ...rest]) =>
      [new Date(t).toISOString().slice(0, 19).replace("T", " "), ...rest].join(","),
    );
    await writeFiles(dir, { "BTC-USDT.csv": ["datetime,open,high,low,close,volume", ...naive].join("\n") });
    const { out: said } = await candles("import", join(dir, "BTC-USDT.csv"), "--out", out);
    expect(said).toContain("times without a zone were read as UTC");
    expect(await written()).toBe(ours(rows));
  });

  test("takes exponents and 18 places exactly", async () => {
    const tiny: Made[] = [
      [FIRST, "0.00009417", "0.111999999999999994", "0.00000129", "0.11199999999999999", "1500000000"],
      [FIRST + STEP, "0.11199999999999999", "0.12", "0.1", "0.11", "0"],
    ];
    const text = `[[${FIRST}, 9.417e-05, 0.111999999999999994, 1.29e-06, 0.11199999999999999, 1.5e9], [${FIRST + STEP}, 0.11199999999999999, 0.12, 0.1, 1.1E-1, 0.0]]`;
    await writeFiles(dir, { "1000PEPE_USDT-5m.json": text });
    const accepted = await candles("import", join(dir, "1000PEPE_USDT-5m.json"), "--out", out, "--accept-jumps");
    expect(accepted.code, accepted.err).toBe(0);
    expect(await written("1000PEPE-USDT")).toBe(ours(tiny));
  });

  test.each([
    ["DYDX_USDT-5m.json", "DYDX-USDT"],
    ["HTX-USDT-5m.json", "HTX-USDT"],
    ["kraken_USDT_USD-5m.json", "USDT-USD"],
    ["binance-spot-BTCUSDT-5m.json", "BTC-USDT"],
    ["klines BTCUSDT 5m.json", "BTC-USDT"],
    ["2025-01-BTCUSDT-5m.json", "BTC-USDT"],
    ["5m_BTCUSDT.json", "BTC-USDT"],
    ["ETHXBT_5.json", "ETH-BTC"],
    ["XXBTZUSD_5.json", "BTC-USD"],
    ["XTZUSD_5.json", "XTZ-USD"],
    ["1INCH_USDT-5m.json", "1INCH-USDT"],
    ["币安人生USDT-5m-2025-11.json", "币安人生-USDT"],
    ["1000sats_usdt_perp_2025_5min.json", "1000SATS-USDT"],
    ["BTC_USDT:USDT-1M.json", "BTC-USDT"],
  ])("reads the name %s as %s", async (name, symbol) => {
    await writeFiles(dir, { [name]: shapes.ccxt.content(rows, "", "") });
    expect(await candles("import", join(dir, name), "--out", out)).toMatchObject({ code: 0, err: "" });
    expect(await written(symbol)).toBe(ours(rows));
  });

  test("takes Kraken's answer by its key, whatever its own name for the file is", async () => {
    const { content } = shapes.krakenAnswer;
    await writeFiles(dir, { "XXBTZUSD.json": content(rows, "BTC", "USD"), "answer.json": content(rows, "ETH", "BTC") });
    await writeFiles(dir, { "answer.json": String(content(rows, "ETH", "BTC")).replace('"ETHBTC"', '"XETHXXBT"') });
    expect(await candles("import", dir, "--out", out)).toMatchObject({ code: 0, err: "" });
    expect([await written("BTC-USD"), await written("ETH-BTC")]).toEqual([ours(rows), ours(rows)]);
  });

  test("unpacks an archive of an archive's shape by its bytes, whatever its name says", async () => {
    await writeFiles(dir, { "BTC-USDT.5m.csv": gzipSync(ours(rows)) });
    expect(await candles("import", join(dir, "BTC-USDT.5m.csv"), "--out", out)).toMatchObject({ code: 0 });
    expect(await written()).toBe(ours(rows));
  });

  test("unpacks a .gz inside a .zip", async () => {
    const packed = gzipSync(String(shapes.binance.content(rows, "BTC", "USDT")));
    await writeFiles(dir, { "months.zip": zipOf({ "BTCUSDT-5m-2025-01.csv.gz": packed }) });
    expect(await candles("import", dir, "--out", out)).toMatchObject({ code: 0, err: "" });
    expect(await written()).toBe(ours(rows));
  });

  test("takes members of objects in any order, and two spellings of one symbol", async () => {
    const objects = rows.map(([time, open, high, low, close, volume], n) =>
      n % 2 === 0
        ? { time, symbol: "BTC/USDT", open, high, low, close, volume }
        : { volume, close, low, high, open, symbol: "BTCUSDT", time },
    );
    await writeFiles(dir, { "answer.json": JSON.stringify(objects) });
    expect(await candles("import", dir, "--out", out)).toMatchObject({ code: 0, err: "" });
    expect(await written()).toBe(ours(rows));
  });

  test("keeps the column filled of a file that has it", async () => {
    const marked = ours(rows)
      .split("\n")
      .map((line, n) => (line === "" ? line : `${line},${n === 0 ? "filled" : n === 3 ? 1 : 0}`))
      .join("\n");
    await writeFiles(dir, { "BTC-USDT.5m.csv": marked });
    await candles("import", join(dir, "BTC-USDT.5m.csv"), "--out", out);
    expect(await written()).toBe(marked);
  });

  test.each([
    ["days that open at 16:00 UTC", "BTCUSDT_1d.csv", 86_400_000, Date.parse("2024-01-01T16:00:00Z"), "1d"],
    ["weeks that open on Monday", "XBTUSDT_10080.csv", 604_800_000, Date.parse("2024-01-01T00:00:00Z"), "1w"],
    ["three days off the grid of the epoch", "BTC-USDT.3d.csv", 259_200_000, Date.parse("2024-01-02T00:00:00Z"), "3d"],
    ["240m", "BTCUSDT-240m.csv", 14_400_000, FIRST, "4h"],
    ["60m", "BTC_USDT_60m.csv", 3_600_000, FIRST, "1h"],
  ])("takes %s", async (_, name, step, first, interval) => {
    const own = marketOf(20, 1, first, step);
    await writeFiles(dir, { [name]: ours(own) });
    expect(await candles("import", join(dir, name), "--out", out)).toMatchObject({ code: 0, err: "" });
    expect(await written("BTC-USDT", interval)).toBe(ours(own));
  });
});

describe("list and check", () => {
  test("show symbols, intervals, spans and gaps; check refuses what a tournament can't run on", async () => {
    await writeFiles(dir, {
      "BTCUSDT-5m-2025-01.csv": shapes.binance.content(rows, "BTC", "USDT"),
      "ETHUSDT_5.csv": shapes.kraken.content(
        rows.filter((_, n) => n < 20 || n > 22),
        "ETH",
        "USDT",
      ),
    });
    const list = await candles("list", dir);
    expect(list.code).toBe(0);
    expect(list.out).toMatch(/BTC-USDT │ +5m │ +60 │ 2024-12-31 20:00 UTC │ 2025-01-01 00:55 UTC │ +0 │/);
    expect(list.out).toMatch(/ETH-USDT │ +5m │ +57 │ .* │ +1 │/);
    const check = await candles("check", dir, "--json");
    expect(check.code).toBe(2);
    const { ok, faults, series } = JSON.parse(check.out);
    expect({ ok, symbols: series.map(({ symbol }: { symbol: string }) => symbol) }).toEqual({
      ok: false,
      symbols: ["BTC-USDT", "ETH-USDT"],
    });
    expect(faults).toEqual([
      `${join(dir, "ETHUSDT_5.csv")} line 21: before it 3 candles are missing of ETH-USDT 5m (2024-12-31 21:40 UTC to 2024-12-31 21:50 UTC); --fill flat fills them with the last close and volume 0`,
    ]);
    await rm(join(dir, "ETHUSDT_5.csv"));
    expect(await candles("check", dir)).toMatchObject({ code: 0 });
  });

  test("have a help each, and refuse what is no command", async () => {
    expect(await candles("--help")).toMatchObject({ code: 0, out: expect.stringContaining("import FILES…") });
    expect(await candles("import", "--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("--accept-jumps"),
    });
    expect(await candles("imprt")).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no command 'imprt'"),
    });
    expect(await candles("check")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Missing required argument"),
    });
  });
});

async function planOf(folder: string, ...argv: string[]): Promise<TournamentPlan | readonly string[]> {
  const args = parseTournamentArgs(["--candles", folder, "--rounds", "10", ...argv]);
  if (args.kind !== "run") throw new Error(args.text);
  const planned = await planTournament(args.options);
  if (planned.kind === "bad") return planned.errors;
  await planned.plan.close();
  return planned.plan;
}

test("ten files in ten shapes of one market are the tournament that our own CSV of it is", async () => {
  const bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT", "AVAX", "LINK", "LTC", "ATOM"];
  const ten: ShapeName[] = [
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
  ];
  const market = bases.map((base, n) => ({ base, made: marketOf(140, n + 1) }));
  await writeFiles(
    join(dir, "own"),
    Object.fromEntries(market.map(({ base, made }) => [`${base}-USDT.5m.csv`, ours(made)])),
  );
  const mixed = market.map(({ base, made }, n) => {
    const shape = shapes[ten[n] ?? "ours"];
    return [shape.name(base, "USDT"), shape.content(made, base, "USDT")] as const;
  });
  await writeFiles(join(dir, "mixed"), Object.fromEntries(mixed));
  const [own, other] = [await planOf(join(dir, "own")), await planOf(join(dir, "mixed"))];
  expect("name" in own ? own.notes : own).toEqual([]);
  // The name holds a hash of everything that decides the outcome, the candles among it.
  expect("name" in other ? { name: other.name, symbols: other.symbols } : other).toEqual(
    "name" in own ? { name: own.name, symbols: own.symbols } : own,
  );
});

describe("a tournament on files", () => {
  const of = (from: number, to: number, without: readonly number[] = []) =>
    ours(marketOf(400).filter((_, n) => n >= from && n < to && !without.includes(n)));

  test("runs on what all symbols share, and says which", async () => {
    await writeFiles(dir, { "BTC-USDT.5m.csv": of(0, 300), "ETH-USDT.5m.csv": of(40, 400) });
    const plan = await planOf(dir);
    if (!("name" in plan)) throw new Error(plan.join());
    expect(plan.startsAt).toBe(FIRST + 160 * STEP);
    // The report is open to all, so it has no path of this machine.
    expect(plan.source).toMatchObject({
      candles: { report: { series: [{ files: ["BTC-USDT.5m.csv"] }, { files: ["ETH-USDT.5m.csv"] }], unused: [] } },
    });
    expect(plan.source).toMatchObject({ candles: { firstOpenAt: FIRST + 40 * STEP, lastOpenAt: FIRST + 299 * STEP } });
    expect(plan.notes).toEqual([
      expect.stringMatching(
        /^All symbols have candles from 2024-12-31 23:20 UTC to .*; the tournament runs on what they share\. BTC-USDT goes from/,
      ),
    ]);
  });

  test("minds no gap outside of its span, and refuses one inside by its first line and its number", async () => {
    await writeFiles(dir, { "BTC-USDT.5m.csv": of(0, 400, [5, 300]), "ETH-USDT.5m.csv": of(0, 400) });
    const start = ["--start", new Date(FIRST + 150 * STEP).toISOString()];
    const plan = await planOf(dir, ...start);
    expect(plan).toMatchObject({
      source: { candles: { firstOpenAt: FIRST + 6 * STEP, lastOpenAt: FIRST + 299 * STEP } },
    });
    const refused = await planOf(dir);
    expect(refused).toEqual([
      expect.stringMatching(
        /BTC-USDT\.5m\.csv line 7: before it 1 candle is missing of BTC-USDT 5m \(2024-12-31 20:25 UTC\); --fill flat/,
      ),
    ]);
    const filled = await planOf(dir, "--fill", "flat");
    expect(filled).toMatchObject({
      source: { candles: { firstOpenAt: FIRST, lastOpenAt: FIRST + 399 * STEP } },
      notes: ["BTC-USDT: 2 filled candles"],
    });
  });

  test("uses every file, or names it with the reason", async () => {
    await writeFiles(dir, {
      "BTC-USDT.5m.csv": of(0, 140),
      "README.md": "Candles of a friend",
      "BTC-USDT.5m.feather": "ARROW1 and so on",
      "trades.csv": "id,price,amount\n1,2,3\n",
      "sub/ETH-USDT.5m.csv": of(0, 140),
      ".DS_Store": "\0\0\0\u0001Bud1",
      "empty.csv": "",
    });
    const plan = await planOf(dir);
    expect("name" in plan ? plan.notes : plan).toEqual([
      expect.stringMatching(/sub: not used: is a folder/),
      expect.stringMatching(/\.DS_Store: not used: is no text/),
      expect.stringMatching(/BTC-USDT\.5m\.feather: not used: is a Feather file/),
      expect.stringMatching(/README\.md: not used: "Candles of a friend" is no row/),
      expect.stringMatching(/empty\.csv: not used: is empty/),
      expect.stringMatching(/trades\.csv: not used: the header has no column for time, open, high, low, close, volume/),
    ]);
  });

  test("asks for the symbol by a command where nothing says it, and takes it from a volume column", async () => {
    await writeFiles(dir, { "ETHBUSD-5m-2025-01.csv": shapes.binance.content(rows, "ETH", "BUSD") });
    expect(await planOf(dir)).toEqual([
      `${join(dir, "ETHBUSD-5m-2025-01.csv")}: can be ETH-BUSD or ETHB-USD. This says it, and the tournament then runs on the folder that it writes: npm run candles -- import ${join(dir, "ETHBUSD-5m-2025-01.csv")} --symbol ETH-BUSD`,
    ]);
    const said = await candles("import", dir, "--out", out);
    expect(said).toMatchObject({
      code: 2,
      err: expect.stringContaining("can be ETH-BUSD or ETHB-USD. Say it by --symbol ETH-BUSD"),
    });
    expect(await candles("import", dir, "--out", out, "--symbol", "eth/busd")).toMatchObject({ code: 0 });
    expect(await written("ETH-BUSD")).toBe(ours(rows));
    await writeFiles(join(dir, "site"), {
      "Binance_ETHBUSD_5m.csv": String(shapes.site.content(rows, "ETH", "BUSD")).replaceAll("ETH/BUSD", "ETHBUSD"),
    });
    expect(await candles("import", join(dir, "site"), "--out", out)).toMatchObject({ code: 0, err: "" });
  });

  test("takes those of one interval where there are several, and names the others", async () => {
    const hours = ours(marketOf(140, 1, FIRST, 3_600_000));
    await writeFiles(dir, { "XBTUSD_60.csv": hours, "XBTUSD_5.csv": of(0, 140) });
    expect(await planOf(dir)).toEqual([
      expect.stringMatching(/XBTUSD_5\.csv and .*XBTUSD_60\.csv differ in interval; --interval 5m takes/),
    ]);
    const plan = await planOf(dir, "--interval", "1h");
    expect(plan).toMatchObject({
      symbols: ["BTC-USD"],
      intervalSeconds: 3_600,
      notes: [expect.stringMatching(/XBTUSD_5\.csv: not used: has candles of 5m, not of 1h/)],
    });
  });
});
