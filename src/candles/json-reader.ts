/**
 * Reads candles from JSON, piece by piece: lists of rows as ccxt and freqtrade write them, answers of venues, and lists of
 * objects. Numbers keep the text that they have in the file, which JSON.parse would make floats of. So the rows are cut out of
 * the text, and JSON.parse reads what is left: the document without its rows must be whole JSON.
 */
import { type Columns, columnsOf } from "./columns.ts";
import type { Facts } from "./facts.ts";
import { Faults } from "./faults.ts";
import { fieldsOfList, fieldsOfObject } from "./json-row.ts";
import { KRAKEN_FIELDS, type Places, placesOf } from "./json-shape.ts";
import { shown } from "./number.ts";
import { checkedRow, type Row } from "./row.ts";
import { readKrakenKey, SymbolColumn } from "./symbol.ts";
import { TimeReader, timeFault } from "./time.ts";

/** An answer has little before and behind its rows. Without a bound another kind of file would fill the memory. */
const FRAME_CHARS_MAX = 1_000_000;
const ROW_CHARS_MAX = 10_000;
/** The list of rows begins: a list whose first member is a list or an object. */
const ROWS_BEGIN = /\[\s*[[{]/;
const BETWEEN = /^\s*,\s*$/;
export class JsonReader {
  readonly #facts: Facts;
  readonly #faults: Faults;
  readonly #times = new TimeReader();
  #text = "";
  #before = "";
  #place: "before" | "rows" | "behind" = "before";
  #row = 0;
  /** Null until the first rows tell what they are. */
  #places: Places | null = null;
  /** The members of the last object, in their order, and what they are. */
  #keys: string | null = null;
  #columns: Columns | null = null;
  readonly #symbols = new SymbolColumn();
  /** Kraken's newest row, which is always left out. */
  #newest: Row | null = null;

  constructor(name: string, facts: Facts) {
    this.#facts = facts;
    facts.unit = "row";
    this.#faults = new Faults(name, "row");
  }

  /** The rows that are whole by now. Throws a CandleFault. */
  push(text: string): Row[] {
    this.#text += text;
    if (this.#place === "behind" && this.#text.length > FRAME_CHARS_MAX) {
      this.#stop("has more than a million characters behind its rows");
    }
    if (this.#place === "before" && !this.#findRows()) return [];
    return this.#place === "rows" ? this.#rows(false) : [];
  }

  /** Throws a CandleFault if anything was wrong with the file. */
  end(): Row[] {
    const rows = this.#place === "rows" ? this.#rows(true) : [];
    if (this.#place === "rows") this.#stop("the file ends in the middle of its rows");
    if (this.#place === "before" || this.#row === 0) this.#stop(`holds no candles; it is ${this.#summary()}`);
    this.#checkFrame();
    this.#faults.throw();
    if (this.#newest !== null) this.#facts.openCandles = 1;
    this.#facts.zoneless = this.#times.zoneless;
    return rows;
  }

  #findRows(): boolean {
    const match = ROWS_BEGIN.exec(this.#text);
    if (match === null) {
      if (this.#text.length > FRAME_CHARS_MAX) this.#stop("has no list of rows within its first million characters");
      return false;
    }
    const from = match.index + 1;
    this.#before = this.#text.slice(0, from);
    this.#text = this.#text.slice(from);
    this.#place = "rows";
    return true;
  }

  #rows(isEnd: boolean): Row[] {
    const rows: Row[] = [];
    const text = this.#text;
    let at = 0;
    // A venue's rows are told apart by several of them, so the first piece is read as a whole.
    if (this.#places === null && this.#columns === null) this.#learn(text);
    for (;;) {
      let from = at;
      while (from < text.length && isBetween(text.charCodeAt(from))) from++;
      if (from === text.length) break;
      if (text[from] === "]") {
        if (text.slice(at, from).includes(",")) this.#stop("a comma must not stand behind the last row");
        this.#place = "behind";
        this.#text = text.slice(from);
        return this.#heldBack(rows);
      }
      if (this.#row > 0 && !BETWEEN.test(text.slice(at, from))) this.#stop("there must be one comma between two rows");
      const close = text[from] === "[" ? "]" : text[from] === "{" ? "}" : "";
      if (close === "")
        this.#stop(`a row must be a list or an object, and this is "${shown(text.slice(from, from + 40))}"`);
      const to = text.indexOf(close, from + 1);
      if (to === -1) {
        if (text.length - from > ROW_CHARS_MAX) this.#stop("the row does not end");
        break;
      }
      this.#row++;
      const row = close === "]" ? this.#list(text.slice(from + 1, to)) : this.#object(text.slice(from + 1, to));
      if (row !== null) {
        this.#facts.rows++;
        if (!this.#faults.any) rows.push(row);
      }
      at = to + 1;
    }
    this.#text = isEnd ? "" : text.slice(at);
    return this.#heldBack(rows);
  }

  /** Kraken's last candle is open: of all rows the newest is kept back, whatever their order. */
  #heldBack(rows: Row[]): Row[] {
    if (this.#places?.length !== KRAKEN_FIELDS) return rows;
    const passed: Row[] = [];
    for (const row of rows) {
      const newest = this.#newest;
      const isNewer = newest === null || row.openAt > newest.openAt;
      if (isNewer) this.#newest = row;
      if (newest !== null) passed.push(isNewer ? newest : row);
    }
    return passed;
  }

  /** Lists of numbers are told apart by several of them; objects tell their members by themselves. */
  #learn(text: string): void {
    if (!/^\s*\[/.test(text)) return;
    const places = placesOf(text);
    if (places === null) return;
    if (typeof places === "string") {
      this.#row = 1;
      this.#stop(places);
    }
    this.#places = places;
    this.#facts.shape = places.shape;
    if (places.length === KRAKEN_FIELDS) this.#facts.symbols = readKrakenKey(this.#key());
  }

  #list(inner: string): Row | null {
    const fields = fieldsOfList(inner);
    const places = this.#places;
    // Where it ends is not known either.
    if (fields === null || places === null) return this.#stop("must be a flat list of numbers and texts");
    if (fields.length !== places.length)
      return this.#refuse(`expected ${places.length} fields but found ${fields.length}`);
    const at = (index: number) => fields[index] ?? "";
    return this.#candle(at(0), {
      open: at(places.open),
      high: at(places.high),
      low: at(places.low),
      close: at(places.close),
      volume: at(places.volume),
    });
  }

  #object(inner: string): Row | null {
    const found = fieldsOfObject(inner);
    if (found === null) return this.#stop("must be a flat object of numbers and texts");
    const keys = found.keys.join("\n");
    if (keys !== this.#keys) {
      const read = columnsOf(found.keys);
      if (typeof read === "string") {
        const what = read.replace("the header", "it");
        return this.#keys === null ? this.#stop(what) : this.#refuse(what);
      }
      this.#columns = read;
      this.#keys = keys;
      this.#facts.shape = "JSON objects";
    }
    const columns = this.#columns;
    if (columns === null) throw new Error("members without their columns");
    const at = (index: number) => found.values[index] ?? "";
    if (columns.symbol !== null) {
      const stranger = this.#symbols.read(at(columns.symbol));
      if (stranger !== null) return this.#refuse(stranger);
      this.#facts.symbols = this.#symbols.reading;
    }
    return this.#candle(at(columns.time), {
      open: at(columns.open),
      high: at(columns.high),
      low: at(columns.low),
      close: at(columns.close),
      volume: at(columns.volume),
    });
  }

  #candle(time: string, texts: Parameters<typeof checkedRow>[2]): Row | null {
    const openAt = this.#times.read(time);
    if (Number.isNaN(openAt)) return this.#refuse(`the time ${timeFault(time)}`);
    const row = checkedRow(openAt, this.#row, texts, false);
    return typeof row === "string" ? this.#refuse(row) : row;
  }

  /** The key that the list of rows stands under: Kraken's name of the pair. */
  #key(): string {
    const head = this.#before.slice(0, -1).trimEnd();
    const key = head.endsWith(":") ? head.slice(0, -1).trimEnd() : "";
    return key.endsWith('"') ? key.slice(key.lastIndexOf('"', key.length - 2) + 1, -1) : "";
  }

  /** The document without its rows. */
  #checkFrame(): void {
    if (ROWS_BEGIN.test(this.#text))
      this.#stop("has a second list of rows behind the first; a file must have one symbol");
    try {
      JSON.parse(this.#before + this.#text);
    } catch {
      this.#stop("what stands around its rows is no whole JSON");
    }
  }

  #summary(): string {
    const text = `${this.#before}${this.#text}`.trim();
    return text === "" ? "empty" : `"${shown(text)}"`;
  }

  #refuse(what: string): null {
    this.#faults.add(this.#row, what);
    return null;
  }

  #stop(what: string): never {
    return this.#faults.stop(Math.max(1, this.#row), what);
  }
}

/** White space and commas. */
function isBetween(code: number): boolean {
  return code === 32 || code === 44 || code === 10 || code === 13 || code === 9;
}
