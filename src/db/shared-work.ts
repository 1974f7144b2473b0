/**
 * A small piece of work on the database that many want at a time: who asks while some is under way shares the next
 * statement with the others who wait. A thousand pollers, or a thousand who enqueue a task each, cost a few statements.
 * Each is answered by a statement that began after it asked.
 */
import { isOutOfReach } from "./errors.ts";

const SHARE_MAX = 100;
/** A request that its caller gave up takes its statement along: after this, who waited for it asks for itself. */
const PATIENCE_MS = 1_000;

interface Asker<Ask, Answer> {
  readonly ask: Ask;
  readonly since: number;
  readonly settle: (told: Told<Ask, Answer>) => void;
  readonly fail: (error: unknown) => void;
}
/** A statement that is under way, or about to be. */
interface Place {
  readonly since: number;
}
type Told<Ask, Answer> =
  /** Ask for these as well. */
  { readonly lead: readonly Asker<Ask, Answer>[]; readonly place: Place } | { readonly answer: Answer };

export class SharedWork<Ports, Ask, Answer> {
  /** Answers in the order of what was asked. What is asked twice, after a lost answer, must be done once. */
  readonly #run: (ports: Ports, asks: readonly Ask[]) => Promise<readonly Answer[]>;
  readonly #underWay = new Set<Place>();
  #waiting: Asker<Ask, Answer>[] = [];

  constructor(run: (ports: Ports, asks: readonly Ask[]) => Promise<readonly Answer[]>) {
    this.#run = run;
  }

  /** `ports` are the caller's own: they may speak for others who wait. */
  async ask(ports: Ports, ask: Ask): Promise<Answer> {
    if (this.#isFree()) return this.#lead(ports, ask, [], this.#take());
    const { promise, resolve, reject } = Promise.withResolvers<Told<Ask, Answer>>();
    const asker: Asker<Ask, Answer> = { ask, since: performance.now(), settle: resolve, fail: reject };
    this.#waiting.push(asker);
    // A timer of this request, too: the platform ends a request that has nothing of its own to wait for.
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== asker);
      resolve({ lead: [], place: this.#take() });
    }, PATIENCE_MS);
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

  /** Before its leader is told: who asks in between would find it free. */
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
      // One that can't be stored, or not even written down, refused all: each alone then. Of an outage each learns as it is.
      if (others.length > 0 && !isOutOfReach(error)) {
        for (const other of others) other.settle({ lead: [], place: this.#take() });
        const [alone] = await this.#answers(ports, [ask]);
        return alone as Answer;
      }
      for (const other of others) other.fail(error);
      throw error;
    } finally {
      // Who was answered with it may come again at once, and then shares the next one with those who came meanwhile.
      if (others.length > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      this.#underWay.delete(place);
      if (this.#isFree()) {
        // Who has waited for longer looks for itself by now, or its request has ended and nobody wants it any more.
        const patient = performance.now() - PATIENCE_MS;
        this.#waiting = this.#waiting.filter(({ since }) => since > patient);
        const [next, ...rest] = this.#waiting.splice(0, SHARE_MAX);
        if (next) next.settle({ lead: rest, place: this.#take() });
      }
    }
  }

  async #answers(ports: Ports, asks: readonly Ask[]): Promise<readonly Answer[]> {
    const answers = await this.#run(ports, asks);
    if (answers.length !== asks.length) throw new Error(`${answers.length} answers to ${asks.length} who asked`);
    return answers;
  }
}
