/** Many agents from outside at once, each with its key: by SQL, since their making is not what is tested. */
import { uuidv7 } from "uuidv7";
import { accessKey } from "../../src/core/access/access-key.ts";
import { sha256Hex } from "../../src/core/text/canonical.ts";
import type { Query } from "../../src/db/query.ts";
import { newToken } from "../../src/ports.ts";

export interface OutsideAgent {
  readonly id: string;
  readonly key: string;
}

export async function outsideAgents(query: Query, count: number, name = "Outside"): Promise<OutsideAgent[]> {
  const rows = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { key, prefix } = accessKey("agent", newToken());
      return {
        id: uuidv7(),
        name: `${name} ${String(i).padStart(5, "0")}`,
        key,
        key_id: uuidv7(),
        prefix,
        hash: await sha256Hex(key),
      };
    }),
  );
  await query(
    `with a as (select * from jsonb_to_recordset($1::jsonb) as x(id uuid, name text, key_id uuid, prefix text, hash text)),
     made as (insert into agents (id, name, strategy_type, strategy, kind) select id, name, 'baseline', 'cash', 'outside' from a)
     insert into keys (id, role, name, prefix, hash, agent_id) select key_id, 'agent', name, prefix, hash, id from a`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id, key }) => ({ id, key }));
}
