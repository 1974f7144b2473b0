/** Cuts one row of JSON into the texts of its fields, without making floats of its numbers. */
const TEXT = /^"[^"\\]*"$/;
const SCALAR = /^[^\s"[\]{}]+$/;
const MEMBER = /\s*"([^"\\]*)"\s*:\s*(?:"([^"\\]*)"|([^\s",[\]{}]+))\s*(,|$)/y;

/** What stands between the brackets of a list: numbers as they are, texts without quotes. Null where it is no flat list. */
export function fieldsOfList(inner: string): readonly string[] | null {
  const fields = inner.split(",");
  for (const [index, field] of fields.entries()) {
    const plain = field.trim();
    if (plain.charCodeAt(0) === 34) {
      if (!TEXT.test(plain)) return null;
      fields[index] = plain.slice(1, -1);
    } else if (SCALAR.test(plain)) fields[index] = plain;
    else return null;
  }
  return fields;
}

/** What stands between the braces of an object. Null where it is no flat object. */
export function fieldsOfObject(
  inner: string,
): { readonly keys: readonly string[]; readonly values: readonly string[] } | null {
  const keys: string[] = [];
  const values: string[] = [];
  MEMBER.lastIndex = 0;
  while (MEMBER.lastIndex < inner.length) {
    const match = MEMBER.exec(inner);
    if (match === null) return null;
    const [, key = "", text, scalar, end] = match;
    keys.push(key);
    values.push(text ?? scalar ?? "");
    if (end === "") return keys.length > 0 ? { keys, values } : null;
  }
  // The members ended with a comma, or there were none.
  return null;
}
