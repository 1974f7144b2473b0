/** Ends the attempts of one claim. Successes of the same moment share one statement. */
import { databaseFault } from "../db/errors.ts";
import type { Query } from "../db/query.ts";
import { type Ending, finishTask } from "../db/statements/tasks/finish.ts";
import { succeedTasks } from "../db/statements/tasks/succeed.ts";

interface Waiting {
  readonly id: string;
  readonly ending: Ending;
  readonly result: Record<string, unknown>;
  readonly tell: (stored: boolean) => void;
  readonly fail: (fault: unknown) => void;
}

export class Finisher {
  readonly #query: Query;
  readonly #token: string;
  readonly #by: string;
  #waiting: Waiting[] = [];

  constructor(query: Query, token: string, by: string) {
    this.#query = query;
    this.#token = token;
    this.#by = by;
  }

  /** Ends one attempt. False when the token no longer holds the task. */
  finish(id: string, ending: Ending): Promise<boolean> {
    const { result } = ending;
    if (ending.state !== "SUCCESS" || result === null) return this.#alone(id, ending);
    return new Promise((tell, fail) => {
      this.#waiting.push({ id, ending, result, tell, fail });
      // Handlers without I/O all end before this timer fires, and so share the statement.
      if (this.#waiting.length === 1) setTimeout(() => void this.#flush(), 0);
    });
  }

  #alone(id: string, ending: Ending): Promise<boolean> {
    return finishTask(this.#query, id, this.#token, ending, this.#by);
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    const all = this.#waiting;
    this.#waiting = [];
    if (all.length > 1) {
      try {
        const stored = await succeedTasks(this.#query, this.#token, all, this.#by);
        for (const one of all) one.tell(stored.has(one.id));
        return;
      } catch (fault) {
        // One bad row, or a deadlock, refuses the whole statement, so each attempt is then ended alone. When the outcome is
        // unknown, some may have been stored: all callers get the error.
        if (databaseFault(fault) === "unknown") {
          for (const one of all) one.fail(fault);
          return;
        }
      }
    }
    for (const { id, ending, tell, fail } of all) await this.#alone(id, ending).then(tell, fail);
  }
}
