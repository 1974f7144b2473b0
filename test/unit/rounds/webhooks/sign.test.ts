/** Signatures, checked by the standard's own library and by what the standard says of them. */
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { newToken } from "../../../../src/ports.ts";
import { newWebhookSecret } from "../../../../src/rounds/doors/webhook/endpoint.ts";
import { signedHeaders } from "../../../../src/rounds/doors/webhook/sign.ts";
import { testWebhooks } from "../../../support/webhooks/webhooks.ts";

const newSecret = async () => (await newWebhookSecret(testWebhooks("s"), "agent", newToken())).secret;
const message = { id: "round_1", atMs: Date.now(), body: '{"ü":"€"}' };

test("a signature is HMAC-SHA-256 of id, seconds and body under the secret's bytes", async () => {
  const secret = await newSecret();
  const { "webhook-signature": signature, "webhook-timestamp": seconds } = signedHeaders(message, [secret]);
  const mac = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"));
  expect(signature).toBe(`v1,${mac.update(`${message.id}.${seconds}.${message.body}`).digest("base64")}`);
});

test("while a rotation's grace lasts, the old and the new secret verify, and no other one does", async () => {
  const [old, fresh, other] = await Promise.all([newSecret(), newSecret(), newSecret()]);
  const headers = signedHeaders(message, [fresh, old]);
  for (const secret of [old, fresh]) expect(new Webhook(secret).verify(message.body, headers)).toEqual({ ü: "€" });
  expect(() => new Webhook(other).verify(message.body, headers)).toThrow("No matching signature");
  expect(() => new Webhook(old).verify(`${message.body} `, headers)).toThrow("No matching signature");
});
