/** Waits for a message of a child process that a bench has started. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Resolves to the child's next message. Throws when the child ends instead. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const said = once(child, "message", { signal: over.signal });
  const gone = once(child, "exit", { signal: over.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended (${code}): ${child.spawnargs.slice(1).join(" ")}`);
  });
  try {
    const [message] = await Promise.race([said, gone]);
    return message;
  } finally {
    over.abort();
    await Promise.allSettled([said, gone]);
  }
}
