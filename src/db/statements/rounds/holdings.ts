/** How positions and lots are stored, wherever a statement changes an entry's holdings. */

/**
 * Common table expressions. `from` names the rows of the entries, each as d with the positions and lots of a FillRow. `entry`
 * is the expression of its id. A quantity of 0 removes the row.
 */
export const storeHoldings = (from: string, entry: string): string => `held as (
  select ${entry} as entry, p.* from ${from}, jsonb_to_recordset(d.positions) as p(symbol text, quantity numeric)),
held_gone as (
  delete from positions p using held h where p.entry_id = h.entry and p.symbol = h.symbol and h.quantity = 0),
held_now as (
  insert into positions (entry_id, symbol, quantity) select entry, symbol, quantity from held where quantity > 0
  on conflict (entry_id, symbol) do update set quantity = excluded.quantity),
bought as (
  select ${entry} as entry, l.* from ${from},
    jsonb_to_recordset(d.lots) as l(symbol text, round int, seq int, quantity numeric, cost numeric)),
lots_gone as (
  delete from lots l using bought b
  where l.entry_id = b.entry and l.symbol = b.symbol and l.round = b.round and l.seq = b.seq and b.quantity = 0),
lots_now as (
  insert into lots (entry_id, symbol, round, seq, quantity, cost)
  select entry, symbol, round, seq, quantity, cost from bought where quantity > 0
  on conflict (entry_id, symbol, round, seq) do update set quantity = excluded.quantity, cost = excluded.cost)`;
