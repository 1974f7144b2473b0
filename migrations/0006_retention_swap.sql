-- As before, but what moves goes straight to the default partition: the triggers of tasks would measure it as new.
CREATE OR REPLACE FUNCTION agonus_detach_task_day(day text, success_before timestamptz, failure_before timestamptz, rows_max integer)
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
  execute format('with moved as (
      insert into tasks_default select * from %I where id = any($1) or (state in (''PENDING'', ''STARTED'', ''RETRY''))
      returning name, queue, state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from moved group by 1, 2, 3)
    select count(*) from moved', day)
    using kept into moved;
  return moved;
end
$$;
--> statement-breakpoint
-- A day of which many rows must stay is replaced by a table of those alone, which is filled while the day is in use. What
-- changes meanwhile is noted by a trigger and done again in the moment of the swap: claims wait for that moment only.
CREATE FUNCTION agonus_note_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  execute format('insert into %I values ($1)', tg_argv[0]) using old.id;
  return null;
end
$$;
--> statement-breakpoint
CREATE FUNCTION agonus_begin_task_copy(day text) RETURNS void LANGUAGE plpgsql SET lock_timeout = '40ms' AS $$
declare
  first date := to_date(substr(day, 7, 8), 'YYYYMMDD');
begin
  execute format('create table %I (like tasks including defaults including constraints including indexes)', day || '_copy');
  -- With it the swap need not read the rows to know that they are of this day.
  execute format('alter table %I add constraint %I check (id >= %L and id < %L)', day || '_copy', day || '_range',
    agonus_uuid_at(first::timestamp at time zone 'UTC'), agonus_uuid_at((first + 1)::timestamp at time zone 'UTC'));
  execute format('create table %I (id uuid not null)', day || '_changes');
  execute format('create trigger noted after update or delete on %I for each row execute function agonus_note_task_change(%L)',
    day, day || '_changes');
end
$$;
--> statement-breakpoint
-- Copies what must stay among the next rows_max rows, in order of id; `last` is where to go on. What is copied is counted
-- at once, though it counts with its day still: the roll-up says too much until the day is dropped.
CREATE FUNCTION agonus_copy_task_rows(day text, after_id uuid, success_before timestamptz, failure_before timestamptz, rows_max integer,
  OUT copied integer, OUT last uuid) LANGUAGE plpgsql AS $$
begin
  execute format('with seen as (select id, agonus_task_stays(state, finished_at, $2, $3) as stays from %1$I where id > $1 order by id limit $4),
    added as (insert into %2$I select t.* from seen s join %1$I t on t.id = s.id where s.stays returning name, queue, state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from added group by 1, 2, 3)
    select (select count(*) from added), (select id from seen order by id desc limit 1)', day, day || '_copy')
    using after_id, success_before, failure_before, rows_max into copied, last;
end
$$;
--> statement-breakpoint
CREATE FUNCTION agonus_swap_task_day(day text, success_before timestamptz, failure_before timestamptz)
RETURNS integer LANGUAGE plpgsql SET lock_timeout = '40ms' AS $$
declare
  first date := to_date(substr(day, 7, 8), 'YYYYMMDD');
  changed integer;
begin
  execute format('alter table tasks detach partition %I', day);
  execute format('with gone as (delete from %1$I where id in (select id from %2$I) returning name, queue, state)
    insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from gone group by 1, 2, 3',
    day || '_copy', day || '_changes');
  execute format('with added as (
      insert into %1$I select * from %3$I where id in (select id from %2$I) and agonus_task_stays(state, finished_at, $1, $2)
      returning name, queue, state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from added group by 1, 2, 3)
    select count(*) from added', day || '_copy', day || '_changes', day)
    using success_before, failure_before into changed;
  execute format('alter table %I rename to %I', day || '_copy', day || '_kept');
  execute format('alter table tasks attach partition %I for values from (%L) to (%L)', day || '_kept',
    agonus_uuid_at(first::timestamp at time zone 'UTC'), agonus_uuid_at((first + 1)::timestamp at time zone 'UTC'));
  return changed;
end
$$;
--> statement-breakpoint
-- Throws a copy away that a run left behind when it ended before its swap.
CREATE FUNCTION agonus_discard_task_copy(day text) RETURNS void LANGUAGE plpgsql SET lock_timeout = '40ms' AS $$
begin
  if to_regclass(day || '_copy') is null then
    return;
  end if;
  execute format('drop trigger if exists noted on %I', day);
  execute format('insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from %I group by 1, 2, 3',
    day || '_copy');
  execute format('drop table %I, %I', day || '_copy', day || '_changes');
end
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION agonus_drop_task_day(day text) RETURNS integer LANGUAGE plpgsql AS $$
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
  execute format('drop table if exists %I', day || '_changes');
  return gone;
end
$$;
