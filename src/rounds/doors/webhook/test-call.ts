/** Calls an agent's endpoint with a round that is no round, so that its author sees what comes back. Nothing is decided. */
import type { DecisionBody } from "../../../api/decision.ts";
import { CodedError } from "../../../core/error-codes.ts";
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../../db/query.ts";
import { countTests } from "../../../db/statements/webhooks/count-tests.ts";
import { storeCall } from "../../../db/statements/webhooks/store-call.ts";
import { meaningOf, shownAnswer } from "./answer.ts";
import { callWebhook, type Fault } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";
import type { WebhookPorts } from "./ports.ts";
import { sampleRound } from "./sample.ts";

const PATIENCE_MS = 20_000;

export interface TestedCall {
  readonly webhookId: string;
  readonly ms: number;
  readonly status: number | null;
  readonly outcome: "decision" | "later" | "fault";
  readonly fault: Fault | null;
  readonly decision: DecisionBody | null;
  /** The answer's beginning. */
  readonly answer: string | null;
}

/** Throws webhook.not_found, webhook.no_secret and webhook.too_many_tests. `id`: a fresh UUIDv7. */
export async function testWebhook(query: Query, ports: WebhookPorts, agentId: string, id: string): Promise<TestedCall> {
  const endpoint = await openEndpoint(query, ports, agentId);
  if (endpoint.kind === "fault") throw new CodedError(endpoint.fault.code, endpoint.fault.message);
  if ((await countTests(query, agentId)) >= limits.webhookTestsPerMinute)
    throw new CodedError("webhook.too_many_tests");
  const round = sampleRound(ports.clock());
  const webhookId = `test_${id}`;
  const exchange = await callWebhook(ports, endpoint, { id: webhookId, body: JSON.stringify(round) }, PATIENCE_MS);
  const meaning = meaningOf(exchange, round.round.number);
  const fault = meaning.kind === "fault" ? meaning.fault : null;
  const { ms, status } = exchange;
  const answer = shownAnswer(exchange);
  await storeCall(query, { id, agentId, roundId: null, attempt: 1, ms, status, fault, answer });
  const decision = meaning.kind === "decision" ? meaning.body : null;
  return { webhookId, ms, status, outcome: meaning.kind, fault, decision, answer };
}
