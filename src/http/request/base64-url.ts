import { encodeBase64Url } from "hono/utils/encode";

/** Without padding, which Hono's encoder keeps and an address would have to escape. Hono's decoder takes it. */
export function base64Url(bytes: Uint8Array): string {
  return encodeBase64Url(new Uint8Array(bytes).buffer).replaceAll("=", "");
}
