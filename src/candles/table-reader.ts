/** Reads candles from text with separated values, piece by piece: our CSV, dumps of exchanges and data sites, and others. */
import Papa from "papaparse";
import { bareColumns, type Columns, columnsOf, shapesWithoutHeader } from "./columns.ts";
import type { Facts } from "./facts.ts";
import { Faults } from "./faults.ts";
import { shown } from "./number.ts";
import { checkedRow, type Row, type RowTexts } from "./row.ts";
import { SymbolColumn } from "./symbol.ts";
import { TimeReader, timeFault } from "./time.ts";
import { areSwapped } from "./volumes.ts";

/** No line of a candle is nearly as long. Without a bound a file without line ends would fill the memory. */
const LINE_CHARS_MAX = 100_000;
const DELIMITERS = [",", ";", "\t"] as const;

export class TableReader {
  readonly #facts: Facts;
  readonly #faults: Faults;
  readonly #base: string | null;
  readonly #times = new TimeReader();
  #rest = "";
  #line = 0;
  #lineEnd: "\n" | "\r" = "\n";
  #delimiter = ",";
  #columns: Columns | null = null;
  /** By its address or its columns the file is CryptoDataDownload's, and may end with a row of zeros. */
  #fromSite = false;
  readonly #symbols = new SymbolColumn();
  /** The first of the blank lines that were read last. */
  #blankLine = 0;
  #zeroLine = 0;

  /** `base`: of the file's symbol, if it is known, to tell two volumes apart. */
  constructor(name: string, facts: Facts, base: string | null) {
    this.#facts = facts;
    this.#faults = new Faults(name, "line");
    this.#base = base;
  }

  /** The rows of the lines that are whole by now. Throws a CandleFault. */
  push(text: string): Row[] {
    if (this.#line === 0 && this.#rest === "" && !text.includes("\n") && text.includes("\r")) this.#lineEnd = "\r";
    const whole = this.#rest + text;
    const end = whole.lastIndexOf(this.#lineEnd);
    this.#rest = whole.slice(end + 1);
    if (this.#rest.length > LINE_CHARS_MAX) {
      this.#faults.stop(this.#line + 1, `is longer than ${LINE_CHARS_MAX} characters, so it is no line of a table`);
    }
    return end === -1 ? [] : this.#lines(whole.slice(0, end));
  }

  /** The rows of the last line, if it has no line end. Throws a CandleFault if anything was wrong with the file. */
  end(): Row[] {
    const rows = this.#rest === "" ? [] : this.#lines(this.#rest);
    this.#faults.throw();
    if (this.#zeroLine > 0) this.#facts.zeroRows = 1;
    this.#facts.zoneless = this.#times.zoneless;
    return rows;
  }

  #lines(text: string): Row[] {
    const rows: Row[] = [];
    for (const ended of text.split(this.#lineEnd)) {
      const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
      this.#line++;
      const row = this.#columns === null ? this.#begin(line) : this.#row(line, this.#columns);
      if (row === null) continue;
      this.#facts.rows++;
      // After a fault the file is read on for the next faults alone.
      if (!this.#faults.any) rows.push(row);
    }
    return rows;
  }

  /** The lines before the first candle: an address, blank lines, a header. */
  #begin(line: string): Row | null {
    const plain = line.replace(/^\uFEFF/, "").trim();
    if (plain === "") return null;
    if (/^"?https?:\/\//i.test(plain)) {
      this.#fromSite = true;
      return null;
    }
    const delimiter = DELIMITERS.find((each) => plain.includes(each));
    if (delimiter === undefined) return this.#refuse(`"${shown(plain)}" is no row of a table of candles`);
    this.#delimiter = delimiter;
    const fields = this.#fieldsOf(plain);
    if (fields === null) return null;
    const [first = "", ...others] = fields.map((field) => field.trim());
    const isBare = !Number.isNaN(new TimeReader().read(first)) && others.every((field) => /^[\d.eE+-]*$/.test(field));
    const columns = isBare ? bareColumns(fields.length) : columnsOf(fields);
    if (columns === null) {
      const taken = Object.entries(shapesWithoutHeader).map(([count, what]) => `${count} (${what})`);
      return this.#refuse(`a row without a header has ${fields.length} fields; taken are ${taken.join(", ")}`);
    }
    if (typeof columns === "string") return this.#refuse(columns);
    // Some cut the address off. Volumes that are named after currencies, beside a symbol, are the site's alone.
    if (columns.volumes !== null && columns.symbol !== null) this.#fromSite = true;
    this.#columns = this.#withVolume(columns);
    this.#facts.currencies = columns.currencies;
    this.#facts.hasFilled = columns.filled !== null;
    this.#facts.shape = this.#shapeOf(columns, isBare);
    return isBare ? this.#row(plain, this.#columns) : null;
  }

  #shapeOf(columns: Columns, isBare: boolean): string {
    if (this.#fromSite) return "CryptoDataDownload";
    if (!isBare) return "CSV with a header";
    if (columns.count === 12) return "Binance dump";
    return columns.count === 7 ? "Kraken OHLCVT" : "CSV without a header";
  }

  /** Which of two volumes is the base's: the one that has the symbol's base in its name, else the first. */
  #withVolume(columns: Columns): Columns {
    const { volumes } = columns;
    if (volumes === null) return columns;
    const [one, other] = volumes;
    const baseOf = (currency: string) => (currency === "XBT" ? "BTC" : currency);
    if (this.#base === null || baseOf(one.currency) === this.#base || baseOf(other.currency) !== this.#base)
      return columns;
    return { ...columns, volume: other.at, volumes: [other, one] };
  }

  #row(line: string, columns: Columns): Row | null {
    if (line.length < 12 && line.trim() === "") {
      if (this.#blankLine === 0) this.#blankLine = this.#line;
      return null;
    }
    if (this.#blankLine > 0) {
      this.#faults.add(this.#blankLine, "is blank, and candles follow it");
      this.#blankLine = 0;
    }
    const fields = this.#fieldsOf(line);
    if (fields === null) return null;
    if (fields.length !== columns.count) {
      return this.#refuse(`expected ${columns.count} fields but found ${fields.length}`);
    }
    return this.#candle(fields, columns);
  }

  #candle(fields: readonly string[], columns: Columns): Row | null {
    const at = (index: number) => fields[index] ?? "";
    const openAt = this.#timeOf(at(columns.time), columns.clock === null ? null : at(columns.clock));
    const texts = {
      open: at(columns.open),
      high: at(columns.high),
      low: at(columns.low),
      close: at(columns.close),
      volume: at(columns.volume),
    };
    if (Number.isNaN(openAt))
      return this.#zeros(texts) ? null : this.#refuse(`the time ${timeFault(at(columns.time))}`);
    if (columns.symbol !== null) {
      const stranger = this.#symbols.read(at(columns.symbol));
      if (stranger !== null) return this.#refuse(stranger);
      this.#facts.symbols = this.#symbols.reading;
    }
    if (columns.volumes !== null && areSwapped(texts.volume, at(columns.volumes[1].at), texts.low, texts.high)) {
      texts.volume = at(columns.volumes[1].at);
      this.#facts.swapped++;
    }
    let row = checkedRow(openAt, this.#line, texts, false);
    if (typeof row === "string") row = checkedRow(openAt, this.#line, trimmed(texts), false);
    if (typeof row === "string") return this.#zeros(texts) ? null : this.#refuse(row);
    if (this.#zeroLine > 0) {
      this.#faults.add(this.#zeroLine, "open is 0; a price must be above zero");
      this.#zeroLine = 0;
    }
    if (columns.filled === null) return row;
    const filled = at(columns.filled).trim();
    if (filled === "0" || filled === "1") return filled === "1" ? { ...row, filled: true } : row;
    return this.#refuse(`filled is "${shown(filled)}"; it must be 0 or 1`);
  }

  /** The time in one column, or in two: a day, and a time of day. */
  #timeOf(time: string, clock: string | null): number {
    if (clock === null) {
      const read = this.#times.read(time);
      return Number.isNaN(read) && time !== time.trim() ? this.#times.read(time.trim()) : read;
    }
    const isClock = /^\d{1,2}:\d\d/.test(clock.trim());
    return this.#times.read(isClock ? `${time.trim()} ${clock.trim().padStart(5, "0")}` : clock.trim());
  }

  /** CryptoDataDownload's last row may be one of zeros. It is left out if nothing follows it. */
  #zeros({ open, high, low, close }: RowTexts): boolean {
    if (!this.#fromSite || this.#zeroLine > 0) return false;
    const isZero = [open, high, low, close].every((text) => /^(?:0+(?:\.0*)?|\.0+)$/.test(text.trim()));
    if (isZero) this.#zeroLine = this.#line;
    return isZero;
  }

  #fieldsOf(line: string): readonly string[] | null {
    if (!line.includes('"')) return line.split(this.#delimiter);
    const { data, errors } = Papa.parse<string[]>(line, { delimiter: this.#delimiter, newline: "\n" });
    const [fields] = data;
    if (errors.length === 0 && fields !== undefined) return fields;
    return this.#refuse("has a quotation mark that does not end on the line");
  }

  #refuse(what: string): null {
    // Without columns no other line can be read.
    if (this.#columns === null) return this.#faults.stop(this.#line, what);
    this.#faults.add(this.#line, what);
    return null;
  }
}

function trimmed({ open, high, low, close, volume }: RowTexts): RowTexts {
  return { open: open.trim(), high: high.trim(), low: low.trim(), close: close.trim(), volume: volume.trim() };
}
