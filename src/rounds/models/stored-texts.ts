/**
 * The texts of requests that this isolate has stored lately. Most of a request is the round's market, which all models of the
 * round share, and what earlier steps have said: it is sent to the database once. Only a saving: the statement that reserves a
 * step names the texts that the database lacks after all.
 */
import { keepNewest } from "../../core/keep-newest.ts";
import type { Query } from "../../db/query.ts";
import { storeTexts } from "../../db/statements/models/contents.ts";
import { type Reservation, reserveStep } from "../../db/statements/models/reserve.ts";

/** A text that is stored again says that it is in use, to the hour. So none is left out for long. */
const KEPT_MS = 10 * 60_000;
const TEXTS_MAX = 2000;

export class StoredTexts {
  readonly #storedAt = new Map<string, number>();

  /** As `reserveStep`, without the texts that are stored already. */
  async reserve(query: Query, reservation: Omit<Reservation, "known">, now: number): Promise<boolean> {
    const all = Object.entries(reservation.contents);
    const isKnown = (hash: string) => now - (this.#storedAt.get(hash) ?? Number.NEGATIVE_INFINITY) < KEPT_MS;
    const contents = Object.fromEntries(all.filter(([hash]) => !isKnown(hash)));
    const known = all.map(([hash]) => hash).filter(isKnown);
    const { isTaken, missing } = await reserveStep(query, { ...reservation, contents, known });
    if (missing.length > 0) {
      const lacking = new Set(missing);
      await storeTexts(query, Object.fromEntries(all.filter(([hash]) => lacking.has(hash))));
    }
    if (isTaken) for (const hash of Object.keys(contents)) keepNewest(this.#storedAt, hash, now, TEXTS_MAX);
    return isTaken;
  }
}
