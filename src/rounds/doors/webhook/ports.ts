/** What webhooks need of the world. */
import type { Resolve } from "./resolve.ts";
import type { Vault } from "./vault.ts";

export interface WebhookPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly resolve: Resolve;
  /** Null: the deployment has no secret. */
  readonly vault: Vault | null;
  /** Only in the local stack: webhooks may go to this machine. */
  readonly loopback: boolean;
  /** The isolate's clock, epoch milliseconds. */
  readonly clock: () => number;
}
