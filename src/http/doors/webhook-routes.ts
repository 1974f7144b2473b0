/** /agents/{id}/webhook: an agent's endpoint with its last answers, a test call, and the rotation of its secret. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { listCalls, type WebhookCallRow } from "../../db/statements/webhooks/list-calls.ts";
import { readWebhook } from "../../db/statements/webhooks/read.ts";
import { rotateWebhook } from "../../db/statements/webhooks/rotate.ts";
import { newWebhookSecret } from "../../rounds/doors/webhook/endpoint.ts";
import { webhookId } from "../../rounds/doors/webhook/job.ts";
import { testWebhook } from "../../rounds/doors/webhook/test-call.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { idOf, optionalJsonBody } from "../request/inputs.ts";
import { requireAgentOrOperator, requireAgentOrViewer } from "../session/rights.ts";

const agentId = idOf("agent.not_found");
const rotateBody = z.strictObject({
  /** How long the old secret signs too. */
  grace_seconds: z.int().min(0).max(limits.keyGraceSecondsMax).default(0),
});
const testBody = z.strictObject({});

export const webhookRoutes = new Hono<HttpEnv>()
  .get("/agents/:id/webhook", requireAgentOrViewer, agentId, async (c) => {
    const { query } = c.get("deps");
    const { id } = c.req.valid("param");
    const webhook = await readWebhook(query, id);
    if (!webhook) throw await missing(c, id);
    const { url, created_at, rotated_at, grace_ends_at } = webhook;
    const calls = await listCalls(query, id);
    return c.json({
      agent_id: id,
      webhook_url: url,
      created_at,
      rotated_at,
      grace_ends_at,
      calls: calls.map(wireCall),
    });
  })
  .post("/agents/:id/webhook/rotate", requireAgentOrOperator, agentId, optionalJsonBody(rotateBody), async (c) => {
    const { query, webhooks, newId, newToken, reservedId } = c.get("deps");
    const { id } = c.req.valid("param");
    const { secret, sealed } = await newWebhookSecret(webhooks, id, newToken());
    const rotation = reservedId ?? newId();
    const graceSeconds = c.req.valid("json").grace_seconds;
    const graceEndsAt = await rotateWebhook(query, { agentId: id, sealedSecret: sealed, graceSeconds, rotation });
    if (graceEndsAt === undefined) throw await missing(c, id);
    // A secret has no id but its agent's.
    c.set("shownSecret", { key_id: id });
    return c.json({ agent_id: id, webhook_secret: secret, grace_ends_at: graceEndsAt }, 201);
  })
  .post("/agents/:id/webhook/test", requireAgentOrOperator, agentId, optionalJsonBody(testBody), async (c) => {
    const { query, webhooks, newId } = c.get("deps");
    const { id } = c.req.valid("param");
    if (!(await readWebhook(query, id))) throw await missing(c, id);
    const { webhookId: webhook_id, fault, ...tested } = await testWebhook(query, webhooks, id, newId());
    return c.json({ webhook_id, ...tested, code: fault?.code ?? null, detail: fault?.message ?? null });
  });

async function missing(c: HttpContext, id: string): Promise<CodedError> {
  return new CodedError((await readAgent(c.get("deps").query, id)) ? "webhook.not_found" : "agent.not_found");
}

function wireCall({ id, round_id, entry_id, ...call }: WebhookCallRow) {
  const isTest = round_id === null;
  const webhook_id = isTest || entry_id === null ? `test_${id}` : webhookId({ roundId: round_id, entryId: entry_id });
  return { webhook_id, test: isTest, ...call };
}
