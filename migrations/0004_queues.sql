CREATE TABLE "queue_pauses" (
	"queue" text NOT NULL,
	"paused_at" timestamp with time zone NOT NULL,
	"resumed_at" timestamp with time zone,
	"paused_by" text NOT NULL,
	"reason" text,
	CONSTRAINT "queue_pauses_queue_paused_at_pk" PRIMARY KEY("queue","paused_at")
);
--> statement-breakpoint
CREATE TABLE "throughput_samples" (
	"minute" timestamp with time zone PRIMARY KEY NOT NULL,
	"taken_at" timestamp with time zone NOT NULL,
	"finished" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "redriven_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "rounds" ADD COLUMN "sent_to" uuid;--> statement-breakpoint
ALTER TABLE "rounds" ADD COLUMN "sent_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "heartbeat_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "queue_pauses_one_open" ON "queue_pauses" USING btree ("queue") WHERE resumed_at is null;--> statement-breakpoint
CREATE INDEX "tasks_waiting_by_tournament" ON "tasks" USING btree ("tournament_id","due_at") WHERE state in ('PENDING', 'RETRY');
--> statement-breakpoint
-- How many more tasks of a queue may run now; null where no limit is set. Locks a limited queue until the transaction ends
-- and then counts: each statement of a volatile function sees what had committed by then, which its caller's own does not.
-- A task whose lease ran out holds its place until the sweep has it: it may yet beat. Claims take no other lock that waits.
CREATE FUNCTION agonus_queue_room(of_queue text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
declare
  most integer;
  running integer;
begin
  select max_running into most from queue_controls where queue = of_queue;
  if most is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('agonus queue ' || of_queue, 0));
  select count(*) into running from tasks where queue = of_queue and state = 'STARTED';
  return greatest(0, most - running);
end
$$;
--> statement-breakpoint
-- As in 0000, and a decision that nobody was asked for, because its queue was paused when the round closed, says so.
CREATE OR REPLACE VIEW "missed_decisions" AS
  SELECT r.tournament_id, r.id AS round_id, r.number AS round, e.id AS entry_id,
    CASE WHEN t.state = 'FAILURE' THEN coalesce(t.error->>'code', 'task.failed')
         WHEN t.state = 'REVOKED' THEN 'task.cancelled'
         WHEN EXISTS (SELECT FROM queue_pauses p WHERE p.queue = 'agents' AND p.paused_at <= r.closed_at
           AND (p.resumed_at IS NULL OR p.resumed_at > r.closed_at)) THEN 'queue.paused'
         WHEN t.id IS NOT NULL THEN 'round.late'
         ELSE 'round.no_answer' END AS reason
  FROM rounds r
  JOIN entries e ON e.tournament_id = r.tournament_id AND e.first_round <= r.number
    AND (e.last_round IS NULL OR e.last_round >= r.number)
  LEFT JOIN task_keys k ON k.key = 'decide:' || r.id || ':' || e.id
  LEFT JOIN tasks t ON t.id = k.task_id
  WHERE r.state IN ('closed', 'quoted', 'settled')
    AND NOT EXISTS (SELECT FROM decisions d WHERE d.round_id = r.id AND d.entry_id = e.id);
