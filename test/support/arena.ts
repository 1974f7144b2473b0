/** Arenas of tests: `tell` is what a round's opening does. Counts the calls that wait. */
import { RoundNewsBoard } from "../../durable-objects/round-news.ts";
import type { RoundNews } from "../../src/rounds/doors/openings.ts";

export class TestArena {
  readonly #boards = new Map<string, RoundNewsBoard>();
  calls = 0;

  tell(tournamentId: string, news: RoundNews): void {
    this.#board(tournamentId).tell(news);
  }

  until(tournamentId: string, after: number, waitMs: number): Promise<RoundNews> {
    this.calls += 1;
    return this.#board(tournamentId).until(after, waitMs);
  }

  #board(tournamentId: string): RoundNewsBoard {
    const known = this.#boards.get(tournamentId);
    if (known) return known;
    const board = new RoundNewsBoard();
    this.#boards.set(tournamentId, board);
    return board;
  }
}
