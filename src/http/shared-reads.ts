/**
 * A read that many requests want at a time, each by its own id: who asks while some are under way shares the next
 * statement with the others who wait. A thousand pollers cost the database a few statements, and each is answered by what
 * was committed when it asked, or later.
 */
import type { Query } from "../db/query.ts";

/** Statements under way at once: one is read while the next is sent. */
const ABREAST = 2;
const IDS_MAX = 100;
/** A request that its caller gave up takes its statement along: after this, who waited for it looks for itself. */
const PATIENCE_MS = 1_000;

interface Asker<Row> {
  readonly id: string;
  readonly settle: (told: { readonly lead: Asker<Row>[] } | { readonly row: Row | null }) => void;
  readonly fail: (error: unknown) => void;
}

export class SharedReads<Row> {
  readonly #read: (query: Query, ids: readonly string[]) => Promise<Map<string, Row>>;
  /** When each statement under way began. */
  readonly #underWay = new Set<{ readonly since: number }>();
  #waiting: Asker<Row>[] = [];

  constructor(read: (query: Query, ids: readonly string[]) => Promise<Map<string, Row>>) {
    this.#read = read;
  }

  /** The row, or null where there is none. `query` is the caller's own: it may speak for others who wait. */
  async read(query: Query, id: string): Promise<Row | null> {
    if (this.#places() > 0) return this.#lead(query, id, []);
    const { promise, resolve, reject } = Promise.withResolvers<{ lead: Asker<Row>[] } | { row: Row | null }>();
    const asker: Asker<Row> = { id, settle: resolve, fail: reject };
    this.#waiting.push(asker);
    // A timer of this request, too: the platform ends a request that has nothing of its own to wait for.
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== asker);
      resolve({ lead: [] });
    }, PATIENCE_MS);
    try {
      const told = await promise;
      return "row" in told ? told.row : await this.#lead(query, id, told.lead);
    } finally {
      clearTimeout(timer);
    }
  }

  #places(): number {
    const oldest = performance.now() - PATIENCE_MS;
    for (const one of this.#underWay) if (one.since < oldest) this.#underWay.delete(one);
    return ABREAST - this.#underWay.size;
  }

  async #lead(query: Query, id: string, others: readonly Asker<Row>[]): Promise<Row | null> {
    const place = { since: performance.now() };
    this.#underWay.add(place);
    try {
      const rows = await this.#read(query, [...new Set([id, ...others.map((other) => other.id)])]);
      for (const other of others) other.settle({ row: rows.get(other.id) ?? null });
      return rows.get(id) ?? null;
    } catch (error) {
      for (const other of others) other.fail(error);
      throw error;
    } finally {
      this.#underWay.delete(place);
      if (this.#places() > 0) {
        const [next, ...rest] = this.#waiting.splice(0, IDS_MAX);
        next?.settle({ lead: rest });
      }
    }
  }
}
