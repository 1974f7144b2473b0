/** What a message handler is. The consumer is handed a table with one handler for each type of message. */
import { z } from "zod";
import type { EnginePorts } from "./task.ts";
import type { Message } from "./tasks-message.ts";

/** What a handler is told about the batch that its messages came in. */
export interface Batch {
  /** Runs `work` when the whole batch has been worked through: once for a key, however often it is asked for. */
  afterwards(key: string, work: () => Promise<void>): void;
}

/** How messages of one type are worked on. The members are methods so that handlers of different messages fit one table. */
export interface MessageHandler<M extends Message = Message, P extends EnginePorts = EnginePorts> {
  readonly schema: z.ZodType<M>;
  /** Whether rows owe what the message asks for. If so, a paused queue drops it, and the rows send it again later. */
  readonly isOwedByRows: boolean;
  /** Messages of one batch with the same key are worked on together. */
  groupKey(message: M): string;
  /** How much work a message asks for. Small groups go first, so that they do not wait behind large ones. */
  size(message: M): number;
  handle(ports: P, messages: readonly M[], batch: Batch): Promise<{ readonly tasks: number }>;
}

/** Handlers by the type of their messages. */
export type MessageHandlers = Readonly<Record<string, MessageHandler>>;

/** Keeps the types of a handler's messages and ports while it is written. */
export function defineHandler<M extends Message, P extends EnginePorts = EnginePorts>(
  handler: MessageHandler<M, P>,
): MessageHandler<M, P> {
  return handler;
}

const typed = z.looseObject({ type: z.string() });

/** The message and its handler; null for a body that no handler can read. */
export function readMessage(
  handlers: MessageHandlers,
  body: unknown,
): { readonly message: Message; readonly handler: MessageHandler } | null {
  const type = typed.safeParse(body).data?.type;
  const handler = type !== undefined && Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  const parsed = handler?.schema.safeParse(body);
  return handler && parsed?.success ? { message: parsed.data, handler } : null;
}
