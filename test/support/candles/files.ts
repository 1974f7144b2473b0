/** Small candle files in the shapes that people have, made of one market. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { runCandles } from "../../../src/cli/candles.ts";

export const FIRST = Date.parse("2024-12-31T20:00:00Z");
export const STEP = 300_000;

/** Opening time in ms, and open, high, low, close and volume as text. */
export type Made = readonly [number, string, string, string, string, string];

/** A market that moves: the same for the same `seed`. Its prices have at most two places, its volumes three. */
export function marketOf(count: number, seed = 1, firstOpenAt = FIRST, step = STEP): Made[] {
  let cents = 1_000_000 * seed;
  return Array.from({ length: count }, (_, n) => {
    const open = cents;
    const close = open + ((n * 7_919 * seed) % 401) - 200;
    cents = close;
    const price = (value: number) => plain((value / 100).toFixed(2));
    const [high, low] = [Math.max(open, close) + (n % 13), Math.min(open, close) - (n % 11)];
    return [
      firstOpenAt + n * step,
      price(open),
      price(high),
      price(low),
      price(close),
      plain(((n % 97) / 8 + 1).toFixed(3)),
    ];
  });
}

function plain(text: string): string {
  return text.replace(/\.?0+$/, "");
}

export const OURS = "open_time,open,high,low,close,volume";

export function ours(rows: readonly Made[]): string {
  return `${[OURS, ...rows.map((row) => row.join(","))].join("\n")}\n`;
}

const iso = (ms: number) => new Date(ms).toISOString();
const quoteVolume = ([, , , , close, volume]: Made) => String(Number(close) * Number(volume));

/** A shape: the file's name for a symbol of two parts, and its content. */
export interface Shape {
  readonly name: (base: string, quote: string) => string;
  readonly content: (rows: readonly Made[], base: string, quote: string) => string | Uint8Array;
}

const kraken = (base: string) => (base === "BTC" ? "XBT" : base);
const binanceRows = (rows: readonly Made[]) =>
  rows.map(([time, o, h, l, c, v]) => {
    // From 2025 on the dumps are in microseconds.
    const scale = time >= Date.parse("2025-01-01T00:00:00Z") ? "000" : "";
    const end = scale === "" ? String(time + STEP - 1) : `${time + STEP - 1}999`;
    const padded = [o, h, l, c, v].map((text) => Number(text).toFixed(8));
    return [`${time}${scale}`, ...padded, end, "1.5", "12", "0.5", "0.7", "0"];
  });

const made = {
  ours: { name: (b, q) => `${b}-${q}.5m.csv`, content: ours },
  generic: {
    name: (b, q) => `okx_${b}_${q}-5m.csv`,
    content: (rows) =>
      [
        "Vol;CLOSE;Low;High;Open;Date",
        ...rows.map(([t, o, h, l, c, v]) =>
          [v, c, l, h, o, `${iso(t).slice(0, 19).replace("T", " ")}+00:00`].join(";"),
        ),
      ].join("\r\n"),
  },
  pandas: {
    name: (b, q) => `${b}${q}.csv`.toLowerCase(),
    content: (rows) =>
      `\uFEFF${[",open,high,low,close,volume", ...rows.map(([t, ...rest]) => [`"${iso(t).slice(0, 19)}"`, ...rest].join(","))].join("\n")}\n\n`,
  },
  binance: {
    name: (b, q) => `${b}${q}-5m-2025-01.csv`,
    content: (rows) =>
      `${binanceRows(rows)
        .map((row) => row.join(","))
        .join("\n")}\n`,
  },
  binanceZip: {
    name: (b, q) => `${b}${q}-5m-2025-01.zip`,
    content: (rows, b, q) =>
      zipOf({
        [`${b}${q}-5m-2025-01.csv`]: binanceRows(rows)
          .map((row) => row.join(","))
          .join("\n"),
      }),
  },
  kraken: {
    name: (b, q) => `${kraken(b)}${q}_5.csv`,
    content: (rows) => `${rows.map(([t, ...rest]) => [t / 1000, ...rest, 7].join(",")).join("\n")}\n`,
  },
  site: {
    name: (b, q) => `Binance_${b}${q}_5m.csv`,
    content: (rows, b, q) =>
      [
        "https://www.CryptoDataDownload.com",
        `Unix,Date,Symbol,Open,High,Low,Close,Volume ${b},Volume ${q},tradecount`,
        ...rows.toReversed().map((row, n) => {
          const [t, o, h, l, c, v] = row;
          const volumes = n % 5 === 0 ? [quoteVolume(row), v] : [v, quoteVolume(row)];
          return [
            n % 3 === 0 ? t : t / 1000,
            iso(t).slice(0, 19).replace("T", " "),
            `${b}/${q}`,
            o,
            h,
            l,
            c,
            ...volumes,
            5,
          ].join(",");
        }),
        `${rows[0]?.[0] ?? 0},1970-01-01 00:00:00,${b}/${q},0,0,0,0,0,0,0`,
      ].join("\n"),
  },
  ccxt: {
    name: (b, q) => `${b}_${q}-5m.json`,
    content: (rows) => `[${rows.map(([t, ...rest]) => `[${t}, ${rest.map(exponent).join(", ")}]`).join(", ")}]`,
  },
  futures: {
    name: (b, q) => `${b}_${q}_${q}-5m-futures.json.gz`,
    content: (rows) => gzipSync(`[${rows.map((row) => `[${row.join(",")}]`).join(",")}]`),
  },
  klines: {
    name: (b, q) => `${b}${q}-klines.json`,
    content: (rows) =>
      `[\n${binanceRows(rows)
        .map(
          ([t, o, h, l, c, v, end, ...rest]) =>
            `  [${t?.slice(0, 13)}, "${[o, h, l, c, v].join('", "')}", ${end?.slice(0, 13)}, "${rest.join('", "')}"]`,
        )
        .join(",\n")}\n]`,
  },
  krakenAnswer: {
    name: () => "answer.json",
    content: (rows, b, q) => {
      const last = rows.at(-1);
      const open = last && ([last[0] + STEP, ...last.slice(1)] as unknown as Made);
      const row = ([t, o, h, l, c, v]: Made) => `[${t / 1000}, "${o}", "${h}", "${l}", "${c}", "0.0", "${v}", 3]`;
      const key = b === "BTC" && q === "USD" ? "XXBTZUSD" : `${kraken(b)}${q}`;
      return `{"error": [], "result": {"${key}": [${[...rows, ...(open ? [open] : [])].map(row).join(",")}], "last": 1}}`;
    },
  },
  coinbase: {
    name: (b, q) => `coinbase-${b}-${q}-candles-300.json`,
    content: (rows) =>
      `[${rows
        .toReversed()
        .map(([t, o, h, l, c, v]) => `[${t / 1000},${l},${h},${o},${c},${v}]`)
        .join(",")}]`,
  },
  coinbaseObjects: {
    name: (b, q) => `${b}-${q}_5m.json`,
    content: (rows) =>
      JSON.stringify({
        candles: rows
          .toReversed()
          .map(([t, o, h, l, c, v]) => ({ start: String(t / 1000), low: l, high: h, open: o, close: c, volume: v })),
      }),
  },
} satisfies Record<string, Shape>;
export type ShapeName = keyof typeof made;
export const shapes: Readonly<Record<ShapeName, Shape>> = made;

/** "0.00009417" as "9.417e-05", as Python writes it; larger numbers stay. */
function exponent(text: string): string {
  return Number(text) < 1e-4 && Number(text) > 0
    ? Number(text)
        .toExponential()
        .replace(/e-(\d)$/, "e-0$1")
    : text;
}

/** A zip archive of these files. `declared`: what its directory says of the unpacked sizes. */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>, declared?: number): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const raw = Buffer.from(content);
    const packed = deflateRawSync(raw);
    const path = Buffer.from(name);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(raw), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(declared ?? raw.length, 8);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(path.length, 0);
    const head = Buffer.from([20, 0, 0, 8, 8, 0, 0, 0, 0, 0]);
    parts.push(Buffer.from("PK\u0003\u0004", "latin1"), head, sizes, lengths, path, packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from("PK\u0001\u0002", "latin1"), Buffer.from([20, 0]), head, sizes, lengths, place, path);
    at += 30 + path.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** What a command said, and its exit code. */
export async function candles(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const code = await runCandles(argv, {
    out: (line) => {
      said.out += `${line}\n`;
    },
    err: (line) => {
      said.err += `${line}\n`;
    },
    progress: () => {},
    signal: new AbortController().signal,
  });
  return { code, ...said };
}
