CREATE TABLE "metric_deltas" (
	"metric" text NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"le" double precision,
	"n" bigint NOT NULL,
	"micros" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "entries_prevented" ON "entries" USING btree ("prevented") WHERE prevented > 0;
--> statement-breakpoint
-- The bucket of a time in seconds: its inclusive upper bound.
CREATE FUNCTION agonus_bucket(seconds double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select case when seconds <= 0.005 then 0.005 when seconds <= 0.01 then 0.01 when seconds <= 0.025 then 0.025
    when seconds <= 0.05 then 0.05 when seconds <= 0.1 then 0.1 when seconds <= 0.25 then 0.25 when seconds <= 0.5 then 0.5
    when seconds <= 1 then 1 when seconds <= 2.5 then 2.5 when seconds <= 5 then 5 when seconds <= 10 then 10
    when seconds <= 30 then 30 when seconds <= 60 then 60 when seconds <= 300 then 300 else 'Infinity' end
$$;
--> statement-breakpoint
-- Rows that are born finished: decisions of a batch. Cleanup moves finished rows too, and those have a longer history.
CREATE FUNCTION agonus_measure_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into metric_deltas (metric, name, state, le, n, micros)
  select 'run', name, state, agonus_bucket(ran), count(*), sum((ran * 1e6)::bigint)
  from (select name, state, date_part('epoch', finished_at - started_at) as ran from added
        where finished_at is not null and jsonb_array_length(history) = 1 offset 0) t
  group by 2, 3, 4;
  return null;
end
$$;
--> statement-breakpoint
-- An attempt starts where the history's last line says STARTED; a task waits from when it is due to its claim. Attempts
-- are counted under the state that they ended in, and 'finished' only what ended without one.
CREATE FUNCTION agonus_measure_updated() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if not exists (select from added) then
    return null;
  end if;
  insert into metric_deltas (metric, name, state, le, n, micros)
  select v.metric, v.name, v.state, v.le, count(*), sum(v.micros)
  from (
    select n.name, n.state, n.args, o.state as was, n.lost_leases > o.lost_leases as lost,
      n.finished_at is not null and o.finished_at is null as finished,
      greatest(0, date_part('epoch', agonus_now() - o.due_at)) as waited,
      greatest(0, date_part('epoch', agonus_now() - case when o.history->-1->>'state' = 'STARTED'
        then (o.history->-1->>'at')::timestamptz else o.started_at end)) as ran,
      greatest(0, date_part('epoch', n.finished_at - n.created_at)) as recovered
    from added n join gone o on o.id = n.id
    where n.state <> o.state or n.lost_leases > o.lost_leases offset 0) t,
  lateral (
    select 'run' as metric, t.name, t.state, agonus_bucket(t.ran) as le, (t.ran * 1e6)::bigint as micros
      where t.was = 'STARTED' and t.state <> 'STARTED' and t.ran is not null
    union all select 'finished', t.name, t.state, null, 0 where t.finished and (t.was <> 'STARTED' or t.ran is null)
    union all select 'lost', t.name, '', null, 0 where t.lost
    union all select 'wait', t.name, '', agonus_bucket(t.waited), (t.waited * 1e6)::bigint
      where t.state = 'STARTED' and t.was <> 'STARTED'
    union all select 'recovery', coalesce(t.args->>'cause', 'operator'), '', agonus_bucket(t.recovered), (t.recovered * 1e6)::bigint
      where t.finished and t.name = 'recover_agent_state' and t.state = 'SUCCESS') v
  group by 1, 2, 3, 4;
  return null;
end
$$;
--> statement-breakpoint
CREATE TRIGGER tasks_measured_insert AFTER INSERT ON tasks REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION agonus_measure_inserted();
--> statement-breakpoint
CREATE TRIGGER tasks_measured_update AFTER UPDATE ON tasks REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION agonus_measure_updated();
--> statement-breakpoint
CREATE FUNCTION agonus_measure_round() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op <> 'INSERT' then
    insert into metric_deltas (metric, name, state, n, micros) values ('rounds', '', old.state, -1, 0);
  end if;
  if tg_op <> 'DELETE' then
    insert into metric_deltas (metric, name, state, n, micros) values ('rounds', '', new.state, 1, 0);
  end if;
  return null;
end
$$;
--> statement-breakpoint
CREATE TRIGGER rounds_measured AFTER INSERT OR DELETE OR UPDATE OF state ON rounds FOR EACH ROW EXECUTE FUNCTION agonus_measure_round();
--> statement-breakpoint
INSERT INTO metric_deltas (metric, name, state, n, micros) SELECT 'rounds', '', state, count(*), 0 FROM rounds GROUP BY state;
--> statement-breakpoint
-- As agonus_fold_counts.
CREATE FUNCTION agonus_fold_metrics() RETURNS integer LANGUAGE plpgsql AS $$
declare
  folded integer;
begin
  with picked as (select ctid from metric_deltas limit 50000 for update skip locked),
  taken as (delete from metric_deltas d using picked p where d.ctid = p.ctid returning d.*),
  summed as (insert into metric_deltas (metric, name, state, le, n, micros)
    select metric, name, state, le, sum(n), sum(micros) from taken group by 1, 2, 3, 4 having sum(n) <> 0 or sum(micros) <> 0 returning 1)
  select count(*) into folded from taken;
  return folded;
end
$$;
