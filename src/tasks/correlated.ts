/** The same ports on behalf of one request: what is logged, sent and enqueued through them carries its correlation id. */
import type { TaskPorts } from "./define.ts";

export function correlated<P extends TaskPorts>(ports: P, correlationId: string | null): P {
  if (correlationId === null || correlationId === ports.correlationId) return ports;
  const id = { correlation_id: correlationId };
  return {
    ...ports,
    correlationId,
    log: (event) => ports.log({ ...id, ...event }),
    send: (queue, messages, delaySeconds) =>
      ports.send(
        queue,
        messages.map((message) => ({ ...id, ...message })),
        delaySeconds,
      ),
    enqueue: (name, args, options) => ports.enqueue(name, args, { correlationId, ...options }),
    enqueueMany: (name, all, options) => ports.enqueueMany(name, all, { correlationId, ...options }),
    wakeArena: (tournamentId) => ports.wakeArena(tournamentId, correlationId),
  };
}
