/**
 * The text of an access key: `agonus_<role>_<43 characters of base64url>`. The fixed beginning lets secret scanners find
 * leaked keys.
 */
import type { Role } from "./roles.ts";

const KEY = /^agonus_(?:viewer|agent|operator|admin)_[\w-]{43}$/;
const PREFIX_RANDOM_CHARS = 8;

export function isAccessKey(text: string): boolean {
  return KEY.test(text);
}

/** `token`: 256 random bits in 43 characters. */
export function accessKey(role: Role, token: string): { readonly key: string; readonly prefix: string } {
  const beginning = `agonus_${role}_`;
  // The prefix is shown in lists and in the audit. It leaves 208 bits to guess.
  return { key: beginning + token, prefix: beginning + token.slice(0, PREFIX_RANDOM_CHARS) };
}
