/** What webhooks need, in a test: real calls to this machine, and a table of names in place of the DNS. */
import type { WebhookPorts } from "../../../src/rounds/doors/webhook/ports.ts";
import { makeVault } from "../../../src/rounds/doors/webhook/vault.ts";

/** Documentation calls these addresses examples, so public ones stand in for them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "agent.example.com": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
  "inside.example.com": ["10.0.0.7"],
  "half-inside.example.com": ["93.184.215.14", "::ffff:169.254.169.254"],
};

export const randomBytes = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

export function testWebhooks(deploymentSecret: string, more: Partial<WebhookPorts> = {}): WebhookPorts {
  return {
    fetch: (url, init) => fetch(url, init),
    resolve: async (name) => {
      if (name === "broken.example.com") throw new Error("the look-up failed");
      return NAMES[name] ?? [];
    },
    vault: makeVault(deploymentSecret, randomBytes),
    loopback: false,
    clock: () => Date.now(),
    ...more,
  };
}
