-- The end of time: the due time of a task that waits for somebody outside. No queue gets such a task. It is finite, because
-- versions before PostgreSQL 17 can't subtract infinity from a time.
CREATE FUNCTION agonus_held() RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select timestamptz '9999-01-01 00:00:00+00'
$$;
--> statement-breakpoint
-- Agents from outside: who acts for an agent, and what the rounds know of answers that come by a door.
ALTER TABLE agents ADD COLUMN kind text DEFAULT 'house' NOT NULL;
--> statement-breakpoint
ALTER TABLE agents ADD CONSTRAINT agents_kind CHECK (kind in ('house', 'outside', 'webhook', 'llm'));
--> statement-breakpoint
ALTER TABLE entries ADD COLUMN kind text DEFAULT 'house' NOT NULL;
--> statement-breakpoint
ALTER TABLE entries ADD CONSTRAINT entries_kind CHECK (kind in ('house', 'outside', 'webhook', 'llm'));
--> statement-breakpoint
-- Rounds in a row without a valid answer. The fifth halts the entry.
ALTER TABLE entries ADD COLUMN misses integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE entries ADD COLUMN halted_at timestamptz;
--> statement-breakpoint
-- A replay waits for such agents until answers_until. Looks at a round that waits are noted, so that time in which the
-- platform was away counts against no agent.
ALTER TABLE rounds ADD COLUMN answers_until timestamptz;
--> statement-breakpoint
ALTER TABLE rounds ADD COLUMN watched_at timestamptz;
--> statement-breakpoint
ALTER TABLE rounds ADD COLUMN away_ms integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- The hash of the parsed body tells whether the same body comes again. The body goes with the decision's details.
ALTER TABLE decisions ADD COLUMN body_hash text;
--> statement-breakpoint
ALTER TABLE decision_details ADD COLUMN body jsonb;
--> statement-breakpoint
ALTER TABLE decision_details ADD COLUMN door text;
