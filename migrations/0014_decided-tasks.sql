-- The task of a stored decision does not repeat the decision. `round` says which one it is, `result` keeps the few figures that no
-- other row has, and a task that was stored with its decision has no arguments and only the text of who stored it as its history.
DROP INDEX "tasks_by_args";--> statement-breakpoint
ALTER TABLE "tasks" ALTER COLUMN "args" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "round" integer;--> statement-breakpoint
CREATE INDEX "tasks_by_args" ON "tasks" USING gin (args jsonb_path_ops) WITH (gin_pending_list_limit = 256) WHERE args is not null;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_decided" CHECK ("round" is null or ("state" = 'SUCCESS' and "entry_id" is not null));--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_args" CHECK ("args" is not null or "round" is not null);--> statement-breakpoint
-- The arguments of a task that was stored with its decision.
CREATE FUNCTION agonus_decision_args(of_tournament uuid, of_entry uuid) RETURNS jsonb LANGUAGE sql STABLE
  AS $$ select jsonb_build_object('tournament_id', of_tournament, 'agent_id', (select agent_id from entries where id = of_entry),
    'recover_from_crash', true) $$;
--> statement-breakpoint
-- The history of such a task. `stored_by`: a JSON text, who stored it with which code.
CREATE FUNCTION agonus_decided_history(stored_by jsonb, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
  AS $$ select jsonb_build_array(jsonb_build_object('at', at, 'state', 'SUCCESS', 'attempt', 1, 'why', 'decided in its round''s batch')
    || agonus_signed(stored_by #>> '{}')) $$;
--> statement-breakpoint
-- Rows that are born finished: decisions of a batch. Cleanup moves finished rows too, and those have a longer history.
CREATE OR REPLACE FUNCTION agonus_measure_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into metric_deltas (metric, name, state, le, n, micros)
  select 'run', name, state, agonus_bucket(ran), count(*), sum((ran * 1e6)::bigint)
  from (select name, state, date_part('epoch', finished_at - started_at) as ran from added
        where finished_at is not null and case when args is null then true else jsonb_array_length(history) = 1 end offset 0) t
  group by 2, 3, 4;
  return null;
end
$$;
