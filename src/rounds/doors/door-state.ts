/**
 * What an isolate keeps for agents from outside, by whichever door they come: shared reads, shared writes, and who waits. One
 * for all requests. door.ts says what a door is.
 */
import type { MakeWork, Work } from "../../db/shared-work.ts";
import { type CurrentRound, CurrentRounds, type RoundDoorPorts } from "./current-round.ts";
import { type Waking, wokenByLeader } from "./openings.ts";
import { type Submission, type SubmissionPorts, type Submitted, takeSubmissions } from "./submissions.ts";
import { Waits } from "./waits.ts";

export type DoorPorts = RoundDoorPorts &
  SubmissionPorts & { readonly wakeArena: (tournamentId: string) => Promise<void> };

/** How long no wake follows a wake, in wakes, and at most. */
const WAKE_PAUSE = 2;
const WAKE_PAUSE_MAX_MS = 200;

export class DoorState {
  readonly #rounds: CurrentRounds;
  readonly #waits = new Waits();
  readonly #submissions: Work<SubmissionPorts, Submission, Submitted>;
  readonly #wakes = new Map<string, { again: boolean }>();

  constructor(makeWork: MakeWork, waking: Waking = wokenByLeader) {
    this.#rounds = new CurrentRounds(makeWork, waking);
    this.#submissions = makeWork(takeSubmissions);
  }

  /** The round that the agent is to decide. Null: `who` holds as many waits as allowed. */
  current(
    ports: DoorPorts,
    who: string,
    agentId: string,
    tournamentId: string | null,
    waitMs: number,
  ): Promise<CurrentRound | null> {
    const read = () => this.#rounds.read(ports, agentId, tournamentId, waitMs);
    return waitMs > 0 ? this.#waits.during(who, read) : read();
  }

  submit(ports: DoorPorts, submission: Submission): Promise<Submitted> {
    return this.#submissions.ask(ports, submission);
  }

  /**
   * Has a replay go on after an answer. Concurrent answers share a wake, and between two wakes is twice the time of a wake: an
   * Arena that looks after each of a thousand answers would take the database from them. A live round closes at its deadline,
   * so nobody wakes its Arena.
   */
  async wake(ports: DoorPorts, tournamentId: string): Promise<void> {
    const running = this.#wakes.get(tournamentId);
    if (running) {
      running.again = true;
      return;
    }
    const wake = { again: false };
    this.#wakes.set(tournamentId, wake);
    try {
      do {
        wake.again = false;
        const began = performance.now();
        await ports.wakeArena(tournamentId);
        if (wake.again) await pause(Math.min(WAKE_PAUSE_MAX_MS, WAKE_PAUSE * (performance.now() - began)));
      } while (wake.again);
    } finally {
      this.#wakes.delete(tournamentId);
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
