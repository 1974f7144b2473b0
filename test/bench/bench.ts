/** The types of a bench and of what it receives. */
import type { Measured } from "./figure.ts";
import type { Peers } from "./peers.ts";

export interface BenchContext {
  /** Null: Agonus alone. */
  readonly peers: Peers | null;
  /** Another checkout of Agonus, with its packages installed, that `replay` is measured against. Null: none. */
  readonly base: string | null;
  readonly quick: boolean;
  readonly profile: boolean;
  readonly print: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  /** True: it runs only when it is named, or with --all. */
  readonly long?: boolean;
  /** Cleans up after itself, also when it throws. Throws on a wrong ledger or a broken invariant. */
  readonly run: (context: BenchContext) => Promise<Measured[]>;
}

export const REPETITIONS = 3;

/** Measures ours and the peer's by turns, so that what else the machine does meets both. */
export async function inTurn<A, B>(
  context: BenchContext,
  ours: (nth: number) => Promise<A>,
  peer: ((peers: Peers, nth: number) => Promise<B>) | null,
): Promise<{ ours: A[]; peer: B[] }> {
  const all: { ours: A[]; peer: B[] } = { ours: [], peer: [] };
  for (let nth = 0; nth < REPETITIONS; nth++) {
    context.signal.throwIfAborted();
    all.ours.push(await ours(nth));
    context.signal.throwIfAborted();
    if (peer && context.peers) all.peer.push(await peer(context.peers, nth));
  }
  return all;
}
