/** What a bench is, and what it receives. */
import type { Measured } from "./figure.ts";
import type { Peers } from "./peers.ts";

export interface BenchContext {
  /** Null: Agonus alone. */
  readonly peers: Peers | null;
  readonly quick: boolean;
  readonly profile: boolean;
  readonly say: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  /** Only when it is named, or all are. */
  readonly long?: boolean;
  /** Cleans up after itself, also when it throws. A wrong ledger or invariant throws. */
  readonly run: (context: BenchContext) => Promise<Measured[]>;
}

export const REPETITIONS = 3;

/** Ours and the peer's in turn: one of each, so often. What the machine does meanwhile meets both. */
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
