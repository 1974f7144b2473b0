/** The platform's queues, by the names that tasks and routes use. */
export const queueNames = ["agents", "trading", "recovery"] as const;
export type QueueName = (typeof queueNames)[number];

/** Reads the platform's name of a queue: "agonus-staging-agents-dlq" → {queue: "agents", dead: true}. Null for an unknown name. */
export function parseQueueName(platformName: string): { queue: QueueName; dead: boolean } | null {
  const match = /-(agents|trading|recovery)(-dlq)?$/.exec(platformName);
  const queue = queueNames.find((name) => name === match?.[1]);
  return queue ? { queue, dead: match?.[2] !== undefined } : null;
}
