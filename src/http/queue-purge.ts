/** POST /queues/{name}/purge · redrive: first a dry run, which says what would happen, then its token. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { type Message, messageSchema } from "../core/message.ts";
import { signed } from "../core/signed.ts";
import { countRedrive, countUnreadable, keepLetter, takeLetters } from "../db/statements/dead-letter-redrive.ts";
import { countPurge, databaseTime, type Purge, revokeWaiting } from "../db/statements/queue-purge.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { optionalJsonBody } from "./inputs.ts";
import { queueOf } from "./queues.ts";
import { readToken, writeToken } from "./signed-token.ts";
import { invalid } from "./validation.ts";

export const purgeBody = z.strictObject({
  dry_run: z.boolean().optional(),
  /** Also what is not yet due: countdowns, etas and retries to come. */
  scheduled: z.boolean().optional(),
  /** Of a dry run, which has settled the rest. */
  token: z.string().max(500).optional(),
});
export const redriveBody = z.strictObject({ dry_run: z.boolean().default(true) });

const tokenSchema = z.strictObject({
  purge: z.string(),
  scheduled: z.boolean(),
  before: z.iso.datetime(),
});

/** Of a dry run's token. */
const TOKEN_SECONDS = 900;
/** Steps of one request: each is a statement of 1,000 rows. The same token goes on with what is left. */
const STEPS_MAX = 100;

export const queuePurgeRoutes = new Hono<HttpEnv>()
  .post("/queues/:name/purge", requireOperator, queueOf, optionalJsonBody(purgeBody), async (c) => {
    const { name: queue } = c.req.valid("param");
    const body = c.req.valid("json");
    const { dry_run = body.token === undefined, scheduled } = body;
    if (body.token !== undefined) {
      if (dry_run) throw invalid([{ path: "dry_run", message: "excludes token, which purges" }]);
      if (scheduled !== undefined) throw invalid([{ path: "scheduled", message: "is settled by the token" }]);
      return purge(c, queue, body.token);
    }
    if (!dry_run) throw invalid([{ path: "token", message: "is required: a dry run gives it" }]);
    const { query } = c.get("deps");
    const planned: Purge = { queue, scheduled: scheduled ?? false, before: await databaseTime(query) };
    const would = await countPurge(query, planned);
    const token = await writeToken(c, { purge: queue, scheduled: planned.scheduled, before: planned.before });
    return c.json({ dry_run: true, queue, scheduled: planned.scheduled, ...summed(would), token });
  })
  .post("/queues/:name/redrive", requireOperator, queueOf, optionalJsonBody(redriveBody), async (c) => {
    const { name: queue } = c.req.valid("param");
    const { dry_run } = c.req.valid("json");
    const { query, send } = c.get("deps");
    if (dry_run) {
      const [counts, unreadable] = await Promise.all([countRedrive(query, queue), countUnreadable(query, queue)]);
      const letters = counts.reduce((sum, count) => sum + count.letters, 0);
      return c.json({ dry_run: true, queue, letters, counts, unreadable });
    }
    let resent = 0;
    for (let step = 0; step < STEPS_MAX; step++) {
      const letters = await takeLetters(query, queue, limits.sendBatchMessagesMax);
      if (letters.length === 0) break;
      const messages: Message[] = [];
      for (const { id, body } of letters) {
        const message = messageSchema.safeParse(body);
        if (message.success) messages.push(message.data);
        else await keepLetter(query, id);
      }
      if (messages.length > 0) await send(queue, messages);
      resent += messages.length;
    }
    return c.json({ dry_run: false, queue, resent, unreadable: await countUnreadable(query, queue) });
  });

function summed(counts: Awaited<ReturnType<typeof countPurge>>) {
  return { tasks: counts.reduce((sum, { tasks }) => sum + tasks, 0), counts };
}

async function purge(c: HttpContext, queue: string, token: string) {
  const { query, codeVersion } = c.get("deps");
  const parsed = tokenSchema.safeParse(await readToken(c, token));
  if (!parsed.success || parsed.data.purge !== queue) throw new CodedError("queue.bad_token");
  const { scheduled, before } = parsed.data;
  const age = Date.parse(await databaseTime(query)) - Date.parse(before);
  if (age > TOKEN_SECONDS * 1000) throw new CodedError("queue.bad_token");
  const planned: Purge = { queue, scheduled, before };
  const by = signed("operator", codeVersion);
  let purged = 0;
  for (let step = 0; step < STEPS_MAX; step++) {
    const taken = await revokeWaiting(query, planned, limits.rowsPerStatementMax, by);
    purged += taken;
    if (taken < limits.rowsPerStatementMax) break;
  }
  const { tasks } = summed(await countPurge(query, planned));
  return c.json({ dry_run: false, queue, scheduled, purged, left: tasks });
}
