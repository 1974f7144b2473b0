/**
 * Stands in for SharedWork where each request must do its work by its own statement. The pool that runs test/workers turns
 * off `handle_cross_request_promise_resolution`, so there a request that waits for another request's promise ends as hung.
 * With the flag, which is on in production and in the local stack, it does not.
 */
import type { Work } from "../../src/db/shared-work.ts";

export class OwnWork<Ports, Ask, Answer> implements Work<Ports, Ask, Answer> {
  readonly #run: (ports: Ports, asks: readonly Ask[]) => Promise<readonly Answer[]>;

  constructor(run: (ports: Ports, asks: readonly Ask[]) => Promise<readonly Answer[]>) {
    this.#run = run;
  }

  async ask(ports: Ports, ask: Ask): Promise<Answer> {
    const [answer] = await this.#run(ports, [ask]);
    return answer as Answer;
  }
}
