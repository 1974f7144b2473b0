-- Text in errors is found by its trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
DROP INDEX "tasks_by_tournament";--> statement-breakpoint
DROP INDEX "tasks_by_entry";--> statement-breakpoint
CREATE INDEX "audit_refusals" ON "audit" USING btree ("target") WHERE action = 'refused';--> statement-breakpoint
CREATE INDEX "tasks_by_name" ON "tasks" USING btree ("name","id") WHERE name <> 'run_agent_decision';--> statement-breakpoint
CREATE INDEX "tasks_by_queue" ON "tasks" USING btree ("queue","id") WHERE name <> 'run_agent_decision';--> statement-breakpoint
CREATE INDEX "tasks_by_state" ON "tasks" USING btree ("state","id") WHERE state <> 'SUCCESS';--> statement-breakpoint
CREATE INDEX "tasks_by_signature" ON "tasks" USING btree (coalesce(signature, error->>'code'),"id") WHERE state = 'FAILURE';--> statement-breakpoint
-- Each search reads the whole list of what is pending: a short one keeps searches cheap, and inserts nearly as cheap.
CREATE INDEX "tasks_by_args" ON "tasks" USING gin (args jsonb_path_ops) WITH (gin_pending_list_limit = 256);--> statement-breakpoint
CREATE INDEX "tasks_by_error" ON "tasks" USING gin (((error->>'code') || ' ' || (error->>'message')) gin_trgm_ops) WHERE error is not null;--> statement-breakpoint
CREATE INDEX "tasks_by_tournament" ON "tasks" USING btree ("tournament_id","id");--> statement-breakpoint
CREATE INDEX "tasks_by_entry" ON "tasks" USING btree ("entry_id","id");
--> statement-breakpoint
-- Retention in steps, each one statement and short: a claim never waits for more than one of them.
DROP FUNCTION agonus_cleanup_tasks(integer, integer);
--> statement-breakpoint
-- Whether a task stays: unfinished, or finished too short a time ago.
CREATE FUNCTION agonus_task_stays(state text, finished_at timestamptz, success_before timestamptz, failure_before timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select finished_at is null or finished_at > case when state = 'SUCCESS' then success_before else failure_before end
$$;
--> statement-breakpoint
-- Takes a day out of tasks and moves the few rows that must stay to the default partition; returns how many, or null when
-- more than rows_max must stay and the day has to be thinned first. The long look comes before the lock, and the lock is
-- given up at once when it can't be had: claims queue up behind whoever waits for it. What they wait for is the move alone.
CREATE FUNCTION agonus_detach_task_day(day text, success_before timestamptz, failure_before timestamptz, rows_max integer)
RETURNS integer LANGUAGE plpgsql SET lock_timeout = '40ms' AS $$
declare
  kept uuid[];
  moved integer;
begin
  execute format('select array(select id from %I where agonus_task_stays(state, finished_at, $1, $2) limit $3 + 1)', day)
    using success_before, failure_before, rows_max into kept;
  if cardinality(kept) > rows_max then
    return null;
  end if;
  execute format('alter table tasks detach partition %I', day);
  -- A failure or a success that was started over since the look is unfinished now, and stays too.
  execute format('insert into tasks select * from %I where id = any($1) or (state in (''PENDING'', ''STARTED'', ''RETRY''))', day)
    using kept;
  get diagnostics moved = row_count;
  return moved;
end
$$;
--> statement-breakpoint
-- Drops a day that was taken out. All of its rows leave the counts: those that were moved were counted again.
CREATE FUNCTION agonus_drop_task_day(day text) RETURNS integer LANGUAGE plpgsql AS $$
declare
  gone integer;
begin
  if exists (select from pg_inherits where inhrelid = day::regclass) then
    raise exception 'the day % is a part of tasks still', day;
  end if;
  execute format('with gone as (select name, queue, state, count(*) as n from %I group by 1, 2, 3),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, -n from gone)
    select coalesce(sum(n), 0) from gone', day) into gone;
  execute format('drop table %I', day);
  return gone;
end
$$;
--> statement-breakpoint
-- Deletes what need not stay among the next rows_max rows of a partition, in order of id; `last` is where to go on.
CREATE FUNCTION agonus_thin_task_day(day text, after_id uuid, success_before timestamptz, failure_before timestamptz, rows_max integer,
  OUT deleted integer, OUT last uuid) LANGUAGE plpgsql AS $$
begin
  execute format('with seen as (select id, agonus_task_stays(state, finished_at, $2, $3) as stays from %1$I where id > $1 order by id limit $4),
    gone as (delete from %1$I t using seen s where t.id = s.id and not s.stays and not agonus_task_stays(t.state, t.finished_at, $2, $3)
      returning t.name, t.queue, t.state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from gone group by 1, 2, 3)
    select (select count(*) from gone), (select id from seen order by id desc limit 1)', day)
    using after_id, success_before, failure_before, rows_max into deleted, last;
end
$$;
