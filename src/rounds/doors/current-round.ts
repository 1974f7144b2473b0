/** The open round of an agent from outside, and waiting for the next one. */
import { keepNewest } from "../../core/keep-newest.ts";
import type { MakeWork, Work } from "../../db/shared-work.ts";
import { readSeats, type Seat, type SeatAsked } from "../../db/statements/doors/seats.ts";
import type { RoundPorts } from "../ports.ts";
import { type AskArena, Openings, type Waking } from "./openings.ts";
import { type RoundPage, RoundPages } from "./round-page.ts";
import { type KnownSeat, type KnownSeats, refusalOf, type SeatRefusal } from "./seat.ts";

export interface RoundDoorPorts extends Pick<RoundPorts, "query" | "views"> {
  readonly askArena: AskArena;
}

export type CurrentRound =
  | { readonly kind: "round"; readonly page: RoundPage }
  /** No round is open that the agent has not decided. */
  | { readonly kind: "none"; readonly retryAfterSeconds: number }
  | { readonly kind: "ended" }
  | SeatRefusal;

const ENTRIES_KEPT = 20_000;
const VERIFY_MS = 15_000;

export class CurrentRounds {
  readonly #openings: Openings;
  readonly #pages = new RoundPages();
  readonly #seats: Work<RoundDoorPorts, SeatAsked, Seat[]>;
  readonly #reads: Work<RoundDoorPorts, string, RoundPage | null>;
  readonly #known: KnownSeats;
  readonly #verified = new Map<string, number>();
  /** By entry: the last round in which it had nothing left to decide. */
  readonly #done = new Map<string, number>();

  constructor(makeWork: MakeWork, waking: Waking, known: KnownSeats) {
    this.#known = known;
    this.#openings = new Openings(waking);
    this.#seats = makeWork((ports, asked) => readSeats(ports.query, asked));
    this.#reads = makeWork((ports, entryIds) => this.#pages.read(ports, entryIds));
  }

  /** A decision of this round is stored: the entry has nothing left to decide before the next one. */
  decided(entryId: string, round: number): void {
    if ((this.#done.get(entryId) ?? -1) < round) keepNewest(this.#done, entryId, round, ENTRIES_KEPT);
  }

  /** `waitMs`: how long to wait for a round to open. 0 answers at once. */
  async read(
    ports: RoundDoorPorts,
    agentId: string,
    tournamentId: string | null,
    waitMs: number,
  ): Promise<CurrentRound> {
    const end = performance.now() + waitMs;
    for (;;) {
      const looked = await this.#look(ports, agentId, tournamentId, waitMs > 0);
      if (looked.kind !== "waits") return looked;
      const left = end - performance.now();
      if (left <= 0) return { kind: "none", retryAfterSeconds: looked.retryAfterSeconds };
      await this.#openings.until(ports.askArena, looked.seat.tournament_id, looked.latest, left);
    }
  }

  /** One look. Whoever waits again, and has decided in the newest round that the Arena knows of, needs no statement. */
  async #look(ports: RoundDoorPorts, agentId: string, tournamentId: string | null, waits: boolean): Promise<Looked> {
    const kept = waits ? this.#known.get(agentId, tournamentId) : undefined;
    const news = kept ? this.#openings.known(kept.tournament_id) : null;
    if (kept && news && !news.isOver && !this.#isToBeVerified(kept.tournament_id)) {
      if ((this.#done.get(kept.entry_id) ?? -1) >= news.latest) return waitsFor(kept, news.latest, null);
      const page = await this.#reads.ask(ports, kept.entry_id);
      if (page && !page.isHalted) return { kind: "round", page };
    }
    return this.#lookAtRows(ports, agentId, tournamentId);
  }

  /** Now and then one of those who wait looks at the rows: an Arena may have missed what another caller did. */
  #isToBeVerified(tournamentId: string): boolean {
    const now = performance.now();
    if (now - (this.#verified.get(tournamentId) ?? Number.NEGATIVE_INFINITY) < VERIFY_MS) return false;
    this.#verified.set(tournamentId, now);
    return true;
  }

  async #lookAtRows(ports: RoundDoorPorts, agentId: string, tournamentId: string | null): Promise<Looked> {
    const seats = await this.#seats.ask(ports, { agentId, tournamentId, round: null });
    const [seat] = seats;
    if (!seat || seats.length > 1) return { kind: "unclear" };
    if (seat.status === "completed" || seat.status === "cancelled") {
      this.#verified.delete(seat.tournament_id);
      return { kind: "ended" };
    }
    const refusal = refusalOf(seat);
    if (refusal) return refusal;
    this.#verified.set(seat.tournament_id, performance.now());
    this.#known.keep(seat);
    if (seat.open_round_id !== null && !seat.decided) {
      const page = await this.#reads.ask(ports, seat.entry_id);
      if (page) return { kind: "round", page };
    }
    keepNewest(this.#done, seat.entry_id, seat.last_number, ENTRIES_KEPT);
    return waitsFor(seat, seat.last_number, seat.now_ms);
  }
}

type Looked =
  | Exclude<CurrentRound, { kind: "none" }>
  | {
      readonly kind: "waits";
      readonly seat: KnownSeat;
      readonly latest: number;
      readonly retryAfterSeconds: number;
    };

function waitsFor(seat: KnownSeat, latest: number, nowMs: number | null): Extract<Looked, { kind: "waits" }> {
  return { kind: "waits", seat, latest, retryAfterSeconds: nowMs === null ? 1 : retryAfter(seat, latest, nowMs) };
}

/** Whole seconds until the next round is due, from 1 to a minute. A replay's next round may open at any time. */
function retryAfter(seat: KnownSeat, latest: number, nowMs: number): number {
  if (seat.market === "replay") return 1;
  const dueMs = seat.starts_ms + (latest + 1) * seat.interval_seconds * 1000;
  return Math.min(60, Math.max(1, Math.ceil((dueMs - nowMs) / 1000)));
}
