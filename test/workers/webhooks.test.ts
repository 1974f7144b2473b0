/** Webhooks in workerd, with the fetch and the crypto of workerd. The entry's object makes the calls. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { expect, inject, test } from "vitest";
import type { Heard, Way } from "../support/webhooks/endpoint.ts";
import { call, eventually, query, replay } from "./arrange.ts";

interface Made {
  readonly id: string;
  readonly key: string;
  readonly webhook_secret: string;
}

async function webhookAgent(way: Way): Promise<Made> {
  const body = { name: `Hook ${crypto.randomUUID()}`, kind: "webhook", webhook_url: `${inject("endpointsUrl")}${way}` };
  const made = await call("POST", "/agents", body);
  expect(made.status).toBe(201);
  return made.body;
}
const heardAt = async (way: Way): Promise<Heard[]> => {
  const heard: Heard[] = await (await fetch(`${inject("endpointsUrl")}/heard`)).json();
  return heard.filter(({ path }) => path === way);
};
const completed = (cup: string) =>
  eventually("the replay is over", async () => {
    const [row] = await query<{ status: string }>("select status from tournaments where id = $1", [cup]);
    return row?.status === "completed";
  });

/** How a round ends for the entry, for each way in which its endpoint answers. */
const OUTCOMES: Readonly<Partial<Record<Way, string>>> = {
  "/holds": "held",
  "/nothing": "held",
  "/later": "round.no_answer",
  "/fails": "webhook.bad_status",
  "/busy": "webhook.bad_status",
  "/moved": "webhook.bad_status",
  "/wrong": "webhook.bad_answer",
  "/large": "webhook.bad_answer",
  "/hangs": "webhook.timeout",
  "/half": "webhook.timeout",
  "/drips": "webhook.timeout",
  "/broken": "webhook.unreachable",
  "/gone": "webhook.unreachable",
};

test("each way of answering has its outcome, no decision is lost or doubled, and the round goes on", async () => {
  const ways = Object.keys(OUTCOMES) as Way[];
  const agents = await Promise.all(ways.map(webhookAgent));
  const cup = await replay(
    1,
    agents.map(({ id }) => id),
    // Beside other stages, thirteen webhooks needed more than three.
    { answer_seconds: 12 },
  );
  await call("POST", `/tournaments/${cup}/start`);
  await completed(cup);
  const rows = await query<{ agent_id: string; outcome: string }>(
    `select e.agent_id, coalesce(d.outcome, m.reason) as outcome from entries e
     left join decisions d on d.entry_id = e.id left join missed_decisions m on m.entry_id = e.id where e.tournament_id = $1`,
    [cup],
  );
  // A decision that is stored twice, or stored and missed, would be a second row of its entry.
  const outcomes = ways.map((way, n) => [
    way,
    rows.filter(({ agent_id }) => agent_id === agents[n]?.id).map(({ outcome }) => outcome),
  ]);
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(Object.entries(OUTCOMES).map(([way, outcome]) => [way, [outcome]])),
  );
  const moved = await call("GET", `/agents/${agents[ways.indexOf("/moved")]?.id}/webhook`);
  expect(moved.body.calls[0]).toMatchObject({
    status: 307,
    detail: "The endpoint answered 307. Redirects are not followed.",
  });
});

test("a call from workerd is signed and has a content-length and a user-agent, and all calls of a round have one id", async () => {
  const { id, webhook_secret: secret } = await webhookAgent("/busy");
  // Its one answer is "busy", so it is called until the round closes.
  const cup = await replay(1, [id], { answer_seconds: 60 });
  await call("POST", `/tournaments/${cup}/start`);
  const [entry] = await query<{ id: string }>("select id from entries where tournament_id = $1", [cup]);
  const heard = await eventually("it is called twice", async () => {
    const calls = (await heardAt("/busy")).filter(({ headers }) =>
      String(headers["webhook-id"]).endsWith(entry?.id ?? "-"),
    );
    return calls.length > 1 ? calls : null;
  });
  await call("POST", `/tournaments/${cup}/cancel`);
  for (const { headers, body } of heard) {
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      contract: "agonus.round/1",
    });
    expect(headers).toMatchObject({
      "webhook-id": heard[0]?.headers["webhook-id"],
      "content-length": String(new TextEncoder().encode(body).byteLength),
      "user-agent": "Agonus-Webhook/1",
    });
  }
});

test("a test call and a rotation work in workerd", async () => {
  const { id, key, webhook_secret: old } = await webhookAgent("/holds");
  const rotated = await call("POST", `/agents/${id}/webhook/rotate`, { grace_seconds: 60 }, key);
  expect(rotated.status).toBe(201);
  const tested = await call("POST", `/agents/${id}/webhook/test`, undefined, key);
  expect(tested).toMatchObject({ status: 200, body: { outcome: "decision", status: 200, code: null } });
  const heard = (await heardAt("/holds")).find(({ headers }) => headers["webhook-id"] === tested.body.webhook_id);
  for (const secret of [old, rotated.body.webhook_secret]) {
    expect(() => new Webhook(secret).verify(heard?.body ?? "", heard?.headers as Record<string, string>)).not.toThrow();
  }
});

test("an object that is evicted between two calls of a round makes the next call", async () => {
  const { id } = await webhookAgent("/busy");
  const cup = await replay(1, [id], { answer_seconds: 10 });
  await call("POST", `/tournaments/${cup}/start`);
  const [entry] = await query<{ id: string }>("select id from entries where tournament_id = $1", [cup]);
  const countCalls = async () => (await call("GET", `/agents/${id}/webhook`)).body.calls.length;
  await eventually("the first call is made", async () => (await countCalls()) > 0);
  await evictDurableObject(env.TRADING_AGENT.getByName(entry?.id ?? ""));
  await eventually("the next call is made", async () => (await countCalls()) > 1);
  await completed(cup);
  expect(await query("select reason from missed_decisions where tournament_id = $1", [cup])).toEqual([
    { reason: "webhook.bad_status" },
  ]);
});
