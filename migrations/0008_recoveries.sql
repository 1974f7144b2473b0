CREATE TABLE "recoveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"tournament_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"cause" text NOT NULL,
	"round_id" uuid,
	"interrupted_at" timestamp with time zone,
	"detected_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"restored_at" timestamp with time zone,
	"resumed_at" timestamp with time zone,
	"from_version" integer,
	"to_version" integer,
	"duplicates_prevented" integer DEFAULT 0 NOT NULL,
	"task_id" uuid,
	"correlation_id" text,
	CONSTRAINT "recoveries_key_unique" UNIQUE("key"),
	CONSTRAINT "recoveries_cause" CHECK ("recoveries"."cause" in ('operator', 'stale', 'alarm', 'lease', 'resent'))
);
--> statement-breakpoint
ALTER TABLE "recoveries" ADD CONSTRAINT "recoveries_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "recoveries_by_tournament" ON "recoveries" USING btree ("tournament_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "recoveries_by_entry" ON "recoveries" USING btree ("entry_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "recoveries_by_round" ON "recoveries" USING btree ("round_id","entry_id") WHERE round_id is not null;--> statement-breakpoint
CREATE INDEX "recoveries_by_task" ON "recoveries" USING btree ("task_id") WHERE task_id is not null;
--> statement-breakpoint
-- A UUIDv7 of a moment, the same for the same seed: a row's id orders it by when it was detected.
CREATE FUNCTION agonus_uuid_of(moment timestamptz, seed text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select (substr(agonus_uuid_at(moment)::text, 1, 14) || '7' || substr(md5(seed), 1, 3) || '-a' || substr(md5(seed), 4, 3) || '-' ||
    substr(md5(seed), 7, 12))::uuid
$$;
--> statement-breakpoint
-- The open round whose decision an entry owes; null when it owes none.
CREATE FUNCTION agonus_owed_round(entry uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  select r.id from entries e join rounds r on r.tournament_id = e.tournament_id and r.state = 'open'
    and e.first_round <= r.number and (e.last_round is null or e.last_round >= r.number)
  where e.id = entry and e.status = 'active'
    and not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
$$;
--> statement-breakpoint
-- A recovery that is asked for is one that was detected: its row comes with its task's. What it owes is seen now, and
-- again when it raises the version.
CREATE FUNCTION agonus_recovery_asked() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, task_id, correlation_id)
  select agonus_uuid_of(new.created_at, 'recover:' || new.id), 'recover:' || new.id, e.tournament_id, e.id,
    coalesce(new.args->>'cause', 'operator'), agonus_owed_round(e.id), new.created_at, new.id, new.correlation_id
  from entries e where e.id = new.entry_id on conflict do nothing;
  return null;
end
$$;
--> statement-breakpoint
-- A task of an entry whose lease was lost, swept or taken over. While it has not come home, a further loss is the same recovery.
CREATE FUNCTION agonus_recovery_of_lease() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, interrupted_at, detected_at, task_id, correlation_id)
  select agonus_uuid_of(agonus_now(), k.key), k.key, e.tournament_id, e.id, 'lease',
    case when new.key like 'decide:%' then split_part(new.key, ':', 2)::uuid end, old.heartbeat_at, agonus_now(), new.id, new.correlation_id
  from entries e, (select 'lease:' || new.id || ':' || old.token as key) k
  where e.id = new.entry_id
    and not exists (select from recoveries v where v.task_id = new.id and v.cause = 'lease'
      and case when v.round_id is null then v.restored_at is null else v.resumed_at is null end)
  on conflict do nothing;
  return null;
end
$$;
--> statement-breakpoint
-- Claimed again: it runs, as it did before its lease was lost.
CREATE FUNCTION agonus_recovery_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  update recoveries set restored_at = agonus_now() where task_id = new.id and cause = 'lease' and restored_at is null;
  return null;
end
$$;
--> statement-breakpoint
-- A decision's task that nobody took is sent again: its message was lost, or who held it.
CREATE FUNCTION agonus_recovery_sent_again() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, task_id, correlation_id)
  select agonus_uuid_of(agonus_now(), k.key), k.key, e.tournament_id, e.id, 'resent', split_part(new.key, ':', 2)::uuid,
    agonus_now(), new.id, new.correlation_id
  from entries e, (select 'resent:' || split_part(new.key, ':', 2) || ':' || new.entry_id as key) k
  where e.id = new.entry_id on conflict do nothing;
  return null;
end
$$;
--> statement-breakpoint
-- The decisions that were owed are stored.
CREATE FUNCTION agonus_recovery_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  update recoveries v set resumed_at = a.decided_at from added a
  where v.round_id = a.round_id and v.entry_id = a.entry_id and v.resumed_at is null;
  return null;
end
$$;
--> statement-breakpoint
-- Counted when it is detected, timed when it is through: from its detection to the owed decision, or with nothing owed to
-- what was restored.
CREATE FUNCTION agonus_measure_recovery() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  took double precision := greatest(0, date_part('epoch', (case when new.round_id is null then new.restored_at else new.resumed_at end) - new.detected_at));
begin
  if tg_op = 'INSERT' then
    insert into metric_deltas (metric, name, state, n, micros) values ('recoveries', new.cause, '', 1, 0);
  elsif took is not null and (case when old.round_id is null then old.restored_at else old.resumed_at end) is null then
    insert into metric_deltas (metric, name, state, le, n, micros)
    values ('recovery', new.cause, '', agonus_bucket(took), 1, (took * 1e6)::bigint);
  end if;
  return null;
end
$$;
--> statement-breakpoint
CREATE TRIGGER recoveries_measured AFTER INSERT OR UPDATE OF round_id, restored_at, resumed_at ON recoveries FOR EACH ROW EXECUTE FUNCTION agonus_measure_recovery();
--> statement-breakpoint
-- Rows of tasks that retention moves are no new ones: those that are asked for have had no attempt.
CREATE TRIGGER tasks_recovery_asked AFTER INSERT ON tasks FOR EACH ROW
  WHEN (new.name = 'recover_agent_state' and new.state = 'PENDING' and new.attempt = 0 and new.entry_id is not null)
  EXECUTE FUNCTION agonus_recovery_asked();
--> statement-breakpoint
-- Triggers of one event fire in the order of their names: the lost lease first, then the claim that may have taken it over.
CREATE TRIGGER tasks_recovery_1_lost AFTER UPDATE OF lost_leases ON tasks FOR EACH ROW
  WHEN (new.lost_leases > old.lost_leases and new.state in ('RETRY', 'STARTED') and new.entry_id is not null and new.name <> 'recover_agent_state')
  EXECUTE FUNCTION agonus_recovery_of_lease();
--> statement-breakpoint
CREATE TRIGGER tasks_recovery_2_claimed AFTER UPDATE OF token ON tasks FOR EACH ROW
  WHEN (new.state = 'STARTED' and new.token is distinct from old.token and new.lost_leases > 0 and new.entry_id is not null)
  EXECUTE FUNCTION agonus_recovery_claimed();
--> statement-breakpoint
CREATE TRIGGER tasks_recovery_3_sent AFTER UPDATE OF sends ON tasks FOR EACH ROW
  WHEN (new.sends > old.sends and old.sends > 0 and new.state = 'PENDING' and new.name = 'run_agent_decision' and new.key like 'decide:%')
  EXECUTE FUNCTION agonus_recovery_sent_again();
--> statement-breakpoint
CREATE TRIGGER decisions_recovery_resumed AFTER INSERT ON decisions REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION agonus_recovery_resumed();
--> statement-breakpoint
-- As before, without recoveries, which have rows of their own now.
CREATE OR REPLACE FUNCTION agonus_measure_updated() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if not exists (select from added) then
    return null;
  end if;
  insert into metric_deltas (metric, name, state, le, n, micros)
  select v.metric, v.name, v.state, v.le, count(*), sum(v.micros)
  from (
    select n.name, n.state, o.state as was, n.lost_leases > o.lost_leases as lost,
      n.finished_at is not null and o.finished_at is null as finished,
      greatest(0, date_part('epoch', agonus_now() - o.due_at)) as waited,
      greatest(0, date_part('epoch', agonus_now() - case when o.history->-1->>'state' = 'STARTED'
        then (o.history->-1->>'at')::timestamptz else o.started_at end)) as ran
    from added n join gone o on o.id = n.id
    where n.state <> o.state or n.lost_leases > o.lost_leases offset 0) t,
  lateral (
    select 'run' as metric, t.name, t.state, agonus_bucket(t.ran) as le, (t.ran * 1e6)::bigint as micros
      where t.was = 'STARTED' and t.state <> 'STARTED' and t.ran is not null
    union all select 'finished', t.name, t.state, null, 0 where t.finished and (t.was <> 'STARTED' or t.ran is null)
    union all select 'lost', t.name, '', null, 0 where t.lost
    union all select 'wait', t.name, '', agonus_bucket(t.waited), (t.waited * 1e6)::bigint
      where t.state = 'STARTED' and t.was <> 'STARTED') v
  group by 1, 2, 3, 4;
  return null;
end
$$;
