/** What may be wrong in a file, and what happens then, by the command line. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importFiles } from "../../../src/cli/candles/import.ts";
import { runCandles } from "../../../src/cli/candles.ts";
import { candles, FIRST, marketOf, OURS, ours, STEP, shapes, writeFiles, zipOf } from "../../support/candles/files.ts";

let dir: string;
let out: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agonus-faults-"));
  out = join(dir, "out");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const NAME = "BTC-USDT.5m.csv";
const at = (n: number) => FIRST + n * STEP;
const line = (n: number, rest = "100,110,90,105,1.5") => `${at(n)},${rest}`;
const file = (...lines: readonly string[]) => [OURS, ...lines].join("\n");

/** The sentences of an import, without the folder. Nothing may be left behind. */
async function faultOf(content: string | Uint8Array, name = NAME, ...flags: string[]): Promise<string> {
  await writeFiles(join(dir, "in"), { [name]: content });
  const { code, out: said, err } = await candles("import", join(dir, "in", name), "--out", out, ...flags);
  const left = await readdir(out).catch(() => []);
  expect({ code, said, left }).toEqual({ code: 2, said: "", left: [] });
  return err.trimEnd().replaceAll(`${join(dir, "in")}/`, "");
}

async function imported(content: string | Uint8Array, name = NAME, ...flags: string[]): Promise<string> {
  await writeFiles(join(dir, "in"), { [name]: content });
  const { code, err } = await candles("import", join(dir, "in", name), "--out", join(dir, "done"), ...flags);
  expect(err).toBe("");
  expect(code).toBe(0);
  return readFile(join(dir, "done", NAME), "utf8");
}

describe("a row that is wrong is refused with its file and line", () => {
  test.each<[string, string, RegExp]>([
    ["an empty file", "", /^BTC-USDT\.5m\.csv: is empty$/],
    ["blank lines alone", "\n\n", /^BTC-USDT\.5m\.csv: is empty$/],
    ["a header alone", OURS, /^BTC-USDT\.5m\.csv: has no candles$/],
    [
      "a column too few in the header",
      "open_time,open,high,low,volume\n",
      /line 1: the header has no column for close; it is "open_time,open,high,low,volume"$/,
    ],
    [
      "two columns of one name",
      "time,open,high,low,close,volume,close\n1",
      /line 1: the header has two columns named "close"$/,
    ],
    [
      "a row without a header of an unknown length",
      `${at(0)},1,2,3\n`,
      /line 1: a row without a header has 4 fields; taken are 6 \(time, open.*7 \(Kraken.*12 \(Binance/,
    ],
    ["a field too few", file(line(0), line(1, "1,2,3,4")), /line 3: expected 6 fields but found 5$/],
    ["a field too many", file(line(0, "100,110,90,105,1,9")), /line 2: expected 6 fields but found 7$/],
    ["a blank line in the middle", file(line(0), "", line(1)), /line 3: is blank, and candles follow it$/],
    ["a word for a number", file(line(0, "abc,110,90,105,1")), /line 2: open is "abc", not a plain decimal number$/],
    ["an empty field", file(line(0, "100,110,90,,1")), /line 2: close is empty$/],
    ["an empty volume", file(line(0, "100,110,90,105,")), /line 2: volume is empty$/],
    ["a negative price", file(line(0, "100,110,-90,105,1")), /line 2: low is -90; it can't be negative$/],
    ["a negative volume", file(line(0, "100,110,90,105,-1")), /line 2: volume is -1; it can't be negative$/],
    ["a price of zero", file(line(0, "100,110,0.00,105,1")), /line 2: low is 0; a price must be above zero$/],
    ["a price that is NaN", file(line(0, "100,NaN,90,105,1")), /line 2: high is "NaN", not a plain decimal number$/],
    ["a hexadecimal number", file(line(0, "0x1F,110,90,105,1")), /line 2: open is "0x1F", not a plain/],
    ["a thousands separator", file(line(0, '"1,000",1100,900,1050,1')), /line 2: open is "1,000", not a plain/],
    ["a high below the low", file(line(0, "100,80,90,105,1")), /line 2: high 80 is below low 90$/],
    ["a high below the close", file(line(0, "100,104.9,90,105,1")), /line 2: high 104\.9 is below close 105$/],
    ["a low above the open", file(line(0, "100,110,101,105,1")), /line 2: low 101 is above open 100$/],
    [
      "a high below the open in the last of 19 digits",
      file(line(0, "1.000000000000000002,1.000000000000000001,1,1,1")),
      /line 2: high 1\.000000000000000001 is below open/,
    ],
    [
      "19 places",
      file(line(0, "1.0000000000000000001,2,1,1,1")),
      /line 2: open is 1\.0000000000000000001; at most 20 digits before and 18 after the point are stored, and nothing is rounded$/,
    ],
    [
      "an exponent that makes 22 places",
      file(line(0, "1.2956000000000001e-06,2,0.000001,1,1")),
      /line 2: open is 1\.2956000000000001e-06; at most 20 digits/,
    ],
    ["21 digits", file(line(0, "1,2,1,1,100000000000000000000")), /line 2: volume is 1000.*at most 20 digits before/],
    [
      "a time that is no time",
      file("noon,100,110,90,105,1"),
      /line 2: the time is "noon", not a time from 1973 to 2199: an ISO time with year, month and day/,
    ],
    [
      "a time that begins with the day",
      file("31/12/2024 20:00,100,110,90,105,1"),
      /line 2: the time is "31\/12\/2024 20:00", not a time/,
    ],
    [
      "a number of the row for a time",
      file("0,100,110,90,105,1"),
      /line 2: the time is 0, which is before 1973 in any unit$/,
    ],
    [
      "a time within a millisecond",
      file(`${at(0)}123,100,110,90,105,1`),
      /line 2: the time is \d+, which is no whole number of milliseconds$/,
    ],
    [
      "a quotation mark without an end",
      file(`${at(0)},"100,110,90,105,1`),
      /line 2: has a quotation mark that does not end on the line$/,
    ],
    ["a header in the midst", file(line(0), OURS, line(1)), /line 3: the time is "open_time"/],
    [
      "rows of two symbols",
      `symbol,${OURS}\nBTC/USDT,${line(0)}\nETH/USDT,${line(1)}`,
      /line 3: has ETH\/USDT, and the rows before it BTC\/USDT; a file must have one symbol$/,
    ],
    ["a mark that is neither 0 nor 1", `${OURS},filled\n${line(0)},yes`, /line 2: filled is "yes"; it must be 0 or 1$/],
    [
      "another symbol in the column than in the name",
      `symbol,${OURS}\nETH/USDT,${line(0)}`,
      /is BTC-USDT by its name and ETH-USDT by its content/,
    ],
    [
      "a line without an end",
      "x".repeat(200_000),
      /line 1: is longer than 100000 characters, so it is no line of a table$/,
    ],
  ])("%s", async (_, content, sentence) => {
    expect(await faultOf(content)).toMatch(sentence);
  });

  test("and the first five of many stand for the others", async () => {
    const sentences = (await faultOf(file(...Array.from({ length: 9 }, (_, n) => line(n, "x,1,1,1,1"))))).split("\n");
    expect(sentences).toHaveLength(6);
    expect(sentences[5]).toBe(`${NAME}: more faults from line 7 on, not listed`);
  });

  test.each<[string, string, RegExp]>([
    [
      "a file that ends in its middle",
      `[[${at(0)},1,2,1,1,1],[${at(1)},1,2`,
      /row 1: the file ends in the middle of its rows$/,
    ],
    ["rows of an unknown length", `[[${at(0)},1,2,1,1]]`, /row 1: has 5 fields; rows of 6 \(ccxt.* are taken$/],
    ["a row of another length", `[[${at(0)},1,2,1,1,1],[${at(1)},1,2,1,1]]`, /row 2: expected 6 fields but found 5$/],
    ["null for a price", `[[${at(0)},1,2,1,null,1]]`, /row 1: close is "null", not a plain decimal number$/],
    [
      "a list in a row",
      `[[${at(0)},1,2,1,1,1],[${at(1)},[1],2,1,1,1]]`,
      /row 2: must be a flat list of numbers and texts$/,
    ],
    [
      "a missing comma",
      `[[${at(0)},1,2,1,1,1] [${at(1)},1,2,1,1,1]]`,
      /row 1: there must be one comma between two rows$/,
    ],
    ["a comma too many", `[[${at(0)},1,2,1,1,1],]`, /row 1: a comma must not stand behind the last row$/],
    [
      "an error of a venue",
      '{"error":["EGeneral:Too many requests"]}',
      /row 1: holds no candles; it is "\{"error":\["EGeneral:Too many requests"\]\}"$/,
    ],
    ["an empty answer", "[]", /row 1: holds no candles; it is "\[\]"$/],
    [
      "two lists of rows",
      `{"a":[[${at(0)},1,2,1,1,1]],"b":[[${at(0)},1,2,1,1,1]]}`,
      /row 1: has a second list of rows behind the first/,
    ],
    [
      "much behind the rows",
      `[[${at(0)},1,2,1,1,1]]${" ".repeat(1_200_000)}`,
      /row 1: has more than a million characters behind its rows$/,
    ],
    [
      "what is no JSON around the rows",
      `{"a":[[${at(0)},1,2,1,1,1]]`,
      /row 1: what stands around its rows is no whole JSON$/,
    ],
    [
      "objects without a member",
      `[{"time":${at(0)},"open":1,"high":1,"low":1,"volume":1}]`,
      /row 1: it has no column for close/,
    ],
    [
      "objects with other members",
      `[{"t":${at(0)},"o":1,"h":1,"l":1,"c":1,"v":1},{"t":${at(1)},"o":1,"h":1,"l":1,"c":1}]`,
      /row 2: it has no column for volume/,
    ],
    [
      "objects of two symbols",
      `[{"s":"x","symbol":"BTC/USDT","t":${at(0)},"o":1,"h":1,"l":1,"c":1,"v":1},{"s":"x","symbol":"ETHUSDT","t":${at(1)},"o":1,"h":1,"l":1,"c":1,"v":1}]`,
      /row 2: has ETHUSDT, and the rows before it BTC\/USDT; a file must have one symbol$/,
    ],
    [
      "only a candle that is open",
      `{"result":{"XBTUSDT":[[${at(0) / 1000},"1","1","1","1","0","1",1]]}}`,
      /has no candle that is closed$/,
    ],
  ])("JSON: %s", async (_, content, sentence) => {
    expect(await faultOf(content, "BTC_USDT-5m.json")).toMatch(sentence);
  });
});

describe("a series that is wrong", () => {
  test("with a gap is refused with the first one and their number; --fill flat fills it and marks the candles", async () => {
    const rows = marketOf(12);
    const gaps = ours(rows.filter((_, n) => ![3, 4, 8].includes(n)));
    expect(await faultOf(gaps)).toBe(
      `${NAME} line 5: before it 2 candles are missing of BTC-USDT 5m (2024-12-31 20:15 UTC to 2024-12-31 20:20 UTC); 3 candles are missing in 2 gaps in all; --fill flat fills them with the last close and volume 0`,
    );
    const filled = (await imported(gaps, NAME, "--fill", "flat")).split("\n");
    const close = rows[2]?.[4];
    expect(filled[0]).toBe(`${OURS},filled`);
    expect(filled.slice(3, 6)).toEqual([
      `${rows[2]?.join(",")},0`,
      ...[3, 4].map((n) => `${at(n)},${close},${close},${close},${close},0,1`),
    ]);
    expect(filled).toHaveLength(14);
  });

  test("with one time twice: the same values count once, others are refused with both lines", async () => {
    const twice = file(line(0), line(1), line(1), line(2));
    expect(await imported(twice)).toBe(`${file(line(0), line(1), line(2))}\n`);
    expect(await faultOf(file(line(0), line(1), line(2), line(1, "100,110,90,106,1.5")), "BTC_USDT_5m.csv")).toBe(
      `BTC_USDT_5m.csv line 5: ${at(1)} (2024-12-31 20:05 UTC) stands in BTC_USDT_5m.csv line 3 too, with other values: 100,110,90,105,1.5 there, 100,110,90,106,1.5 here`,
    );
  });

  test("with one time in two files and other values is refused with both", async () => {
    await writeFiles(join(dir, "in"), {
      "BTCUSDT-5m-2024-12.csv": file(line(0), line(1)),
      "BTCUSDT-5m-2025-01.csv": file(line(1, "1,1,1,1,1")),
    });
    const { code, err } = await candles("import", join(dir, "in"), "--out", out);
    expect(code).toBe(2);
    expect(err).toMatch(
      /BTCUSDT-5m-2025-01\.csv line 2: .* stands in .*BTCUSDT-5m-2024-12\.csv line 3 too, with other values/,
    );
  });

  test("out of order or newest first is sorted", async () => {
    const lines = [4, 1, 3, 0, 2].map((n) => line(n));
    expect(await imported(file(...lines))).toBe(`${file(...[0, 1, 2, 3, 4].map((n) => line(n)))}\n`);
  });

  test("off its own grid is refused", async () => {
    expect(await faultOf(file(line(0), `${at(1) + 60_000},100,110,90,105,1`))).toBe(
      `${NAME} line 3: ${at(1) + 60_000} (2024-12-31 20:06 UTC) is no whole number of 5m after the first candle (2024-12-31 20:00 UTC)`,
    );
  });

  test("with a price of more than 50 times its neighbour is refused; --accept-jumps takes it, and 50 times is none", async () => {
    const jumps = file(line(0), line(1, "5251,5251,5251,5251,1"), line(2));
    expect(await faultOf(jumps)).toMatch(
      /line 3: its prices go from 5251 to 5251, and BTC-USDT\.5m\.csv line 2 closes at 105: a price more than 50 times its neighbour .*--accept-jumps takes it$/,
    );
    expect(await faultOf(file(line(0, "100,5100,100,100,1")))).toMatch(
      /line 2: its prices go from 100 to 5100: a price/,
    );
    expect(await faultOf(file(line(0), line(1, "2,2,2,2,1")))).toMatch(
      /line 3: its prices go from 2 to 2, and .* closes at 105/,
    );
    expect(await imported(jumps, NAME, "--accept-jumps")).toBe(`${jumps}\n`);
    const fine = file(
      line(0, "0.00000005,0.00000005,0.00000005,0.00000005,0"),
      line(1, "0.0000025,0.0000025,0.0000025,0.0000025,0"),
    );
    expect(await imported(fine)).toBe(`${fine}\n`);
  });

  test("with a time that lies years ahead is no gap to be filled", async () => {
    expect(await faultOf(file(line(0), line(1_000_000)), NAME, "--fill", "flat")).toMatch(
      /line 3: 999999 candles are missing before it .*more than 200000; is its time right\?$/,
    );
  });

  test("that shows no interval asks for it", async () => {
    expect(await faultOf(file(line(0)), "BTCUSDT.csv")).toBe(
      "BTCUSDT.csv: has one candle, which shows no interval. Say it by --interval 5m",
    );
    expect(await faultOf(file(line(0), `${at(0) + 420_000},100,110,90,105,1`), "BTCUSDT.csv")).toMatch(
      /has candles that are 7m apart; an interval is one of 1m, 3m, .* or 1w\. Say it by --interval 5m/,
    );
    expect(await imported(file(line(0)), "BTCUSDT.csv", "--interval", "5m")).toBe(`${file(line(0))}\n`);
  });
});

describe("CryptoDataDownload's files", () => {
  const rows = marketOf(30);
  const text = String(shapes.site.content(rows, "BTC", "USDT"));
  const lines = text.split("\n");
  const NAMED = "Binance_BTCUSDT_5m.csv";

  test("lose their last row of zeros alone: one in the midst is refused", async () => {
    const last = lines.at(-1) ?? "";
    expect(await faultOf([...lines.slice(0, 5), last, ...lines.slice(5)].join("\n"), NAMED)).toMatch(
      /line 6: open is 0; a price must be above zero/,
    );
  });

  test.each([
    ["a time of zero", `0,1970-01-01 00:00:00,BTC/USDT,0,0,0,0,0,0,0`],
    ["zeros alone", "0,0,0,0,0,0,0,0,0,0"],
    ["a time of its own", `${FIRST - STEP},2024-12-31 19:55:00,BTC/USDT,0.0,0.0,0.0,0.0,0.00,0.0,0`],
  ])("lose their last row of zeros with %s, without the address in the first line too", async (_, zeros) => {
    for (const from of [0, 1]) {
      expect(await imported([...lines.slice(from, -1), zeros, ""].join("\n"), NAMED)).toBe(ours(rows));
    }
  });

  test("have hours of twelve in their older days", async () => {
    const old = ["https://www.CryptoDataDownload.com", "Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT"];
    const hours = ["02-PM", "01-PM", "12-PM", "11-AM"].map((hour) => `2020-01-01 ${hour},BTCUSDT,7,8,6,7,1,7`);
    await writeFiles(dir, { "Binance_BTCUSDT_1h.csv": [...old, ...hours].join("\n") });
    expect(await candles("import", join(dir, "Binance_BTCUSDT_1h.csv"), "--out", out)).toMatchObject({ code: 0 });
    const first = Date.parse("2020-01-01T11:00:00Z");
    const own = [0, 1, 2, 3].map((n) => `${first + n * 3_600_000},7,8,6,7,1`);
    expect(await readFile(join(out, "BTC-USDT.1h.csv"), "utf8")).toBe(`${file(...own)}\n`);
  });

  test("keep volumes that fit in neither order as the header says", async () => {
    const odd = lines.map((each, n) => (n === 3 ? each.replace(/,[^,]+,[^,]+,5$/, ",123,456,5") : each));
    const csv = (await imported(odd.join("\n"), NAMED)).split("\n");
    expect(csv.find((each) => each.startsWith(String(rows.at(-2)?.[0])))?.split(",")[5]).toBe("123");
  });

  test("are refused where an hour stands twice with other prices", async () => {
    const double = (lines[4] ?? "").replace(
      /(USDT,)([\d.]+)/,
      (_, before: string, open: string) => `${before}${open}1`,
    );
    expect(await faultOf([...lines.slice(0, 5), double, ...lines.slice(5, -1)].join("\n"), NAMED)).toMatch(
      /line 5: .* stands in .* line 6 too, with other values/,
    );
  });
});

describe("an archive", () => {
  const content = ours(marketOf(20));

  test("with a file per month is one series, and folders and copies of macOS in it are no files", async () => {
    const [head = "", ...rows] = content.trim().split("\n");
    const zip = zipOf({
      "data/BTCUSDT-5m-2024-12.csv": [head, ...rows.slice(0, 10)].join("\n"),
      "data/BTCUSDT-5m-2025-01.csv": [head, ...rows.slice(10)].join("\n"),
      "data/": "",
      "__MACOSX/data/._BTCUSDT-5m-2024-12.csv": "\0\0",
    });
    await writeFiles(join(dir, "in"), { "dump.zip": zip });
    const { out: said, code } = await candles("import", join(dir, "in", "dump.zip"), "--out", out, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      unused: [{ reason: "is a copy of names that macOS adds" }],
      series: [{ candles: 20 }],
    });
    expect(await readFile(join(out, NAME), "utf8")).toBe(content);
  });

  test.each<[string, () => Uint8Array, string, RegExp]>([
    [
      "that unpacks to too much",
      () => gzipSync(Buffer.alloc(80 * 1024 * 1024, "1,2,3\n")),
      "BTC-USDT.5m.csv.gz",
      /line|unpacks to more than 100 times its size and 64 MB/,
    ],
    [
      "whose directory says so",
      () => zipOf({ [NAME]: content }, 4_000_000_000),
      "BTC.zip",
      /BTC\.zip: unpacks to more than 100 times its size and 64 MB, which no candles do; it is refused$/,
    ],
    [
      "whose sizes are not as declared",
      () => zipOf({ [NAME]: content }, 10),
      "BTC.zip",
      /the archive can't be read: (?:too many bytes in the stream|.*size)/,
    ],
    [
      "with a path that leads out of it",
      () => zipOf({ "../../etc/BTC-USDT.5m.csv": content }),
      "BTC.zip",
      /the archive can't be read: invalid relative path: \.\.\/\.\.\/etc/,
    ],
    [
      "with an absolute path",
      () => zipOf({ "/etc/BTC-USDT.5m.csv": content }),
      "BTC.zip",
      /the archive can't be read: absolute path/,
    ],
    [
      "that ends in its middle",
      () => gzipSync(ours(marketOf(9_000))).subarray(0, 40_000),
      "BTC-USDT.5m.csv.gz",
      /the archive ends in its middle$/,
    ],
    [
      "that is damaged",
      () => zipOf({ [NAME]: content }).map((byte, n) => (n > 60 && n < 200 ? 255 - byte : byte)),
      "BTC.zip",
      /BTC-USDT\.5m\.csv: the archive is damaged$/,
    ],
    [
      "in an archive that is damaged",
      () => zipOf({ "BTC-USDT.5m.csv.gz": gzipSync(content).map((byte, n) => (n > 30 && n < 90 ? 255 - byte : byte)) }),
      "BTC.zip",
      /BTC-USDT\.5m\.csv\.gz: the archive is damaged$/,
    ],
    [
      "in an archive",
      () => zipOf({ "BTC-USDT.5m.zip": zipOf({ [NAME]: content }) }),
      "BTC.zip",
      /is an archive inside another one; unpack it first$/,
    ],
    ["without a file", () => zipOf({}), "BTC.zip", /there are no candles \(.*BTC\.zip is an archive without files\)$/],
  ])("%s is refused", async (_, make, name, sentence) => {
    expect(await faultOf(make(), name)).toMatch(sentence);
  });
});

describe("an import that doesn't end", () => {
  test("leaves what was there, and nothing of its own", async () => {
    await writeFiles(out, { [NAME]: "what was there" });
    await writeFiles(join(dir, "in"), { [NAME]: ours(marketOf(50_000)) });
    const stop = new AbortController();
    const said: string[] = [];
    const code = await runCandles(["import", join(dir, "in"), "--out", out], {
      out: () => {},
      err: (text) => said.push(text),
      progress: () => stop.abort(),
      signal: stop.signal,
    });
    expect({ code, said }).toEqual({ code: 130, said: ["Interrupted: nothing was written."] });
    expect(await readdir(out)).toEqual([NAME]);
    expect(await readFile(join(out, NAME), "utf8")).toBe("what was there");
  });

  test("because one of two symbols is wrong writes neither", async () => {
    await writeFiles(join(dir, "in"), { [NAME]: ours(marketOf(20)), "ETH-USDT.5m.csv": file(line(0), line(2)) });
    expect(await candles("import", join(dir, "in"), "--out", out)).toMatchObject({ code: 2 });
    expect(await readdir(out)).toEqual([]);
  });

  test("because it was killed is cleaned up after by the next one", async () => {
    // No process has this number.
    await writeFiles(out, { ".candles-99999999-abc/half.csv": "half" });
    await writeFiles(join(dir, "in"), { [NAME]: ours(marketOf(20)) });
    const files = {
      files: [join(dir, "in")],
      out,
      symbol: null,
      intervalSeconds: null,
      fill: false,
      acceptJumps: false,
    };
    await importFiles(files, { signal: new AbortController().signal, onProgress: () => {} });
    expect(await readdir(out)).toEqual([NAME]);
  });
});

test("a path that isn't there, and one symbol for two, are refused", async () => {
  expect(await candles("import", join(dir, "none.csv"), "--out", out)).toMatchObject({
    code: 2,
    err: expect.stringContaining("none.csv: there is no such file or folder"),
  });
  await writeFiles(join(dir, "in"), { [NAME]: ours(marketOf(20)), "ETH-USDT.5m.csv": ours(marketOf(20, 2)) });
  expect(await candles("import", join(dir, "in"), "--out", out, "--symbol", "SOL-USDT")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--symbol is for files of one symbol"),
  });
});
