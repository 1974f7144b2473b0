/**
 * Stores the newest frames of a tournament's live feed, and its cursor, in the object's own storage, so that a token still
 * resumes after an eviction. Storing and sending happen in one synchronous step, so every frame that was sent is stored.
 */
import { type FeedCursor, type FeedLogState, feedLogState } from "./cursor.ts";

/** How many frames are kept, and how many characters in all. A frame above ROW_CHARS_MAX is not kept: a row holds 2 MB. */
const FRAMES_MAX = 512;
const CHARS_MAX = 4_000_000;
const ROW_CHARS_MAX = 600_000;

export type Resumed = { readonly kind: "resumed"; readonly seq: number; readonly frames: readonly string[] };

export class FeedLog {
  readonly #storage: DurableObjectStorage;
  #state: FeedLogState | null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const begun = storage.sql.exec("select 1 from sqlite_master where name = 'feed_state'").toArray().length > 0;
    const [row] = begun ? storage.sql.exec<{ state: string }>("select state from feed_state").toArray() : [];
    this.#state = row ? feedLogState.parse(JSON.parse(row.state)) : null;
  }

  get cursor(): FeedCursor | null {
    return this.#state?.cursor ?? null;
  }

  get seq(): number {
    return this.#state?.seq ?? 0;
  }

  tokenAt(seq: number): string {
    return `${this.#state?.epoch ?? ""}.${seq}`;
  }

  /** Begins a new log. The tokens of the old one no longer resume. */
  begin(epoch: string, cursor: FeedCursor): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      sql.exec("create table if not exists feed_frames (seq integer primary key, frame text not null)");
      sql.exec("create table if not exists feed_state (id integer primary key check (id = 1), state text not null)");
      sql.exec("delete from feed_frames");
      this.#keep({ epoch, seq: 0, floor: 0, cursor });
    });
  }

  /** Stores the next frame, which `frame` makes from its seq and token. Returns its text. */
  append(cursor: FeedCursor, frame: (seq: number, token: string) => string): string {
    const before = this.#state;
    if (!before) throw new Error("the feed's log was not begun");
    const seq = before.seq + 1;
    const text = frame(seq, this.tokenAt(seq));
    this.#storage.transactionSync(() => {
      let floor = Math.max(before.floor, seq - FRAMES_MAX);
      if (text.length > ROW_CHARS_MAX) floor = seq;
      else this.#storage.sql.exec("insert into feed_frames (seq, frame) values (?, ?)", seq, text);
      const tooLong = this.#storage.sql
        .exec<{ seq: number }>(
          `select seq from (select seq, sum(length(frame)) over (order by seq desc) as chars from feed_frames)
           where chars > ? order by seq desc limit 1`,
          CHARS_MAX,
        )
        .toArray()[0];
      if (tooLong) floor = Math.max(floor, tooLong.seq);
      this.#storage.sql.exec("delete from feed_frames where seq <= ?", floor);
      this.#keep({ ...before, seq, floor, cursor });
    });
    return text;
  }

  /** Moves the cursor on without a frame. */
  move(cursor: FeedCursor): void {
    if (this.#state && JSON.stringify(this.#state.cursor) !== JSON.stringify(cursor)) {
      this.#keep({ ...this.#state, cursor });
    }
  }

  /** The frames after a token. */
  since(token: string): Resumed | "too_old" | "foreign" {
    const [, epoch, digits] = /^([\w-]+)\.(\d{1,15})$/.exec(token) ?? [];
    const state = this.#state;
    const seq = Number(digits);
    if (!state || epoch !== state.epoch || seq > state.seq) return "foreign";
    if (seq < state.floor) return "too_old";
    const rows = this.#storage.sql
      .exec<{ frame: string }>("select frame from feed_frames where seq > ? order by seq", seq)
      .toArray();
    return { kind: "resumed", seq, frames: rows.map(({ frame }) => frame) };
  }

  #keep(state: FeedLogState): void {
    this.#state = state;
    this.#storage.sql.exec(
      "insert into feed_state (id, state) values (1, ?) on conflict (id) do update set state = excluded.state",
      JSON.stringify(state),
    );
  }
}
