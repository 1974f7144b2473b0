-- The one clock. Every lease, deadline, due time and tick compares with it; a test or a simulation replaces this
-- function by one that reads a row, and so moves time by one statement.
CREATE FUNCTION agonus_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$ select clock_timestamp() $$;
--> statement-breakpoint
-- Epoch milliseconds.
CREATE FUNCTION agonus_ms(moment timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select (extract(epoch from moment) * 1000)::double precision
$$;
--> statement-breakpoint
-- The lowest UUIDv7 of a moment: the bounds of the daily partitions of tasks.
CREATE FUNCTION agonus_uuid_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
--> statement-breakpoint
CREATE TABLE "agents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"personality" text DEFAULT '' NOT NULL,
	"strategy_type" text NOT NULL,
	"strategy" text NOT NULL,
	"baseline" boolean DEFAULT false NOT NULL,
	"avatar_url" text,
	"owner" text,
	"config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "agents_name_length" CHECK (length("agents"."name") between 1 and 80)
);
--> statement-breakpoint
CREATE TABLE "candle_sources" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"symbols" text[] NOT NULL,
	"interval_seconds" integer NOT NULL,
	"first_open_at" timestamp with time zone NOT NULL,
	"last_open_at" timestamp with time zone NOT NULL,
	"state" jsonb,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "candle_sources_kind" CHECK ("candle_sources"."kind" in ('synthetic', 'files')),
	CONSTRAINT "candle_sources_interval" CHECK ("candle_sources"."interval_seconds" > 0)
);
--> statement-breakpoint
CREATE TABLE "candles" (
	"source_id" text NOT NULL,
	"symbol" text NOT NULL,
	"open_at" timestamp with time zone NOT NULL,
	"open" numeric NOT NULL,
	"high" numeric NOT NULL,
	"low" numeric NOT NULL,
	"close" numeric NOT NULL,
	"volume" numeric NOT NULL,
	CONSTRAINT "candles_source_id_symbol_open_at_pk" PRIMARY KEY("source_id","symbol","open_at"),
	CONSTRAINT "candles_prices" CHECK ("candles"."low" > 0 and "candles"."low" <= least("candles"."open", "candles"."close") and "candles"."high" >= greatest("candles"."open", "candles"."close"))
);
--> statement-breakpoint
CREATE TABLE "clocks" (
	"name" text PRIMARY KEY NOT NULL,
	"beat_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" uuid PRIMARY KEY NOT NULL,
	"queue" text NOT NULL,
	"message_id" text NOT NULL,
	"body" jsonb NOT NULL,
	"deliveries" integer NOT NULL,
	"outcome" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "dead_letters_message_id_unique" UNIQUE("message_id")
);
--> statement-breakpoint
CREATE TABLE "decision_details" (
	"round_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"reasoning" text NOT NULL,
	"confidence" double precision NOT NULL,
	CONSTRAINT "decision_details_round_id_entry_id_pk" PRIMARY KEY("round_id","entry_id")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"round_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"order_count" smallint NOT NULL,
	"version" integer NOT NULL,
	"details_hash" text NOT NULL,
	"decided_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "decisions_round_id_entry_id_pk" PRIMARY KEY("round_id","entry_id"),
	CONSTRAINT "decisions_outcome" CHECK ("decisions"."outcome" in ('made', 'held'))
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tournament_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"agent_name" text NOT NULL,
	"strategy" text NOT NULL,
	"baseline" boolean NOT NULL,
	"limits" jsonb,
	"params" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"thinking_seconds" double precision,
	"status" text DEFAULT 'active' NOT NULL,
	"first_round" integer NOT NULL,
	"last_round" integer,
	"cash" numeric(28, 8) NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"recoveries" integer DEFAULT 0 NOT NULL,
	"trades_count" integer DEFAULT 0 NOT NULL,
	"closed_trades" integer DEFAULT 0 NOT NULL,
	"winning_trades" integer DEFAULT 0 NOT NULL,
	"fees" numeric(28, 8) DEFAULT '0' NOT NULL,
	"realized_profit" numeric(28, 8) DEFAULT '0' NOT NULL,
	"prevented" integer DEFAULT 0 NOT NULL,
	"joined_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "entries_agent" UNIQUE("tournament_id","agent_id"),
	CONSTRAINT "entries_name" UNIQUE("tournament_id","agent_name"),
	CONSTRAINT "entries_cash" CHECK ("entries"."cash" >= 0),
	CONSTRAINT "entries_status" CHECK ("entries"."status" in ('active', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "equity_points" (
	"tournament_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"entry_id" uuid NOT NULL,
	"equity" numeric(28, 8) NOT NULL,
	"rank" integer,
	"peak" numeric(28, 8) NOT NULL,
	"max_drawdown" double precision NOT NULL,
	"returns_count" integer NOT NULL,
	"returns_mean" double precision NOT NULL,
	"returns_m2" double precision NOT NULL,
	CONSTRAINT "equity_points_tournament_id_round_entry_id_pk" PRIMARY KEY("tournament_id","round","entry_id")
);
--> statement-breakpoint
CREATE TABLE "lots" (
	"entry_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"round" integer NOT NULL,
	"seq" smallint NOT NULL,
	"quantity" numeric(28, 8) NOT NULL,
	"cost" numeric(28, 8) NOT NULL,
	CONSTRAINT "lots_entry_id_symbol_round_seq_pk" PRIMARY KEY("entry_id","symbol","round","seq"),
	CONSTRAINT "lots_quantity" CHECK ("lots"."quantity" > 0),
	CONSTRAINT "lots_cost" CHECK ("lots"."cost" >= 0)
);
--> statement-breakpoint
CREATE TABLE "memories" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"notes" jsonb NOT NULL,
	"round" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"round_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"seq" smallint NOT NULL,
	"side" text NOT NULL,
	"symbol" text NOT NULL,
	"amount" numeric(28, 8) NOT NULL,
	"confidence" double precision,
	"state" text NOT NULL,
	"code" text,
	"refused_at" text,
	CONSTRAINT "orders_round_id_entry_id_seq_pk" PRIMARY KEY("round_id","entry_id","seq"),
	CONSTRAINT "orders_side" CHECK ("orders"."side" in ('buy', 'sell')),
	CONSTRAINT "orders_state" CHECK ("orders"."state" in ('open', 'filled', 'refused', 'dropped')),
	CONSTRAINT "orders_refusal" CHECK (("orders"."state" = 'refused') = ("orders"."code" is not null and "orders"."refused_at" is not null)),
	CONSTRAINT "orders_refused_at" CHECK ("orders"."refused_at" in ('decision', 'fill'))
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"entry_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"quantity" numeric(28, 8) NOT NULL,
	CONSTRAINT "positions_entry_id_symbol_pk" PRIMARY KEY("entry_id","symbol"),
	CONSTRAINT "positions_quantity" CHECK ("positions"."quantity" > 0)
);
--> statement-breakpoint
CREATE TABLE "quotes" (
	"round_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"bid" numeric NOT NULL,
	"ask" numeric NOT NULL,
	"mid" numeric NOT NULL,
	CONSTRAINT "quotes_round_id_symbol_pk" PRIMARY KEY("round_id","symbol"),
	CONSTRAINT "quotes_spread" CHECK ("quotes"."bid" > 0 and "quotes"."bid" <= "quotes"."mid" and "quotes"."mid" <= "quotes"."ask")
);
--> statement-breakpoint
CREATE TABLE "rounds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tournament_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"skip_reason" text,
	"due_at" timestamp with time zone NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL,
	"participants" integer DEFAULT 0 NOT NULL,
	"opened_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"quoted_at" timestamp with time zone,
	"settled_at" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"sends" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "rounds_number" UNIQUE("tournament_id","number"),
	CONSTRAINT "rounds_state" CHECK ("rounds"."state" in ('scheduled', 'open', 'closed', 'quoted', 'settled', 'skipped')),
	CONSTRAINT "rounds_skip_reason" CHECK (("rounds"."state" = 'skipped') = ("rounds"."skip_reason" is not null))
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"round_id" uuid PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"candles" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "standings" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"tournament_id" uuid NOT NULL,
	"rank" integer,
	"previous_rank" integer,
	"equity" numeric(28, 8) NOT NULL,
	"marked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_keys" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"task_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"queue" text NOT NULL,
	"state" text NOT NULL,
	"args" jsonb NOT NULL,
	"result" jsonb,
	"error" jsonb,
	"attempt" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"progress" double precision,
	"tournament_id" uuid,
	"entry_id" uuid,
	"key" text,
	"due_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	"sends" integer DEFAULT 0 NOT NULL,
	"token" uuid,
	"lease_until" timestamp with time zone,
	"lost_leases" integer DEFAULT 0 NOT NULL,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"history" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"correlation_id" text,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "tasks_state" CHECK ("tasks"."state" in ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')),
	CONSTRAINT "tasks_lease" CHECK (("tasks"."state" = 'STARTED') = ("tasks"."token" is not null and "tasks"."lease_until" is not null)),
	CONSTRAINT "tasks_finished" CHECK (("tasks"."state" in ('SUCCESS', 'FAILURE', 'REVOKED')) = ("tasks"."finished_at" is not null))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "ticks" (
	"schedule" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"outcome" text NOT NULL,
	"fired_by" text NOT NULL,
	"reason" text,
	"task_id" uuid,
	"fired_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "ticks_schedule_due_at_pk" PRIMARY KEY("schedule","due_at"),
	CONSTRAINT "ticks_outcome" CHECK ("ticks"."outcome" in ('fired', 'late', 'coalesced', 'skipped'))
);
--> statement-breakpoint
CREATE TABLE "tournaments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'upcoming' NOT NULL,
	"market" text NOT NULL,
	"candle_source_id" text NOT NULL,
	"symbols" text[] NOT NULL,
	"interval_seconds" integer NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"starting_cash" numeric(28, 8) NOT NULL,
	"rules" jsonb NOT NULL,
	"rules_hash" text NOT NULL,
	"prize_pool" numeric(20, 2) DEFAULT '0' NOT NULL,
	"winner_entry_id" uuid,
	"created_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"started_at" timestamp with time zone,
	"paused_at" timestamp with time zone,
	"resumed_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "tournaments_status" CHECK ("tournaments"."status" in ('upcoming', 'live', 'paused', 'completed', 'cancelled')),
	CONSTRAINT "tournaments_market" CHECK ("tournaments"."market" in ('synthetic', 'replay')),
	CONSTRAINT "tournaments_span" CHECK ("tournaments"."ends_at" > "tournaments"."starts_at"),
	CONSTRAINT "tournaments_interval" CHECK ("tournaments"."interval_seconds" > 0),
	CONSTRAINT "tournaments_starting_cash" CHECK ("tournaments"."starting_cash" > 0)
);
--> statement-breakpoint
CREATE TABLE "trades" (
	"round_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"seq" smallint NOT NULL,
	"tournament_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"side" text NOT NULL,
	"symbol" text NOT NULL,
	"quantity" numeric(28, 8) NOT NULL,
	"price" numeric NOT NULL,
	"fee" numeric(28, 8) NOT NULL,
	"cash_change" numeric(28, 8) NOT NULL,
	"realized_profit" numeric(28, 8),
	"filled_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	CONSTRAINT "trades_round_id_entry_id_seq_pk" PRIMARY KEY("round_id","entry_id","seq"),
	CONSTRAINT "trades_id_unique" UNIQUE("id"),
	CONSTRAINT "trades_quantity" CHECK ("trades"."quantity" > 0),
	CONSTRAINT "trades_fee" CHECK ("trades"."fee" >= 0)
);
--> statement-breakpoint
ALTER TABLE "candles" ADD CONSTRAINT "candles_source_id_candle_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."candle_sources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decision_details" ADD CONSTRAINT "decision_details_round_id_entry_id_decisions_round_id_entry_id_fk" FOREIGN KEY ("round_id","entry_id") REFERENCES "public"."decisions"("round_id","entry_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_round_id_rounds_id_fk" FOREIGN KEY ("round_id") REFERENCES "public"."rounds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_tournament_id_tournaments_id_fk" FOREIGN KEY ("tournament_id") REFERENCES "public"."tournaments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "equity_points" ADD CONSTRAINT "equity_points_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "equity_points" ADD CONSTRAINT "equity_points_tournament_id_round_rounds_tournament_id_number_fk" FOREIGN KEY ("tournament_id","round") REFERENCES "public"."rounds"("tournament_id","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_round_id_entry_id_decisions_round_id_entry_id_fk" FOREIGN KEY ("round_id","entry_id") REFERENCES "public"."decisions"("round_id","entry_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_round_id_rounds_id_fk" FOREIGN KEY ("round_id") REFERENCES "public"."rounds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_tournament_id_tournaments_id_fk" FOREIGN KEY ("tournament_id") REFERENCES "public"."tournaments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_round_id_rounds_id_fk" FOREIGN KEY ("round_id") REFERENCES "public"."rounds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standings" ADD CONSTRAINT "standings_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tournaments" ADD CONSTRAINT "tournaments_candle_source_id_candle_sources_id_fk" FOREIGN KEY ("candle_source_id") REFERENCES "public"."candle_sources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trades" ADD CONSTRAINT "trades_round_id_entry_id_seq_orders_round_id_entry_id_seq_fk" FOREIGN KEY ("round_id","entry_id","seq") REFERENCES "public"."orders"("round_id","entry_id","seq") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "decisions_by_entry" ON "decisions" USING btree ("entry_id","decided_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "entries_by_agent" ON "entries" USING btree ("agent_id");--> statement-breakpoint
CREATE INDEX "equity_points_by_entry" ON "equity_points" USING btree ("entry_id","round");--> statement-breakpoint
CREATE INDEX "orders_owed" ON "orders" USING btree ("round_id","entry_id") WHERE state = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "rounds_one_active" ON "rounds" USING btree ("tournament_id") WHERE state in ('open', 'closed', 'quoted');--> statement-breakpoint
CREATE INDEX "standings_by_tournament" ON "standings" USING btree ("tournament_id","rank");--> statement-breakpoint
CREATE INDEX "tasks_waiting" ON "tasks" USING btree ("queue","due_at") WHERE state in ('PENDING', 'RETRY');--> statement-breakpoint
CREATE INDEX "tasks_leased" ON "tasks" USING btree ("lease_until") WHERE state = 'STARTED';--> statement-breakpoint
CREATE INDEX "tasks_by_tournament" ON "tasks" USING btree ("tournament_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "tasks_by_entry" ON "tasks" USING btree ("entry_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "tournaments_active" ON "tournaments" USING btree ("status") WHERE status in ('upcoming', 'live', 'paused');--> statement-breakpoint
CREATE INDEX "trades_by_entry" ON "trades" USING btree ("entry_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "trades_by_tournament" ON "trades" USING btree ("tournament_id","id" DESC NULLS LAST);
--> statement-breakpoint
-- What has no partition of its own day lands here, and what must outlive its day is moved here.
CREATE TABLE "tasks_default" PARTITION OF "tasks" DEFAULT;
--> statement-breakpoint
-- Makes the partitions of today (UTC) and the days ahead; a day that already has rows in the default one stays there.
CREATE FUNCTION agonus_task_partitions(days_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
declare
  day date;
  name text;
  made integer := 0;
begin
  for offset_days in 0 .. days_ahead loop
    day := (agonus_now() at time zone 'UTC')::date + offset_days;
    name := 'tasks_' || to_char(day, 'YYYYMMDD');
    if to_regclass(name) is null then
      begin
        execute format('create table %I partition of tasks for values from (%L) to (%L)', name,
          agonus_uuid_at(day::timestamp at time zone 'UTC'), agonus_uuid_at((day + 1)::timestamp at time zone 'UTC'));
        made := made + 1;
      exception when check_violation or duplicate_table then
        null; -- the default partition already holds rows of that day, or another caller was faster
      end;
    end if;
  end loop;
  return made;
end
$$;
--> statement-breakpoint
SELECT agonus_task_partitions(2);
--> statement-breakpoint
-- Who owed a decision in a round that has closed, gave none, and why.
CREATE VIEW "missed_decisions" AS
  SELECT r.tournament_id, r.id AS round_id, r.number AS round, e.id AS entry_id,
    CASE WHEN t.state = 'FAILURE' THEN coalesce(t.error->>'code', 'task.failed')
         WHEN t.state = 'REVOKED' THEN 'task.cancelled'
         WHEN t.id IS NOT NULL THEN 'round.late'
         ELSE 'round.no_answer' END AS reason
  FROM rounds r
  JOIN entries e ON e.tournament_id = r.tournament_id AND e.first_round <= r.number
    AND (e.last_round IS NULL OR e.last_round >= r.number)
  LEFT JOIN task_keys k ON k.key = 'decide:' || r.id || ':' || e.id
  LEFT JOIN tasks t ON t.id = k.task_id
  WHERE r.state IN ('closed', 'quoted', 'settled')
    AND NOT EXISTS (SELECT FROM decisions d WHERE d.round_id = r.id AND d.entry_id = e.id);
--> statement-breakpoint
-- Retention. A day of tasks whose newest success is old enough is detached, what must stay (unfinished tasks, failures
-- still kept) moves to the default partition, and the day is dropped whole: no row of it is deleted one by one.
CREATE FUNCTION agonus_cleanup_tasks(success_hours integer, failure_hours integer) RETURNS jsonb LANGUAGE plpgsql AS $$
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
    execute format(
      'insert into tasks select * from %I where finished_at is null or (state <> ''SUCCESS'' and finished_at > $1)', old_day.name)
      using failure_before;
    get diagnostics moved_now = row_count;
    moved := moved + moved_now;
    execute format('drop table %I', old_day.name);
    dropped := dropped + 1;
  end loop;
  delete from tasks_default
    where (state = 'SUCCESS' and finished_at <= success_before) or (state in ('FAILURE', 'REVOKED') and finished_at <= failure_before);
  get diagnostics deleted = row_count;
  delete from task_keys k where k.created_at <= success_before and not exists (select from tasks t where t.id = k.task_id);
  get diagnostics keys_deleted = row_count;
  delete from ticks where due_at < agonus_now() - interval '30 days';
  return jsonb_build_object('partitions_dropped', dropped, 'partitions_made', agonus_task_partitions(3), 'moved', moved,
    'deleted', deleted, 'keys_deleted', keys_deleted);
end
$$;
