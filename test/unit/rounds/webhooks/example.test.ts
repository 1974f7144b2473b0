/** The webhook receiver of docs/examples as it stands, met by calls that are signed as ours are. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decisionBody } from "../../../../src/api/decision.ts";
import { newToken } from "../../../../src/ports.ts";
import { newWebhookSecret } from "../../../../src/rounds/doors/webhook/endpoint.ts";
import { signedHeaders } from "../../../../src/rounds/doors/webhook/sign.ts";
import { testWebhooks } from "../../../support/webhooks/webhooks.ts";

const FILE = join(import.meta.dirname, "../../../../docs/examples/webhook.ts");
const newSecret = async () => (await newWebhookSecret(testWebhooks("s"), "agent", newToken())).secret;
const round = {
  round: { number: 17 },
  market: { "BTC-USDT": { price: "100000" }, "ETH-USDT": { price: "4000" } },
  portfolio: { cash: "400", positions: [{ symbol: "BTC-USDT", quantity: "0.001" }] },
};

let receiver: ChildProcess;
let secret = "";
let url = "";
beforeAll(async () => {
  secret = await newSecret();
  receiver = spawn(process.execPath, [FILE], {
    env: { WEBHOOK_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const chunk of receiver.stdout ?? []) {
    said += chunk;
    const port = /port: (\d+)/.exec(said)?.[1];
    if (port !== undefined) {
      url = `http://127.0.0.1:${port}/`;
      break;
    }
  }
});
afterAll(async () => {
  receiver.kill();
  await once(receiver, "close");
});

async function send(secrets: readonly string[], atMs = Date.now(), body = JSON.stringify(round), sent = body) {
  const headers = signedHeaders({ id: "msg_1", atMs, body }, secrets);
  return fetch(url, { method: "POST", body: sent, headers: { ...headers, "content-type": "application/json" } });
}

test("a round that is ours is answered with a decision", async () => {
  const answer = await send([secret]);
  expect(answer.status).toBe(200);
  expect(decisionBody.parse(await answer.json())).toMatchObject({
    round: 17,
    orders: [{ side: "buy", symbol: "ETH-USDT", amount: "40" }],
  });
});

test("while the secret is changed, the signature of either counts", async () => {
  expect((await send([await newSecret(), secret])).status).toBe(200);
  expect((await send([secret, await newSecret()])).status).toBe(200);
});

test("another secret, another body and an old call are refused", async () => {
  expect((await send([await newSecret()])).status).toBe(401);
  expect((await send([secret], Date.now(), JSON.stringify(round), "{}")).status).toBe(401);
  expect((await send([secret], Date.now() - 400_000)).status).toBe(401);
  expect((await fetch(url, { method: "POST", body: JSON.stringify(round) })).status).toBe(401);
});
