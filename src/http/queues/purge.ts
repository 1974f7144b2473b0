/** POST /queues/{name}/purge and redrive. A dry run says what would happen; a purge needs the token of its dry run. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { signed } from "../../core/tasks/signed.ts";
import { countRedrive, countUnreadable, keepLetter, takeLetters } from "../../db/statements/dead-letters/redrive.ts";
import { countPurge, databaseTime, type Purge, revokeWaiting } from "../../db/statements/queues/purge.ts";
import { type SentMessage, sentMessage } from "../../rounds/messages/schemas.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { optionalJsonBody } from "../request/inputs.ts";
import { invalid } from "../request/validation.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { readToken, writeToken } from "../session/signed-token.ts";
import { queueOf } from "./routes.ts";

const purgeBody = z.strictObject({
  dry_run: z.boolean().optional(),
  /** Also what is not yet due: countdowns, etas and retries to come. */
  scheduled: z.boolean().optional(),
  /** From a dry run, which has settled the other fields. */
  token: z.string().max(500).optional(),
});
const redriveBody = z.strictObject({ dry_run: z.boolean().default(true) });

const tokenSchema = z.strictObject({
  purge: z.string(),
  scheduled: z.boolean(),
  before: z.iso.datetime(),
});

/** How long a dry run's token is good. */
const TOKEN_SECONDS = 900;
/** Statements of one request, each of up to 1,000 rows. The next request with the same token does the rest. */
const STEPS_MAX = 100;

export const queuePurgeRoutes = new Hono<HttpEnv>()
  .post("/queues/:name/purge", requireOperator, queueOf, optionalJsonBody(purgeBody), async (c) => {
    const { name: queue } = c.req.valid("param");
    const body = c.req.valid("json");
    const { dry_run = body.token === undefined, scheduled } = body;
    if (body.token !== undefined) {
      if (dry_run) throw invalid([{ path: "dry_run", message: "can't be true with a token, which purges" }]);
      if (scheduled !== undefined) throw invalid([{ path: "scheduled", message: "is settled by the token" }]);
      return purge(c, queue, body.token);
    }
    if (!dry_run) throw invalid([{ path: "token", message: "is required: a dry run returns it" }]);
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
      const messages: SentMessage[] = [];
      for (const { id, body } of letters) {
        const message = sentMessage.safeParse(body);
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
  const by = signed(actorOf(c), codeVersion);
  let purged = 0;
  for (let step = 0; step < STEPS_MAX; step++) {
    const taken = await revokeWaiting(query, planned, limits.rowsPerStatementMax, by);
    purged += taken;
    if (taken < limits.rowsPerStatementMax) break;
  }
  const { tasks } = summed(await countPurge(query, planned));
  return c.json({ dry_run: false, queue, scheduled, purged, left: tasks });
}
