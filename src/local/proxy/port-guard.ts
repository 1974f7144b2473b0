/**
 * Guards the local stack's internal ports. A request must bring the secret, must have no Origin (a browser's page sends one), and
 * must name the port's own loopback address (a page could bind a name of its own to this machine).
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** A secret for one start. It is written nowhere but into the Worker's own secrets. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Whether a request with these headers and this secret may enter at this loopback port. */
export function opens(port: number, secret: string, { origin, host }: IncomingHttpHeaders, brought: string | null) {
  const ours = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
  return origin === undefined && ours && isSecret(brought, secret);
}

/** In constant time, whatever the lengths. An empty secret opens nothing. */
function isSecret(brought: string | null, wanted: string): boolean {
  if (brought === null || wanted === "") return false;
  const [one, other] = [brought, wanted].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
