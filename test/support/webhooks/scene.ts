/** Agents of the kind webhook in a tournament of a test: real endpoints, and rounds and calls that are moved by hand. */
import { newToken } from "../../../src/ports.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { newWebhookSecret } from "../../../src/rounds/doors/webhook/endpoint.ts";
import { type TestClock, testClock, type World, type WorldOptions, world } from "../builders.ts";
import { type Api, KEY, openApi } from "../http-app.ts";
import { type InProcess, inProcess } from "../in-process.ts";
import { startEndpoint, type TestEndpoint } from "./endpoint.ts";
import { testWebhooks } from "./webhooks.ts";

export interface Hooked {
  readonly id: string;
  readonly entryId: string;
  readonly key: string;
  readonly secret: string;
  readonly endpoint: TestEndpoint;
}

export interface WebhookScene {
  readonly api: Api;
  readonly clock: TestClock;
  readonly run: InProcess;
  readonly cup: World;
  readonly agents: readonly Hooked[];
  /** Brings the clock to a round's due time, opens the round, and has its tasks handed over to the objects. */
  open(round: number): Promise<void>;
  /** Steps the tournament and all calls, until no call is due before `until`. */
  callAll(until?: number): Promise<void>;
  step(): Promise<void>;
  close(): Promise<void>;
}

export async function webhookScene(options: WorldOptions = {}): Promise<WebhookScene> {
  let now = () => Date.now();
  const webhooks = testWebhooks(KEY, { loopback: true, clock: () => now() });
  const api = await openApi({ webhooks });
  const clock = await testClock(api.db.query);
  now = clock.now;
  const run = inProcess(api.db.query, "1", webhooks);
  const cup = await world(api.db.query, { kind: "webhook", entries: 1, ...options });
  const agents: Hooked[] = [];
  for (const { id: entryId, agentId } of cup.entries) {
    const endpoint = await startEndpoint();
    const { secret, sealed } = await newWebhookSecret(webhooks, agentId, newToken());
    await api.db.query("insert into webhooks (agent_id, url, secret) values ($1, $2, $3)", [
      agentId,
      endpoint.url,
      sealed,
    ]);
    const { body } = await api.post("/keys", { role: "agent", name: "Hook", agent_id: agentId });
    agents.push({ id: agentId, entryId, key: body.key, secret, endpoint });
  }
  const step = async () => {
    await advance(run.ports, cup.id);
    await run.drain();
  };
  return {
    api,
    clock,
    run,
    cup,
    agents,
    step,
    open: async (round) => {
      await clock.set(cup.due(round));
      await step();
      await step();
    },
    callAll: async (until = Number.POSITIVE_INFINITY) => {
      for (;;) {
        await run.stepCalls();
        const due = [...run.calls.values()].map(({ nextAt }) => nextAt);
        if (due.length === 0) return;
        const next = Math.min(...due);
        if (next > until) return;
        if (next > clock.now()) await clock.set(next);
      }
    },
    close: async () => {
      await Promise.all(agents.map(({ endpoint }) => endpoint.close()));
      await api.db.close();
    },
  };
}
