/**
 * What an isolate keeps for agents from outside, by whichever door they come: shared reads, shared writes, and who waits. One
 * for all requests. door.ts says what a door is.
 */
import type { MakeWork, Work } from "../../db/shared-work.ts";
import { type CurrentRound, CurrentRounds, type RoundDoorPorts } from "./current-round.ts";
import { type Waking, wokenByLeader } from "./openings.ts";
import { KnownSeats } from "./seat.ts";
import { type Submission, type SubmissionPorts, type Submitted, takeSubmissions } from "./submissions.ts";
import { Waits } from "./waits.ts";

export type DoorPorts = RoundDoorPorts &
  SubmissionPorts & {
    /** Has the Arena look at the answers of its open round. Returns how many it still waits for. */
    readonly takeAnswers: (tournamentId: string) => Promise<number>;
  };

/** While as many answers are missing as were, no wake follows a wake for so long: other isolates may have got them. */
const WAKE_PAUSE_MS = 200;
const LOOK_MS = 20;

export class DoorState {
  readonly #seats = new KnownSeats();
  readonly #rounds: CurrentRounds;
  readonly #waits = new Waits();
  readonly #submissions: Work<SubmissionPorts, Submission, Submitted>;
  /** By tournament: the answers since its wake began. */
  readonly #wakes = new Map<string, { answers: number }>();

  constructor(makeWork: MakeWork, waking: Waking = wokenByLeader) {
    this.#rounds = new CurrentRounds(makeWork, waking, this.#seats);
    this.#submissions = makeWork((ports, submissions) => takeSubmissions(ports, submissions, this.#seats));
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

  async submit(ports: DoorPorts, submission: Submission): Promise<Submitted> {
    const submitted = await this.#submissions.ask(ports, submission);
    if (submitted.kind === "answer" && submitted.answer.stored_at !== null) {
      const seat = this.#seats.get(submission.agentId, submitted.tournamentId);
      if (seat) this.#rounds.decided(seat.entry_id, submitted.answer.round);
    }
    return submitted;
  }

  /**
   * Has a replay go on after an answer. Concurrent answers share a wake. The next one comes when as many answers as the Arena
   * waited for are there: an Arena that looks after each of a thousand answers would take the database from them. A live round
   * closes at its deadline, so nobody wakes its Arena.
   */
  async wake(ports: DoorPorts, tournamentId: string): Promise<void> {
    const running = this.#wakes.get(tournamentId);
    if (running) {
      running.answers += 1;
      return;
    }
    const wake = { answers: 0 };
    this.#wakes.set(tournamentId, wake);
    try {
      do {
        wake.answers = 0;
        const awaited = await ports.takeAnswers(tournamentId);
        for (let waited = 0; wake.answers > 0 && wake.answers < awaited && waited < WAKE_PAUSE_MS; waited += LOOK_MS) {
          await pause(LOOK_MS);
        }
      } while (wake.answers > 0);
    } finally {
      this.#wakes.delete(tournamentId);
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
