/**
 * What an isolate keeps for agents from outside, by whichever door they come: shared reads, shared writes, and who waits. One
 * for all requests. door.ts says what a door is.
 */
import { OwnWork } from "../../db/own-work.ts";
import { type CurrentRound, CurrentRounds, type RoundDoorPorts } from "./current-round.ts";
import { type Submission, type SubmissionPorts, type Submitted, takeSubmissions } from "./submissions.ts";
import { Waits } from "./waits.ts";

export type DoorPorts = RoundDoorPorts &
  SubmissionPorts & { readonly wakeArena: (tournamentId: string) => Promise<void> };

export class DoorState {
  readonly #rounds = new CurrentRounds();
  readonly #waits = new Waits();
  readonly #submissions = new OwnWork(takeSubmissions);
  readonly #wakes = new Map<string, { again: boolean }>();

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
   * Has a replay go on after an answer. Concurrent answers share a wake. A live round closes at its deadline, so nobody wakes
   * its Arena.
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
        await ports.wakeArena(tournamentId);
      } while (wake.again);
    } finally {
      this.#wakes.delete(tournamentId);
    }
  }
}
