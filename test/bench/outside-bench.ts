/** The bench's side of a crowd of agents from outside. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { OutsideAgent } from "../support/outside-agents.ts";
import { nextMessage } from "./next-message.ts";

export type Member = OutsideAgent;

export type CrowdOrder =
  | { readonly kind: "members"; readonly members: readonly Member[] }
  /** All wait for rounds and answer them, from now on. */
  | { readonly kind: "play" }
  | { readonly kind: "together"; readonly together: boolean }
  | { readonly kind: "post"; readonly round: number; readonly connections: number }
  /** What was seen since the last report. */
  | { readonly kind: "report" }
  | { readonly kind: "stop" };

export interface CrowdAnswer {
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** The round and the time of each page that came. */
  readonly woken?: readonly (readonly [round: number, atMs: number])[];
  /** How often they asked for a round. */
  readonly asked?: number;
  /** Answers of 503, each asked again. */
  readonly busy?: number;
  readonly faults?: readonly (readonly [text: string, times: number])[];
  readonly failure?: string;
}

export class Crowd {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async gather(url: string, tournamentId: string, members: readonly Member[]): Promise<Crowd> {
    const crowd = new Crowd(fork(join(import.meta.dirname, "outside-crowd.ts"), [url, tournamentId]));
    await crowd.ask({ kind: "members", members });
    return crowd;
  }

  async ask(order: CrowdOrder): Promise<CrowdAnswer> {
    const answered = nextMessage(this.#child);
    this.#child.send(order);
    const answer = (await answered) as CrowdAnswer;
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer;
  }

  async leave(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
