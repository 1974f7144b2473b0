/**
 * Concurrent callers of one small piece of database work share statements: those that ask while a statement runs share the
 * next one. A thousand pollers, or a thousand enqueues of one task each, cost a few statements. Each caller is answered by
 * a statement that began after its call.
 */
import { isOutOfReach } from "./errors.ts";

const SHARE_MAX = 100;
/** A statement dies with the request that sent it. A caller that has waited this long sends one for all who wait. */
const PATIENCE_MS = 1_000;
/** A caller whose ask is in a statement waits longer for it: on a busy database its own one would only add to what is slow. */
const TAKEN_PATIENCE_MS = 5_000;

/** Work that requests ask for. Answers in the order of `asks`. An ask may come again after a lost answer, so its work must be idempotent. */
export type Run<Ports, Ask, Answer> = (ports: Ports, asks: readonly Ask[]) => Promise<readonly Answer[]>;
export interface Work<Ports, Ask, Answer> {
  ask(ports: Ports, ask: Ask): Promise<Answer>;
}
/** How requests do such work: all together, or in some tests each by itself. */
export type MakeWork = <Ports, Ask, Answer>(run: Run<Ports, Ask, Answer>) => Work<Ports, Ask, Answer>;
export const sharedWork: MakeWork = (run) => new SharedWork(run);

interface Asker<Ask, Answer> {
  readonly ask: Ask;
  readonly since: number;
  /** Since when a leader answers it. Null: it still waits for one. */
  takenAt: number | null;
  readonly settle: (told: Told<Ask, Answer>) => void;
  readonly fail: (error: unknown) => void;
}
/** A statement that is under way, or about to be. */
interface Place {
  readonly since: number;
}
type Told<Ask, Answer> =
  /** The caller becomes the leader and sends a statement for these callers too. */
  { readonly lead: readonly Asker<Ask, Answer>[]; readonly place: Place } | { readonly answer: Answer };

export class SharedWork<Ports, Ask, Answer> implements Work<Ports, Ask, Answer> {
  readonly #run: Run<Ports, Ask, Answer>;
  readonly #underWay = new Set<Place>();
  #waiting: Asker<Ask, Answer>[] = [];

  constructor(run: Run<Ports, Ask, Answer>) {
    this.#run = run;
  }

  /** The statement runs on the leader's `ports`, so one caller's `ports` may serve other callers too. */
  async ask(ports: Ports, ask: Ask): Promise<Answer> {
    // Others wait here only behind a statement that has taken too long: they come along.
    if (this.#isFree()) return this.#lead(ports, ask, this.#taken(), this.#take());
    const { promise, resolve, reject } = Promise.withResolvers<Told<Ask, Answer>>();
    const asker: Asker<Ask, Answer> = { ask, since: performance.now(), takenAt: null, settle: resolve, fail: reject };
    this.#waiting.push(asker);
    const lose = () => {
      const left = asker.takenAt === null ? 0 : asker.takenAt + TAKEN_PATIENCE_MS - performance.now();
      if (left > 0) timer = setTimeout(lose, left);
      else {
        this.#waiting = this.#waiting.filter((other) => other !== asker);
        resolve({ lead: asker.takenAt === null ? this.#taken() : [], place: this.#take() });
      }
    };
    // The timer also keeps this request alive: the platform ends a request that waits only for another request's work.
    let timer = setTimeout(lose, PATIENCE_MS);
    try {
      const told = await promise;
      return "answer" in told ? told.answer : await this.#lead(ports, ask, told.lead, told.place);
    } finally {
      clearTimeout(timer);
    }
  }

  #isFree(): boolean {
    const oldest = performance.now() - PATIENCE_MS;
    for (const one of this.#underWay) if (one.since < oldest) this.#underWay.delete(one);
    return this.#underWay.size === 0;
  }

  /** Those whose asks go into the next statement. */
  #taken(): Asker<Ask, Answer>[] {
    // A caller that has waited much longer than its patience has none: its request has ended.
    const patient = performance.now() - 2 * PATIENCE_MS;
    this.#waiting = this.#waiting.filter(({ since }) => since > patient);
    const taken = this.#waiting.splice(0, SHARE_MAX);
    for (const asker of taken) asker.takenAt = performance.now();
    return taken;
  }

  /** Call this before the leader is told. Otherwise a caller that asks in between would start a second statement. */
  #take(): Place {
    const place = { since: performance.now() };
    this.#underWay.add(place);
    return place;
  }

  async #lead(ports: Ports, ask: Ask, others: readonly Asker<Ask, Answer>[], place: Place): Promise<Answer> {
    try {
      const [mine, ...theirs] = await this.#answers(ports, [ask, ...others.map((other) => other.ask)]);
      others.forEach((other, i) => {
        other.settle({ answer: theirs[i] as Answer });
      });
      return mine as Answer;
    } catch (error) {
      // One bad ask makes the shared statement fail for all callers, so each caller then sends its own. An outage would
      // fail again, so every caller gets that error at once.
      if (others.length > 0 && !isOutOfReach(error)) {
        for (const other of others) other.settle({ lead: [], place: this.#take() });
        const [alone] = await this.#answers(ports, [ask]);
        return alone as Answer;
      }
      for (const other of others) other.fail(error);
      throw error;
    } finally {
      // A caller that was just answered may ask again at once. The pause lets that ask join the next shared statement.
      if (others.length > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      this.#underWay.delete(place);
      if (this.#isFree()) {
        const [next, ...rest] = this.#taken();
        if (next) {
          next.settle({ lead: rest, place: this.#take() });
          // A request that ends at once takes what it has told another one with it: workerd delivers it in a later turn.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      }
    }
  }

  async #answers(ports: Ports, asks: readonly Ask[]): Promise<readonly Answer[]> {
    const answers = await this.#run(ports, asks);
    if (answers.length !== asks.length) throw new Error(`${answers.length} answers to ${asks.length} who asked`);
    return answers;
  }
}
