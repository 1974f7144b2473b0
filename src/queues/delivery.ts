/** What the consumer needs of a platform message. */
export interface Delivery {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** A fault of ours: handed over again after this. */
export const RETRY_DELAY_SECONDS = 2;
