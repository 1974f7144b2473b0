/** Tells those who wait for a round what the Arena knows. In memory alone: whoever waits asks again after a reset. */
import type { RoundNews } from "../src/rounds/doors/openings.ts";

/** No caller waits for longer, whatever it asks for. */
const WAIT_MAX_MS = 30_000;

export class RoundNewsBoard {
  #news: RoundNews | null = null;
  readonly #waiting = new Set<() => void>();

  get isEmpty(): boolean {
    return this.#news === null;
  }

  tell(news: RoundNews): void {
    this.#news = news;
    for (const wake of this.#waiting) wake();
  }

  /** Answers when there is a round above `after`, when the tournament is over, or when the time is up. */
  async until(after: number, waitMs: number): Promise<RoundNews> {
    const end = Date.now() + Math.min(waitMs, WAIT_MAX_MS);
    for (let left = end - Date.now(); left > 0 && !this.#isNews(after); left = end - Date.now())
      await this.#change(left);
    return this.#news ?? { latest: after, isOver: false };
  }

  #isNews(after: number): boolean {
    return this.#news !== null && (this.#news.isOver || this.#news.latest > after);
  }

  async #change(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, waitMs);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}
