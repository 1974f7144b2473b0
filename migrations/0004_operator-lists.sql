-- A decision that came by its first message had been late, not lost: what the round sent again for it is no recovery.
ALTER TABLE decisions ADD COLUMN sent_again boolean;
--> statement-breakpoint
ALTER TABLE recoveries ADD COLUMN late boolean DEFAULT false NOT NULL;
--> statement-breakpoint
-- What ended in each queue, and what failed there: {queue: [finished, failed]}, since ever.
ALTER TABLE throughput_samples ADD COLUMN by_queue jsonb DEFAULT '{}'::jsonb NOT NULL;
--> statement-breakpoint
-- Lists by runtime. The names are few, so a list of all tasks merges one range of each.
CREATE INDEX tasks_by_runtime ON tasks (name,(finished_at - started_at),id) WHERE finished_at is not null and started_at is not null;
--> statement-breakpoint
-- The decisions that were owed are stored. Read by the index of what is still open. A task has a message of its own: when the
-- sweep sends that again, nobody had taken the task, so it is a recovery whatever message comes first.
CREATE OR REPLACE FUNCTION agonus_recovery_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  update recoveries v set resumed_at = a.decided_at,
    late = v.cause = 'resent' and v.task_id is null and a.sent_again is not true
  from added a
  where v.round_id is not null and v.resumed_at is null and v.round_id = a.round_id and v.entry_id = a.entry_id;
  return null;
end
$$;
--> statement-breakpoint
-- Counted when it is detected, and timed when it is through: from its detection to the owed decision, or with nothing owed to
-- what was restored. What a round sent again is counted when it is through as well, because only then it is known that the
-- first message was lost.
CREATE OR REPLACE FUNCTION agonus_measure_recovery() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  took double precision := greatest(0, date_part('epoch', (case when new.round_id is null then new.restored_at else new.resumed_at end) - new.detected_at));
  of_round boolean := new.cause = 'resent' and new.task_id is null;
begin
  if tg_op = 'INSERT' then
    if not of_round then
      insert into metric_deltas (metric, name, state, n, micros) values ('recoveries', new.cause, '', 1, 0);
    end if;
  elsif took is not null and not new.late and (case when old.round_id is null then old.restored_at else old.resumed_at end) is null then
    insert into metric_deltas (metric, name, state, le, n, micros)
    values ('recovery', new.cause, '', agonus_bucket(took), 1, (took * 1e6)::bigint);
    if of_round then
      insert into metric_deltas (metric, name, state, n, micros) values ('recoveries', new.cause, '', 1, 0);
    end if;
  end if;
  return null;
end
$$;
