/**
 * Triggers that check the invariants of every row that a statement has touched, at the statement's end. They only warn,
 * because an error would change what the code under test does.
 */
import type { Query } from "../../src/db/query.ts";

const violation = (condition: string, text: string, ...values: string[]) => `
  if ${condition} then raise notice 'VIOLATION ${text}', ${values.join(", ")}; end if;`;

/** The row was written by this statement: each runs in a transaction of its own. A round that it inserted is of a block. */
const ofThis = (row: string) => `${row}.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text`;

/** Its versions go up by two with each round of the block in which an order was accepted. */
const ROUNDS_WITH_ORDERS = `(select count(distinct o.round_id) from orders o join rounds r on r.id = o.round_id
    where o.entry_id = its_entry.id and r.number >= its_round.number and (o.state = 'filled' or o.refused_at = 'fill'))`;

const functions: Readonly<Record<string, { on: string; body: string }>> = {
  decisions: {
    on: "insert or update or delete",
    body: `
  if tg_op <> 'INSERT' then raise notice 'VIOLATION a stored decision of % was changed', old.entry_id; return null; end if;
  select * into its_round from rounds where id = new.round_id;
  select * into its_entry from entries where id = new.entry_id;
  select ${ofThis("r")} into in_block from rounds r where r.id = its_round.id and r.state = 'settled';
  ${violation("its_round.state <> 'open' and in_block is not true", "a decision of % came when round % was %", "new.entry_id", "its_round.number", "its_round.state")}
  ${violation("new.decided_at >= its_round.deadline_at and not exists (select from sim_overtaken o where o.round_id = its_round.id)", "a decision of % came after the deadline", "new.entry_id")}
  ${violation("its_entry.tournament_id <> its_round.tournament_id or its_entry.first_round > its_round.number", "% decided in round %, which is not its own", "new.entry_id", "its_round.number")}
  ${violation(`its_entry.version <> new.version + (case when in_block then 2 * ${ROUNDS_WITH_ORDERS} when exists (select from orders o where o.round_id = its_round.id and o.entry_id = its_entry.id and o.state = 'open') then 1 else 0 end)`, "the decision of % is of version %, its entry at %", "new.entry_id", "new.version", "its_entry.version")}
  ${violation("new.order_count <> (select count(*) from orders o where o.round_id = its_round.id and o.entry_id = its_entry.id)", "the orders of % in round % are not those of its decision", "new.entry_id", "its_round.number")}`,
  },
  orders: {
    on: "insert or update or delete",
    body: `
  if tg_op = 'DELETE' then raise notice 'VIOLATION an order of % was deleted', old.entry_id; return null; end if;
  select * into its_round from rounds where id = new.round_id;
  select ${ofThis("r")} into in_block from rounds r where r.id = its_round.id and r.state = 'settled';
  if tg_op = 'INSERT' then
    ${violation("its_round.state <> 'open' and in_block is not true", "an order of % came when round % was %", "new.entry_id", "its_round.number", "its_round.state")}
  else
    ${violation("old.state <> 'open'", "an order of % went from % to %", "new.entry_id", "old.state", "new.state")}
    ${violation("new.state in ('filled', 'refused') and its_round.state <> 'quoted'", "an order of % was % when round % was %", "new.entry_id", "new.state", "its_round.number", "its_round.state")}
    ${violation("(new.state = 'filled') <> exists (select from trades t where t.round_id = new.round_id and t.entry_id = new.entry_id and t.seq = new.seq)", "an order of % is % and its trade says otherwise", "new.entry_id", "new.state")}
  end if;`,
  },
  trades: {
    on: "insert or update or delete",
    body: `
  if tg_op <> 'INSERT' then raise notice 'VIOLATION a trade of % was changed', old.entry_id; return null; end if;
  ${violation("not exists (select from orders o where o.round_id = new.round_id and o.entry_id = new.entry_id and o.seq = new.seq and o.state = 'filled')", "a trade of % has no filled order", "new.entry_id")}`,
  },
  rounds: {
    on: "insert or update or delete",
    body: `
  if tg_op = 'DELETE' then raise notice 'VIOLATION round % was deleted', old.number; return null; end if;
  if tg_op = 'INSERT' then
    ${violation("new.state = 'open' and (select t.status from tournaments t where t.id = new.tournament_id) <> 'live'", "round % opened in a tournament that is not live", "new.number")}
    ${violation("new.state = 'open' and new.number > 0 and not exists (select from rounds x where x.tournament_id = new.tournament_id and x.number = new.number - 1 and x.state in ('settled', 'skipped'))", "round % opened before the one before was over", "new.number")}
    ${violation("new.state not in ('open', 'skipped', 'settled')", "round % began as %", "new.number", "new.state")}
    if new.state = 'settled' then
      ${violation("(select (t.status, t.market) <> ('live', 'replay') from tournaments t where t.id = new.tournament_id)", "round % was played in a block, in a tournament that is no live replay", "new.number")}
      ${violation("new.number > 0 and not exists (select from rounds x where x.tournament_id = new.tournament_id and x.number = new.number - 1 and x.state in ('settled', 'skipped'))", "round % was played before the one before was over", "new.number")}
      ${violation("new.participants <> (select count(*) from decisions d where d.round_id = new.id)", "round % was played without everybody", "new.number")}
      ${violation("exists (select from entries e where e.tournament_id = new.tournament_id and e.status = 'active' and e.first_round <= new.number and coalesce(e.last_round, new.number) >= new.number and not exists (select from decisions d where d.round_id = new.id and d.entry_id = e.id))", "round % was played without somebody", "new.number")}
    end if;
    ${violation("new.state = 'open' and (new.opened_at < new.due_at and new.deadline_at <> 'infinity' or new.opened_at >= new.deadline_at)", "round % opened at %", "new.number", "new.opened_at")}
  else
    ${violation("old.closed_at is not null and new.closed_at is distinct from old.closed_at", "round % was closed twice", "new.number")}
  end if;
  if tg_op = 'UPDATE' and new.state <> old.state then
    ${violation("(old.state, new.state) not in (('open', 'closed'), ('closed', 'quoted'), ('quoted', 'settled')) and not (new.state = 'skipped' and new.skip_reason in ('cancelled', 'market.unusable') and old.state in ('open', 'closed', 'quoted'))", "round % went from % to %", "new.number", "old.state", "new.state")}
    ${violation("new.state = 'closed' and new.deadline_at <> 'infinity' and new.closed_at < new.deadline_at", "round % closed before its deadline", "new.number")}
    ${violation("new.state = 'quoted' and not exists (select from quotes q where q.round_id = new.id)", "round % has no quote", "new.number")}
  end if;
  if new.state = 'settled' and (tg_op = 'INSERT' or old.state <> 'settled') then
    ${violation("not exists (select from quotes q where q.round_id = new.id)", "round % settled without a quote", "new.number")}
    ${violation("new.state = 'settled' and exists (select from orders o where o.round_id = new.id and o.state = 'open')", "round % settled with an order open", "new.number")}
    ${violation("new.state = 'settled' and (select count(*) from equity_points p where p.tournament_id = new.tournament_id and p.round = new.number) <> (select count(*) from entries e where e.tournament_id = new.tournament_id and e.first_round <= new.number and coalesce(e.last_round, new.number) >= new.number)", "round % has not one equity point an entry", "new.number")}
  end if;`,
  },
  entries: {
    on: "update",
    body: `
  select exists (select from rounds r where r.tournament_id = new.tournament_id and r.state = 'settled' and ${ofThis("r")}) and new.recoveries = old.recoveries
    and (new.version - old.version) % 2 = 0 into in_block;
  ${violation("new.version - old.version not in (0, 1) and not in_block", "the version of % went from % to %", "new.id", "old.version", "new.version")}
  ${violation("new.recoveries - old.recoveries not in (0, 1)", "the recoveries of % went from % to %", "new.id", "old.recoveries", "new.recoveries")}
  ${violation("(new.cash <> old.cash or new.trades_count <> old.trades_count or new.recoveries <> old.recoveries) and new.version <> old.version + 1 and not (in_block and new.version > old.version)", "% changed under version %", "new.id", "new.version")}
  ${violation("new.cash <> (select t.starting_cash from tournaments t where t.id = new.tournament_id) + coalesce((select sum(x.cash_change) from trades x where x.entry_id = new.id), 0)", "the cash of % is not what its trades left: %", "new.id", "new.cash")}
  ${violation("exists (select from (select symbol, sum(quantity) as q from lots where entry_id = new.id group by symbol) l full join (select symbol, quantity as q from positions where entry_id = new.id) p using (symbol) where l.q is distinct from p.q)", "the lots of % are not its positions", "new.id")}
  ${violation("exists (select from (select symbol, sum(case side when 'buy' then quantity else -quantity end) as q from trades where entry_id = new.id group by symbol) l left join positions p on p.entry_id = new.id and p.symbol = l.symbol where l.q <> coalesce(p.quantity, 0))", "the positions of % are not what it traded", "new.id")}`,
  },
  tasks: {
    on: "insert or update",
    body: `
  if tg_op = 'UPDATE' then
    ${violation("old.state in ('SUCCESS', 'FAILURE', 'REVOKED') and old.result is distinct from new.result and new.state = old.state", "the result of task % was changed after its end", "new.id")}
    ${violation("old.state in ('SUCCESS', 'FAILURE', 'REVOKED') and new.state = old.state and new.finished_at <> old.finished_at", "task % ended twice", "new.id")}
    ${violation("old.state in ('SUCCESS', 'FAILURE', 'REVOKED') and new.state <> old.state and new.history->-1->>'why' <> 'run again'", "task % was over and is %", "new.id", "new.state")}
    ${violation("old.state = 'STARTED' and new.state = 'STARTED' and new.token <> old.token and old.lease_until >= agonus_now()", "task % was taken from a live lease", "new.id")}
    ${violation("old.state = 'STARTED' and new.state = 'RETRY' and new.lost_leases > old.lost_leases and old.lease_until >= agonus_now()", "task % was swept from a live lease", "new.id")}
    ${violation("old.state in ('PENDING', 'RETRY') and new.state = 'STARTED' and old.due_at > agonus_now()", "task % began before it was due", "new.id")}
    ${violation("old.cancel_requested and new.cancel_requested and new.state in ('PENDING', 'RETRY')", "task % goes on though it was cancelled", "new.id")}
  end if;
  -- An operator may ask a dead one to stop, and once more: that is no start, nobody's lease began or was renewed.
  ${violation("new.state = 'STARTED' and new.lease_until < agonus_now() and not (tg_op = 'UPDATE' and new.cancel_requested and (new.token, new.lease_until) = (old.token, old.lease_until))", "task % started without a live lease", "new.id")}
  ${violation("new.attempt > new.max_attempts and new.state = 'STARTED'", "task % is in attempt % of %", "new.id", "new.attempt", "new.max_attempts")}`,
  },
};

/** Installs them in a database of the simulation. */
export async function installTriggers(query: Query): Promise<void> {
  for (const [table, { on, body }] of Object.entries(functions)) {
    await query(`create function sim_check_${table}() returns trigger language plpgsql as $$
declare its_round rounds; its_entry entries; in_block boolean;
begin ${body}
  return null;
end $$`);
    await query(`create trigger sim_check after ${on} on ${table} for each row execute function sim_check_${table}()`);
  }
}
