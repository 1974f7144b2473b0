/** An answer whose text is made while it is sent, so that a long list is never in memory as a whole. */

const CHUNK_CHARS = 16_384;

/** The first part is made before the answer begins: a fault there is still an answer with its own status. */
export async function textStream(lines: AsyncIterable<string>, headers: Record<string, string>): Promise<Response> {
  const parts = lines[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const next = async () => {
    let text = "";
    let done = false;
    while (!done && text.length < CHUNK_CHARS) {
      const part = await parts.next();
      done = part.done === true;
      if (!part.done) text += part.value;
    }
    return { bytes: encoder.encode(text), done };
  };
  let ready: Awaited<ReturnType<typeof next>> | null = await next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { bytes, done } = ready ?? (await next());
      ready = null;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (done) controller.close();
    },
    async cancel() {
      await parts.return?.();
    },
  });
  return new Response(body, { headers });
}
