/** Records the batches that the Worker of these tests gets, and can make a batch end by an error. */
export interface Handed {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
}

export const batches = {
  /** Each message of each batch, in the order of their delivery. */
  handed: [] as Handed[],
  /** The next batch with at least this many messages works on only that many, and then throws. Null: no batch throws. */
  breaksAfter: null as number | null,
};
