/** Canonical JSON, canonical decimals and SHA-256: two equal values have one text and one hash. */

/** JSON with sorted keys and no spaces. Keys whose value is undefined are left out. Throws on what JSON can't hold. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  throw new TypeError(`a ${typeof value} has no JSON form`);
}

/** Lower-case hex of SHA-256 over the text's UTF-8, by Web Crypto. */
export async function sha256Hex(text: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** Lower case, two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The one text of a decimal: "1.50", "1.5" and "001.5" all become "1.5". Throws if `text` is no decimal. */
export function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new TypeError(`not a decimal: ${JSON.stringify(text.slice(0, 50))}`);
  const [, sign = "", whole = "", fraction = ""] = match;
  let [from, to] = [0, fraction.length];
  while (from < whole.length - 1 && whole[from] === "0") from++;
  while (fraction[to - 1] === "0") to--;
  const digits = to === 0 ? whole.slice(from) : `${whole.slice(from)}.${fraction.slice(0, to)}`;
  return digits === "0" ? digits : sign + digits;
}
