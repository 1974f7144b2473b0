/** Where a model is reached, and with which key. An author names a secret and never sees it. */
import type { ModelConfig } from "../../core/agents/model-config.ts";
import { addressesFault, readWebhookUrl } from "../../core/agents/webhook-address.ts";
import { WORKERS_AI_URL, type WorkersAi } from "./workers-ai.ts";

/** What the deployment says of models. */
export interface ModelSettings {
  /** Only in the local stack: models may run on this machine. */
  readonly loopback: boolean;
  /** Only in the local stack: where a recorded tournament is played from. No provider is called then. */
  readonly cassette: string | null;
  /** A variable of the Worker by its name. Null: it is not set. */
  readonly variable: (name: string) => string | null;
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** Null: the deployment has no binding of Workers AI. */
  readonly workersAi: WorkersAi | null;
}

export type Endpoint =
  | {
      readonly kind: "ok";
      readonly baseUrl: string;
      readonly apiKey: string | null;
      /** Whose limits a call counts against. */
      readonly account: string;
      /** What is called in place of the address. */
      readonly binding: WorkersAi | null;
    }
  | { readonly kind: "wrong"; readonly path: "provider" | "base_url" | "key_secret"; readonly message: string };

const NO_BINDING =
  'is workers-ai, and this deployment has no binding of it: add binding = "AI" to its section ai in wrangler.toml and deploy, or name an address as base_url';

const KEY = "LLM_KEY_";
const HOSTS = "LLM_HOSTS_";

/** Where an agent's model is reached in a round. */
export async function endpointOf(config: ModelConfig, settings: ModelSettings, agent: string): Promise<Endpoint> {
  const { cassette } = settings;
  if (cassette === null) return findEndpoint(config, settings);
  const baseUrl = `${cassette}/${encodeURIComponent(agent)}`;
  return { kind: "ok", baseUrl, apiKey: null, account: agent, binding: null };
}

/** Checked at creation and before each decision: names, variables and addresses change. Messages continue a sentence that begins with the path. */
export async function findEndpoint(config: ModelConfig, settings: ModelSettings): Promise<Endpoint> {
  const { workersAi: binding } = settings;
  if (config.provider === "workers-ai") {
    if (!binding) return { kind: "wrong", path: "provider", message: NO_BINDING };
    // Its limits are those of the account and the model.
    return { kind: "ok", baseUrl: WORKERS_AI_URL, apiKey: null, account: `workers-ai ${config.model}`, binding };
  }
  const read = readWebhookUrl(config.base_url ?? "", settings);
  if (read.kind === "wrong") return { kind: "wrong", path: "base_url", message: read.message };
  if (read.name !== null) {
    const addresses = await settings.resolve(read.name).catch(() => null);
    const fault = addresses ? addressesFault(addresses, settings) : "has a name that could not be looked up";
    if (fault !== null) return { kind: "wrong", path: "base_url", message: fault };
  }
  const { host } = read.url;
  const baseUrl = read.url.href.replace(/\/$/, "");
  const open = { kind: "ok", baseUrl, binding: null } as const;
  if (config.key_secret === undefined) return { ...open, apiKey: null, account: host };
  const apiKey = settings.variable(config.key_secret);
  if (!apiKey)
    return { kind: "wrong", path: "key_secret", message: "names a secret that the deployment does not have" };
  const hosts = `${HOSTS}${config.key_secret.slice(KEY.length)}`;
  const allowed = (settings.variable(hosts) ?? "").split(/[\s,]+/).filter((one) => one !== "");
  if (!allowed.includes(host))
    return {
      kind: "wrong",
      path: "key_secret",
      message: `names a key that may not be sent to ${host}: ${hosts} lists its hosts`,
    };
  return { ...open, apiKey, account: `${host} ${config.key_secret}` };
}
