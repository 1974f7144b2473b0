/**
 * A webhook may be sent only to a public address, and only by https. The same rule holds for an address in a URL and for
 * the addresses that a name has. Pure; the look-up of names is a port (rounds/doors/webhook/resolve.ts).
 */
import ipaddr from "ipaddr.js";
import { limits } from "../limits.ts";

export interface AddressRules {
  /** Only in the local stack: loopback addresses, http and any port are allowed too. */
  readonly loopback: boolean;
}

export type WebhookUrl =
  | { readonly kind: "wrong"; readonly message: string }
  /** `name`: whose addresses are to be looked up and checked. Null: the URL holds an address, which is checked. */
  | { readonly kind: "ok"; readonly url: URL; readonly name: string | null };

const PORTS: readonly string[] = ["", "443", "8443"];
/** Endings of names that mean something else in each network. */
const LOCAL_NAMES = /(^|\.)(local|internal|localhost|localdomain|home\.arpa)$/;
/** What the platforms of others answer with secrets of the machine, at an address that is public to everybody else. */
const METADATA: readonly string[] = ["168.63.129.16"];
/** All public addresses of version 6 are in this range. */
const GLOBAL_V6 = ipaddr.parseCIDR("2000::/3");

const wrong = (message: string): WebhookUrl => ({ kind: "wrong", message });

/** Messages continue a sentence that begins with the field's name. */
export function readWebhookUrl(text: string, { loopback }: AddressRules): WebhookUrl {
  const url = text.length <= limits.urlCharsMax ? URL.parse(text) : null;
  if (!url) return wrong(`must be a URL of at most ${limits.urlCharsMax} characters`);
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:")) return wrong("must be an https URL");
  if (url.username !== "" || url.password !== "") return wrong("must not hold a user or a password");
  if (!loopback && !PORTS.includes(url.port)) return wrong("must have the port 443 or 8443");
  const host = url.hostname;
  const literal = host.startsWith("[") ? host.slice(1, -1) : host;
  if (ipaddr.isValid(literal)) {
    const fault = addressFault(literal, { loopback });
    return fault === null ? { kind: "ok", url, name: null } : wrong(fault);
  }
  if (loopback && host === "localhost") return { kind: "ok", url, name: null };
  if (host.endsWith(".")) return wrong("must have a name that does not end in a dot");
  if (LOCAL_NAMES.test(host)) return wrong("must have a public name");
  if (!host.includes(".")) return wrong("must have a whole name, such as agent.example.com");
  return { kind: "ok", url, name: host };
}

/** Why a webhook is not sent to an address. Null: it may be sent there. */
export function addressFault(address: string, { loopback }: AddressRules): string | null {
  if (!ipaddr.isValid(address)) return "has a name with an address that is none";
  const written = ipaddr.parse(address);
  // An address of version 4 inside one of version 6 counts as what it stands for.
  const meant = ipaddr.process(address);
  const range = meant.range();
  if (loopback && range === "loopback") return null;
  const isGlobal = written.kind() === "ipv4" || written.match(GLOBAL_V6);
  if (range !== "unicast" || !isGlobal || METADATA.includes(meant.toString())) return "must have a public address";
  return null;
}

/** Checks all addresses that a name has now. Null: it may be sent there. */
export function addressesFault(addresses: readonly string[], rules: AddressRules): string | null {
  if (addresses.length === 0) return "has a name without an address";
  for (const address of addresses) {
    const fault = addressFault(address, rules);
    if (fault !== null) return fault;
  }
  return null;
}
