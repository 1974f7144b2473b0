/** The same ports for one request: whatever they log, send or enqueue carries the request's correlation id. */
import type { EnginePorts } from "./task.ts";

export function correlated<P extends EnginePorts>(ports: P, correlationId: string | null): P {
  if (correlationId === null || correlationId === ports.correlationId) return ports;
  const id = { correlation_id: correlationId };
  const send: EnginePorts["send"] = (queue, messages, delaySeconds) =>
    ports.send(
      queue,
      messages.map((message) => ({ ...id, ...message })),
      delaySeconds,
    );
  return {
    ...ports,
    correlationId,
    send,
    log: (event) => ports.log({ ...id, ...event }),
    enqueue: (name, args, options) => ports.enqueue(name, args, { correlationId, ...options }),
    enqueueMany: (name, all, options) => ports.enqueueMany(name, all, { correlationId, ...options }),
  };
}
