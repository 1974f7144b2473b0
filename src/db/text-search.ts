/** A search by text: a part of a name, whatever its case, or of an id. */

/** For ilike: `q` anywhere, its wildcards taken literally. */
export const partOf = (q: string): string => `%${q.replace(/[\\%_]/g, "\\$&")}%`;

/** So many characters of an id are meant as one; fewer would find ids by chance ("bad", "face"). */
export const isPartOfId = (q: string): boolean => /^[0-9a-f-]{8,36}$/i.test(q);
