/** Stores texts of requests and answers, each once. */
import type { Query } from "../../query.ts";

/**
 * For an insert of texts. A text that is stored already is not stored again: its `used_at` is set to now, at most once an hour,
 * because retention deletes what nobody has used for long.
 */
export const USED_AGAIN = `on conflict (hash) do update set used_at = agonus_now() where model_contents.used_at < agonus_now() - interval '1 hour'`;

/** By hash. */
export async function storeTexts(query: Query, contents: Readonly<Record<string, string>>): Promise<void> {
  await query(
    `insert into model_contents (hash, content) select key, value from jsonb_each_text($1::jsonb) order by key ${USED_AGAIN}`,
    [JSON.stringify(contents)],
  );
}
