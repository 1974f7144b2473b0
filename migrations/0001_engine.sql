CREATE TABLE "audit" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"target" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"correlation_id" text
);
--> statement-breakpoint
CREATE TABLE "bulk_items" (
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"outcome" text,
	"why" text,
	CONSTRAINT "bulk_items_job_id_task_id_pk" PRIMARY KEY("job_id","task_id"),
	CONSTRAINT "bulk_items_outcome" CHECK ("bulk_items"."outcome" in ('done', 'skipped', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "bulk_jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"filter" jsonb NOT NULL,
	"args" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text NOT NULL,
	"frozen" integer NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"token" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"task_id" uuid,
	CONSTRAINT "bulk_jobs_action" CHECK ("bulk_jobs"."action" in ('retry', 'cancel', 'delete')),
	CONSTRAINT "bulk_jobs_state" CHECK ("bulk_jobs"."state" in ('dry_run', 'running', 'done', 'aborted'))
);
--> statement-breakpoint
CREATE TABLE "consumers" (
	"id" text PRIMARY KEY NOT NULL,
	"code_version" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"batches" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"tasks" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"status" smallint,
	"body" jsonb,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "queue_controls" (
	"queue" text PRIMARY KEY NOT NULL,
	"paused_at" timestamp with time zone,
	"paused_by" text,
	"pause_reason" text,
	"max_running" integer,
	CONSTRAINT "queue_controls_max_running" CHECK ("queue_controls"."max_running" > 0)
);
--> statement-breakpoint
CREATE TABLE "schedule_controls" (
	"schedule" text PRIMARY KEY NOT NULL,
	"paused_at" timestamp with time zone,
	"paused_by" text,
	"pause_reason" text
);
--> statement-breakpoint
CREATE TABLE "task_counts" (
	"name" text NOT NULL,
	"queue" text NOT NULL,
	"state" text NOT NULL,
	"tasks" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "consumer" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "signature" text;--> statement-breakpoint
ALTER TABLE "bulk_items" ADD CONSTRAINT "bulk_items_job_id_bulk_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."bulk_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_by_action" ON "audit" USING btree ("action","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "bulk_items_open" ON "bulk_items" USING btree ("job_id","task_id") WHERE outcome is null;--> statement-breakpoint
CREATE INDEX "task_counts_key" ON "task_counts" USING btree ("name","queue","state");
--> statement-breakpoint
-- The legal transitions of a task, whatever statement tries another: a finished task only starts over, as PENDING.
CREATE FUNCTION agonus_task_transition() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if not (
    (old.state = 'PENDING' and new.state in ('STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'))
    or (old.state = 'STARTED' and new.state in ('RETRY', 'PENDING', 'SUCCESS', 'FAILURE', 'REVOKED'))
    or (old.state = 'RETRY' and new.state in ('STARTED', 'PENDING', 'SUCCESS', 'FAILURE', 'REVOKED'))
    or (old.state in ('SUCCESS', 'FAILURE', 'REVOKED') and new.state = 'PENDING')
  ) then
    raise exception 'a task can not go from % to %', old.state, new.state using errcode = 'check_violation', constraint = 'tasks_transition';
  end if;
  return new;
end
$$;
--> statement-breakpoint
CREATE TRIGGER tasks_transition BEFORE UPDATE OF state ON tasks FOR EACH ROW
  WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION agonus_task_transition();
--> statement-breakpoint
-- Counts by state without counting: each statement appends its differences, the sweep folds them (agonus_fold_counts).
CREATE FUNCTION agonus_count_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op = 'INSERT' then
    insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from added group by 1, 2, 3;
  elsif tg_op = 'DELETE' then
    insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from gone group by 1, 2, 3;
  else
    insert into task_counts (name, queue, state, tasks)
      select name, queue, state, sum(n) from (
        select name, queue, state, 1 as n from added union all select name, queue, state, -1 from gone) x
      group by 1, 2, 3 having sum(n) <> 0;
  end if;
  return null;
end
$$;
--> statement-breakpoint
CREATE TRIGGER tasks_counted_insert AFTER INSERT ON tasks REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION agonus_count_tasks();
--> statement-breakpoint
CREATE TRIGGER tasks_counted_update AFTER UPDATE ON tasks REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION agonus_count_tasks();
--> statement-breakpoint
CREATE TRIGGER tasks_counted_delete AFTER DELETE ON tasks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION agonus_count_tasks();
--> statement-breakpoint
INSERT INTO task_counts (name, queue, state, tasks) SELECT name, queue, state, count(*) FROM tasks GROUP BY 1, 2, 3;
--> statement-breakpoint
-- Folds the differences into one row a key; of two callers one waits for nothing: rows that another holds stay for later.
CREATE FUNCTION agonus_fold_counts() RETURNS integer LANGUAGE plpgsql AS $$
declare
  folded integer;
begin
  with picked as (select ctid from task_counts limit 50000 for update skip locked),
  taken as (delete from task_counts c using picked p where c.ctid = p.ctid returning c.name, c.queue, c.state, c.tasks),
  summed as (insert into task_counts (name, queue, state, tasks)
    select name, queue, state, sum(tasks) from taken group by 1, 2, 3 having sum(tasks) <> 0 returning 1)
  select count(*) into folded from taken;
  return folded;
end
$$;
--> statement-breakpoint
CREATE FUNCTION agonus_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
--> statement-breakpoint
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION agonus_append_only();
--> statement-breakpoint
-- As in 0000, and what leaves is taken out of the counts: triggers of the parent don't see a partition's own statements.
CREATE OR REPLACE FUNCTION agonus_cleanup_tasks(success_hours integer, failure_hours integer) RETURNS jsonb LANGUAGE plpgsql AS $$
declare
  old_day record;
  moved_now integer;
  moved integer := 0;
  dropped integer := 0;
  deleted integer := 0;
  keys_deleted integer := 0;
  success_before timestamptz := agonus_now() - make_interval(hours => success_hours);
  failure_before timestamptz := agonus_now() - make_interval(hours => failure_hours);
begin
  for old_day in
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'tasks'::regclass and c.relname ~ '^tasks_[0-9]{8}$'
      and (to_date(substr(c.relname, 7), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' <= success_before
    order by 1
  loop
    execute format('alter table tasks detach partition %I', old_day.name);
    execute format('insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from %I group by 1, 2, 3', old_day.name);
    execute format(
      'insert into tasks select * from %I where finished_at is null or (state <> ''SUCCESS'' and finished_at > $1)', old_day.name)
      using failure_before;
    get diagnostics moved_now = row_count;
    moved := moved + moved_now;
    execute format('drop table %I', old_day.name);
    dropped := dropped + 1;
  end loop;
  with removed as (
    delete from tasks_default
    where (state = 'SUCCESS' and finished_at <= success_before) or (state in ('FAILURE', 'REVOKED') and finished_at <= failure_before)
    returning name, queue, state),
  counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, -count(*) from removed group by 1, 2, 3)
  select count(*) into deleted from removed;
  delete from task_keys k where k.created_at <= success_before and not exists (select from tasks t where t.id = k.task_id);
  get diagnostics keys_deleted = row_count;
  delete from ticks where due_at < agonus_now() - interval '30 days';
  delete from idempotency_keys where created_at < agonus_now() - interval '24 hours';
  return jsonb_build_object('partitions_dropped', dropped, 'partitions_made', agonus_task_partitions(3), 'moved', moved,
    'deleted', deleted, 'keys_deleted', keys_deleted);
end
$$;
