/** The headers of Standard Webhooks, by which an endpoint knows that a call is ours, and that it is no old one. */
import { Webhook } from "standardwebhooks";

export interface Message {
  /** The same for each attempt of a message. */
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

/** `secrets`: each signs, so that an endpoint that knows one of them is content during a rotation. */
export function signedHeaders({ id, atMs, body }: Message, secrets: readonly string[]): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(atMs / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, new Date(atMs), body)).join(" "),
  };
}
