/** What an isolate remembers of blocks: how large the next one is, and where none is tried. All of it may be lost. */
import { keepNewest } from "../../core/keep-newest.ts";
import { limits } from "../../core/limits.ts";

/** K × entries stay under this, so that one statement and one answer of an object stay small. */
const DECISIONS_MAX = 2_000;
/** A larger field is fast round by round, and a block of it would hold the Arena for long. */
const ENTRIES_MAX = 500;
const ROUNDS_FIRST = 16;
/** An operator's call takes effect at the edge of a block: it waits for less than a second. */
const FAST_MS = 350;
const SLOW_MS = 700;
const TOURNAMENTS_KEPT = 256;

interface Note {
  /** Rounds of the next block. */
  readonly size: number;
  /** No block begins before this round. */
  readonly singlyUntil: number;
}

export class BlockNotes {
  readonly #notes = new Map<string, Note>();

  /** How many rounds the block that begins with `round` may have, up to `most`; under 2: none is played. */
  sizeAt(tournamentId: string, round: number, most: number): number {
    const note = this.#notes.get(tournamentId);
    if (note && round < note.singlyUntil) return 0;
    return Math.min(most, note?.size ?? ROUNDS_FIRST);
  }

  /** 0 where the field is too large. */
  fitting(rounds: number, entries: number): number {
    if (entries === 0 || entries > ENTRIES_MAX) return 0;
    return Math.min(rounds, Math.floor(DECISIONS_MAX / entries));
  }

  /** A block of `rounds` took `ms`. */
  took(tournamentId: string, rounds: number, ms: number): void {
    const size = this.#notes.get(tournamentId)?.size ?? ROUNDS_FIRST;
    const next = ms > SLOW_MS ? Math.max(2, rounds >>> 1) : ms < FAST_MS && rounds >= size ? size * 2 : size;
    this.#keep(tournamentId, { size: Math.min(next, limits.blockRoundsMax), singlyUntil: 0 });
  }

  /** Rounds before `round` are played singly. */
  singly(tournamentId: string, round: number): void {
    this.#keep(tournamentId, { size: this.#notes.get(tournamentId)?.size ?? ROUNDS_FIRST, singlyUntil: round });
  }

  #keep(tournamentId: string, note: Note): void {
    keepNewest(this.#notes, tournamentId, note, TOURNAMENTS_KEPT);
  }
}
