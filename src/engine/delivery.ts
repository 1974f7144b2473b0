/** The part of the platform's message that the consumer uses. */
export interface Delivery {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** After a fault of ours the platform delivers the message again, this much later. */
export const RETRY_DELAY_SECONDS = 2;
