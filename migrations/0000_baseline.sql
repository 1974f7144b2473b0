-- The whole database, in the order in which a reader meets its subjects. Migrations after this one only go forward.

-- ----------------------------------------------------------------------------------------------------
-- Time and ids
-- Every time of the database is timestamptz and every id a UUIDv7, made by the Worker.
-- ----------------------------------------------------------------------------------------------------
-- Text in errors is found by its trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
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
-- A UUIDv7 of a moment, the same for the same seed: a row's id orders it by when it was detected.
CREATE FUNCTION agonus_uuid_of(moment timestamptz, seed text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select (substr(agonus_uuid_at(moment)::text, 1, 14) || '7' || substr(md5(seed), 1, 3) || '-a' || substr(md5(seed), 4, 3) || '-' ||
    substr(md5(seed), 7, 12))::uuid
$$;
--> statement-breakpoint
-- Who does something and with which code, for a history: "worker 1a2b/3c4d @ VERSION" (core/signed.ts). Inlined.
CREATE FUNCTION agonus_signed(text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ select jsonb_build_object('by', split_part($1, ' @ ', 1), 'code_version', nullif(split_part($1, ' @ ', 2), '')) $$;
--> statement-breakpoint
-- The unique key of the task that decides for an entry in a round: `decisionKey` in src/rounds/decision-key.ts. The casts
-- are written out because `text || uuid` counts as stable, and an immutable function with a stable body is not inlined.
CREATE FUNCTION agonus_decision_key(round uuid, entry uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ select 'decide:' || round::text || ':' || entry::text $$;
--> statement-breakpoint
-- Whether a key is one of a round's decisions. The range can be read from the index of task_keys; ';' follows ':' in it.
CREATE FUNCTION agonus_is_decision_of(key text, round uuid) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ select key >= 'decide:' || round::text || ':' and key < 'decide:' || round::text || ';' $$;
--> statement-breakpoint
-- The round in a decision's key; null for every other key.
CREATE FUNCTION agonus_decided_round(key text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ select case when key ~ '^decide:[0-9a-f-]{36}:' then substr(key, 8, 36)::uuid end $$;
--> statement-breakpoint
-- A task's history with one more line. It keeps at most 100 lines (`historyItemsMax` in src/core/limits.ts): a full history
-- loses its second line, so that the first one always says how the task began. `signed` says who did it, with which code.
-- VOLATILE because agonus_now() is: a stable function with a volatile body is not inlined.
CREATE FUNCTION agonus_history(history jsonb, state text, attempt integer, why text, signed text) RETURNS jsonb
  LANGUAGE sql VOLATILE PARALLEL SAFE
  AS $$ select (case when jsonb_array_length(history) >= 100 then history - 1 else history end) || jsonb_build_array(
    jsonb_build_object('at', agonus_now(), 'state', state, 'attempt', attempt, 'why', why) || agonus_signed(signed)) $$;
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Agents
-- ----------------------------------------------------------------------------------------------------
-- A trader: its name, its strategy and its settings.
CREATE TABLE agents (
  id uuid PRIMARY KEY NOT NULL,
  name text NOT NULL,
  personality text DEFAULT '' NOT NULL,
  strategy_type text NOT NULL,
  strategy text NOT NULL,
  baseline boolean DEFAULT false NOT NULL,
  avatar_url text,
  owner text,
  config jsonb DEFAULT '{}'::jsonb NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  updated_at timestamptz DEFAULT agonus_now() NOT NULL,
  archived_at timestamptz,
  CONSTRAINT agents_name_length CHECK (length(name) between 1 and 80)
);
--> statement-breakpoint
CREATE INDEX agents_by_text ON agents USING gin ((name || ' ' || id::text) gin_trgm_ops);
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Markets
-- ----------------------------------------------------------------------------------------------------
-- Where candles come from: the synthetic market, or files.
CREATE TABLE candle_sources (
  id text PRIMARY KEY NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  symbols text[] NOT NULL,
  interval_seconds integer NOT NULL,
  market_clock integer DEFAULT 1 NOT NULL,
  first_open_at timestamptz NOT NULL,
  last_open_at timestamptz NOT NULL,
  state jsonb,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT candle_sources_kind CHECK (kind in ('synthetic', 'files')),
  CONSTRAINT candle_sources_interval CHECK (interval_seconds > 0),
  CONSTRAINT candle_sources_clock CHECK (market_clock > 0)
);
--> statement-breakpoint
-- Closed candles. A stored candle never changes.
CREATE TABLE candles (
  source_id text NOT NULL,
  symbol text NOT NULL,
  open_at timestamptz NOT NULL,
  open numeric NOT NULL,
  high numeric NOT NULL,
  low numeric NOT NULL,
  close numeric NOT NULL,
  volume numeric NOT NULL,
  CONSTRAINT candles_source_id_symbol_open_at_pk PRIMARY KEY(source_id,symbol,open_at),
  CONSTRAINT candles_prices CHECK (low > 0 and low <= least(open, close) and high >= greatest(open, close) and high < 'Infinity')
);
--> statement-breakpoint
ALTER TABLE candles ADD CONSTRAINT candles_source_id_candle_sources_id_fk FOREIGN KEY (source_id) REFERENCES candle_sources(id) ON DELETE cascade;
--> statement-breakpoint
-- The key that a live synthetic market draws its candles under. Two statements read it: the generator's, and the
-- one that shows a tournament that has ended.
CREATE TABLE market_keys (
  source_id text PRIMARY KEY NOT NULL,
  key text NOT NULL,
  commitment text NOT NULL
);
--> statement-breakpoint
ALTER TABLE market_keys ADD CONSTRAINT market_keys_source_id_candle_sources_id_fk FOREIGN KEY (source_id) REFERENCES candle_sources(id) ON DELETE cascade;
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Tournaments and entries
-- An entry is one agent in one tournament: its account, its memory and its version.
-- ----------------------------------------------------------------------------------------------------
-- A contest with frozen rules.
CREATE TABLE tournaments (
  id uuid PRIMARY KEY NOT NULL,
  name text NOT NULL,
  status text DEFAULT 'upcoming' NOT NULL,
  market text NOT NULL,
  candle_source_id text NOT NULL,
  symbols text[] NOT NULL,
  interval_seconds integer NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  starting_cash numeric(28, 8) NOT NULL,
  rules jsonb NOT NULL,
  rules_hash text NOT NULL,
  prize_pool numeric(20, 2) DEFAULT '0' NOT NULL,
  winner_entry_id uuid,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  started_at timestamptz,
  paused_at timestamptz,
  resumed_at timestamptz,
  ended_at timestamptz,
  ended_reason text,
  CONSTRAINT tournaments_status CHECK (status in ('upcoming', 'live', 'paused', 'completed', 'cancelled')),
  CONSTRAINT tournaments_market CHECK (market in ('synthetic', 'replay')),
  CONSTRAINT tournaments_span CHECK (ends_at > starts_at),
  CONSTRAINT tournaments_interval CHECK (interval_seconds > 0),
  CONSTRAINT tournaments_starting_cash CHECK (starting_cash > 0)
);
--> statement-breakpoint
ALTER TABLE tournaments ADD CONSTRAINT tournaments_candle_source_id_candle_sources_id_fk FOREIGN KEY (candle_source_id) REFERENCES candle_sources(id);
--> statement-breakpoint
CREATE INDEX tournaments_source ON tournaments (candle_source_id);
--> statement-breakpoint
CREATE INDEX tournaments_active ON tournaments (status) WHERE status in ('upcoming', 'live', 'paused');
--> statement-breakpoint
-- One agent in one tournament: its account. `version` is its fence: every change of the account or of orders raises
-- it, and so does every recovery.
CREATE TABLE entries (
  id uuid PRIMARY KEY NOT NULL,
  tournament_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  agent_name text NOT NULL,
  skeleton text,
  shape text,
  strategy text NOT NULL,
  baseline boolean NOT NULL,
  limits jsonb,
  params jsonb DEFAULT '{}'::jsonb NOT NULL,
  thinking_seconds double precision,
  status text DEFAULT 'active' NOT NULL,
  first_round integer NOT NULL,
  last_round integer,
  cash numeric(28, 8) NOT NULL,
  version integer DEFAULT 0 NOT NULL,
  recoveries integer DEFAULT 0 NOT NULL,
  trades_count integer DEFAULT 0 NOT NULL,
  closed_trades integer DEFAULT 0 NOT NULL,
  winning_trades integer DEFAULT 0 NOT NULL,
  fees numeric(28, 8) DEFAULT '0' NOT NULL,
  realized_profit numeric(28, 8) DEFAULT '0' NOT NULL,
  prevented integer DEFAULT 0 NOT NULL,
  joined_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT entries_agent UNIQUE(tournament_id,agent_id),
  CONSTRAINT entries_name UNIQUE(tournament_id,agent_name),
  CONSTRAINT entries_skeleton UNIQUE(tournament_id,skeleton),
  CONSTRAINT entries_shape UNIQUE(tournament_id,shape),
  CONSTRAINT entries_cash CHECK (cash >= 0),
  CONSTRAINT entries_status CHECK (status in ('active', 'withdrawn'))
);
--> statement-breakpoint
ALTER TABLE entries ADD CONSTRAINT entries_tournament_id_tournaments_id_fk FOREIGN KEY (tournament_id) REFERENCES tournaments(id);
--> statement-breakpoint
ALTER TABLE entries ADD CONSTRAINT entries_agent_id_agents_id_fk FOREIGN KEY (agent_id) REFERENCES agents(id);
--> statement-breakpoint
CREATE INDEX entries_by_agent ON entries (agent_id);
--> statement-breakpoint
CREATE INDEX entries_prevented ON entries (prevented) WHERE prevented > 0;
--> statement-breakpoint
-- What an entry holds.
CREATE TABLE positions (
  entry_id uuid NOT NULL,
  symbol text NOT NULL,
  quantity numeric(28, 8) NOT NULL,
  CONSTRAINT positions_entry_id_symbol_pk PRIMARY KEY(entry_id,symbol),
  CONSTRAINT positions_quantity CHECK (quantity > 0)
);
--> statement-breakpoint
ALTER TABLE positions ADD CONSTRAINT positions_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
-- The purchases that an entry still holds a part of, for realised profit (first in, first out).
CREATE TABLE lots (
  entry_id uuid NOT NULL,
  symbol text NOT NULL,
  round integer NOT NULL,
  seq smallint NOT NULL,
  quantity numeric(28, 8) NOT NULL,
  cost numeric(28, 8) NOT NULL,
  CONSTRAINT lots_entry_id_symbol_round_seq_pk PRIMARY KEY(entry_id,symbol,round,seq),
  CONSTRAINT lots_quantity CHECK (quantity > 0),
  CONSTRAINT lots_cost CHECK (cost >= 0)
);
--> statement-breakpoint
ALTER TABLE lots ADD CONSTRAINT lots_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
-- An entry's notes, which its strategy writes with each decision.
CREATE TABLE memories (
  entry_id uuid PRIMARY KEY NOT NULL,
  notes jsonb NOT NULL,
  round integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE memories ADD CONSTRAINT memories_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
-- Live rank between rounds, marked at the last price. Written every 30 s, and only where something changed.
CREATE TABLE standings (
  entry_id uuid PRIMARY KEY NOT NULL,
  tournament_id uuid NOT NULL,
  rank integer,
  previous_rank integer,
  equity numeric(28, 8) NOT NULL,
  marked_at timestamptz NOT NULL
);
--> statement-breakpoint
ALTER TABLE standings ADD CONSTRAINT standings_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
CREATE INDEX standings_by_tournament ON standings (tournament_id,rank);
--> statement-breakpoint
-- How many entries take part in a round. Volatile, so that it reads anew: the statement that opens a round may have
-- waited for a join to commit, and its own snapshot is older than that.
CREATE FUNCTION agonus_participants(of_tournament uuid, round_number integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
begin
  return (select count(*) from entries e where e.tournament_id = of_tournament and e.status = 'active'
    and e.first_round <= round_number and (e.last_round is null or e.last_round >= round_number));
end
$$;
--> statement-breakpoint
-- A statement that waited for the tournament's row goes on with its old snapshot. A volatile function reads anew: it sees
-- entries that joined, or left, while its caller waited.
CREATE FUNCTION agonus_fund_entries(of_tournament uuid, new_cash numeric) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
declare
  funded integer;
begin
  update entries e set cash = new_cash where e.tournament_id = of_tournament and e.cash <> new_cash;
  get diagnostics funded = row_count;
  return funded;
end
$$;
--> statement-breakpoint
CREATE FUNCTION agonus_has_entries(of_tournament uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
begin
  return exists (select from entries e where e.tournament_id = of_tournament);
end
$$;
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Tasks
-- The engine's truth. Queues carry ids of these rows and nothing else.
-- ----------------------------------------------------------------------------------------------------
-- A unit of background work. Partitioned by id: a UUIDv7 begins with its time, so a partition is a day.
CREATE TABLE tasks (
  id uuid PRIMARY KEY NOT NULL,
  name text NOT NULL,
  queue text NOT NULL,
  state text NOT NULL,
  args jsonb NOT NULL,
  result jsonb,
  error jsonb,
  attempt integer DEFAULT 0 NOT NULL,
  max_attempts integer NOT NULL,
  progress double precision,
  tournament_id uuid,
  entry_id uuid,
  key text,
  due_at timestamptz NOT NULL,
  sent_at timestamptz,
  sends integer DEFAULT 0 NOT NULL,
  token uuid,
  lease_until timestamptz,
  heartbeat_at timestamptz,
  lost_leases integer DEFAULT 0 NOT NULL,
  cancel_requested boolean DEFAULT false NOT NULL,
  never_lost boolean DEFAULT false NOT NULL,
  parent_id uuid,
  consumer text,
  signature text,
  history jsonb DEFAULT '[]'::jsonb NOT NULL,
  correlation_id text,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT tasks_state CHECK (state in ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')),
  CONSTRAINT tasks_lease CHECK ((state = 'STARTED') = (token is not null and lease_until is not null)),
  CONSTRAINT tasks_finished CHECK ((state in ('SUCCESS', 'FAILURE', 'REVOKED')) = (finished_at is not null))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE INDEX tasks_waiting ON tasks (queue,due_at) WHERE state in ('PENDING', 'RETRY');
--> statement-breakpoint
CREATE INDEX tasks_waiting_by_tournament ON tasks (tournament_id,due_at) WHERE state in ('PENDING', 'RETRY');
--> statement-breakpoint
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'STARTED';
--> statement-breakpoint
CREATE INDEX tasks_by_tournament ON tasks (tournament_id,id);
--> statement-breakpoint
CREATE INDEX tasks_by_entry ON tasks (entry_id,id);
--> statement-breakpoint
CREATE INDEX tasks_by_name ON tasks (name,id) WHERE name <> 'run_agent_decision';
--> statement-breakpoint
CREATE INDEX tasks_by_queue ON tasks (queue,id) WHERE name <> 'run_agent_decision';
--> statement-breakpoint
CREATE INDEX tasks_by_state ON tasks (state,id) WHERE state <> 'SUCCESS';
--> statement-breakpoint
CREATE INDEX tasks_by_signature ON tasks (coalesce(signature, error->>'code'),id) WHERE state = 'FAILURE';
--> statement-breakpoint
CREATE INDEX tasks_by_parent ON tasks (parent_id,id) WHERE parent_id is not null;
--> statement-breakpoint
-- A short pending list: a search reads it whole, and whoever fills it sorts it in.
CREATE INDEX tasks_by_args ON tasks USING gin (args jsonb_path_ops) WITH (gin_pending_list_limit = 256);
--> statement-breakpoint
CREATE INDEX tasks_by_error ON tasks USING gin (((error->>'code') || ' ' || (error->>'message')) gin_trgm_ops) WHERE error is not null;
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
-- Unique keys of tasks. A unique index can not span partitions, so they stand here.
CREATE TABLE task_keys (
  key text PRIMARY KEY NOT NULL,
  task_id uuid NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL
);
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

-- ----------------------------------------------------------------------------------------------------
-- Queues, consumers and schedules
-- ----------------------------------------------------------------------------------------------------
-- What an operator set for a queue. A queue without a row runs freely.
CREATE TABLE queue_controls (
  queue text PRIMARY KEY NOT NULL,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  max_running integer,
  CONSTRAINT queue_controls_max_running CHECK (max_running > 0)
);
--> statement-breakpoint
-- Every pause of a queue: a decision that was missed in one says so.
CREATE TABLE queue_pauses (
  queue text NOT NULL,
  paused_at timestamptz NOT NULL,
  resumed_at timestamptz,
  paused_by text NOT NULL,
  reason text,
  CONSTRAINT queue_pauses_queue_paused_at_pk PRIMARY KEY(queue,paused_at)
);
--> statement-breakpoint
CREATE UNIQUE INDEX queue_pauses_one_open ON queue_pauses (queue) WHERE resumed_at is null;
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
-- Messages that could not be read, and messages that the platform gave up.
CREATE TABLE dead_letters (
  id uuid PRIMARY KEY NOT NULL,
  queue text NOT NULL,
  message_id text NOT NULL,
  body jsonb NOT NULL,
  deliveries integer NOT NULL,
  outcome text NOT NULL,
  received_at timestamptz DEFAULT agonus_now() NOT NULL,
  redriven_at timestamptz,
  CONSTRAINT dead_letters_message_id_unique UNIQUE(message_id)
);
--> statement-breakpoint
-- Isolates that consume: when each was seen last, and with which version of the code.
CREATE TABLE consumers (
  id text PRIMARY KEY NOT NULL,
  code_version text NOT NULL,
  first_seen_at timestamptz DEFAULT agonus_now() NOT NULL,
  last_seen_at timestamptz DEFAULT agonus_now() NOT NULL,
  batches jsonb DEFAULT '{}'::jsonb NOT NULL,
  tasks integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
-- One expected firing of a schedule, a row by (schedule, due time).
CREATE TABLE ticks (
  schedule text NOT NULL,
  due_at timestamptz NOT NULL,
  outcome text NOT NULL,
  fired_by text NOT NULL,
  reason text,
  task_id uuid,
  fired_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT ticks_schedule_due_at_pk PRIMARY KEY(schedule,due_at),
  CONSTRAINT ticks_outcome CHECK (outcome in ('fired', 'late', 'coalesced', 'skipped'))
);
--> statement-breakpoint
-- What an operator set for a schedule. A schedule without a row runs.
CREATE TABLE schedule_controls (
  schedule text PRIMARY KEY NOT NULL,
  paused_at timestamptz,
  paused_by text,
  pause_reason text
);
--> statement-breakpoint
-- The two clocks, each of which watches the other. Until both have ticked: since when they are waited for.
CREATE TABLE clocks (
  name text PRIMARY KEY NOT NULL,
  beat_at timestamptz NOT NULL
);
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Rounds
-- scheduled -> open -> closed -> quoted -> settled, or skipped. Each arrow is one guarded statement.
-- ----------------------------------------------------------------------------------------------------
-- One decision cycle: one row with a state.
CREATE TABLE rounds (
  id uuid PRIMARY KEY NOT NULL,
  tournament_id uuid NOT NULL,
  number integer NOT NULL,
  state text NOT NULL,
  skip_reason text,
  due_at timestamptz NOT NULL,
  deadline_at timestamptz NOT NULL,
  participants integer DEFAULT 0 NOT NULL,
  opened_at timestamptz,
  closed_at timestamptz,
  quoted_at timestamptz,
  settled_at timestamptz,
  sent_at timestamptz,
  sends integer DEFAULT 0 NOT NULL,
  sent_to uuid,
  sent_count integer DEFAULT 0 NOT NULL,
  details_dropped_at timestamptz,
  CONSTRAINT rounds_number UNIQUE(tournament_id,number),
  CONSTRAINT rounds_state CHECK (state in ('scheduled', 'open', 'closed', 'quoted', 'settled', 'skipped')),
  CONSTRAINT rounds_skip_reason CHECK ((state = 'skipped') = (skip_reason is not null))
);
--> statement-breakpoint
ALTER TABLE rounds ADD CONSTRAINT rounds_tournament_id_tournaments_id_fk FOREIGN KEY (tournament_id) REFERENCES tournaments(id);
--> statement-breakpoint
CREATE INDEX rounds_with_details ON rounds (coalesce(settled_at, closed_at, opened_at)) WHERE details_dropped_at is null and (state = 'settled' or skip_reason in ('cancelled', 'market.unusable'));
--> statement-breakpoint
CREATE INDEX rounds_unusable ON rounds (due_at) WHERE skip_reason = 'market.unusable';
--> statement-breakpoint
CREATE UNIQUE INDEX rounds_one_active ON rounds (tournament_id) WHERE state in ('open', 'closed', 'quoted');
--> statement-breakpoint
-- The market that the agents of a round see, frozen when it opens.
CREATE TABLE snapshots (
  round_id uuid PRIMARY KEY NOT NULL,
  hash text NOT NULL,
  candles jsonb NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE snapshots ADD CONSTRAINT snapshots_round_id_rounds_id_fk FOREIGN KEY (round_id) REFERENCES rounds(id);
--> statement-breakpoint
-- The prices at which a round's orders fill, frozen after it has closed.
CREATE TABLE quotes (
  round_id uuid NOT NULL,
  symbol text NOT NULL,
  bid numeric NOT NULL,
  ask numeric NOT NULL,
  mid numeric NOT NULL,
  CONSTRAINT quotes_round_id_symbol_pk PRIMARY KEY(round_id,symbol),
  CONSTRAINT quotes_spread CHECK (bid > 0 and bid <= mid and mid <= ask)
);
--> statement-breakpoint
ALTER TABLE quotes ADD CONSTRAINT quotes_round_id_rounds_id_fk FOREIGN KEY (round_id) REFERENCES rounds(id);
--> statement-breakpoint
-- What an entry chose in a round: one narrow row.
CREATE TABLE decisions (
  round_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  outcome text NOT NULL,
  order_count smallint NOT NULL,
  version integer NOT NULL,
  details_hash text NOT NULL,
  decided_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT decisions_round_id_entry_id_pk PRIMARY KEY(round_id,entry_id),
  CONSTRAINT decisions_outcome CHECK (outcome in ('made', 'held'))
);
--> statement-breakpoint
ALTER TABLE decisions ADD CONSTRAINT decisions_round_id_rounds_id_fk FOREIGN KEY (round_id) REFERENCES rounds(id);
--> statement-breakpoint
ALTER TABLE decisions ADD CONSTRAINT decisions_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
CREATE INDEX decisions_by_entry ON decisions (entry_id,decided_at);
--> statement-breakpoint
-- Reasoning and inputs of a decision, with a retention of their own.
CREATE TABLE decision_details (
  round_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  reasoning text NOT NULL,
  confidence double precision NOT NULL,
  CONSTRAINT decision_details_round_id_entry_id_pk PRIMARY KEY(round_id,entry_id)
);
--> statement-breakpoint
ALTER TABLE decision_details ADD CONSTRAINT decision_details_round_id_entry_id_decisions_round_id_entry_id_fk FOREIGN KEY (round_id,entry_id) REFERENCES decisions(round_id,entry_id);
--> statement-breakpoint
-- Intents of a decision, in their order.
CREATE TABLE orders (
  round_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  seq smallint NOT NULL,
  side text NOT NULL,
  symbol text NOT NULL,
  amount numeric(28, 8) NOT NULL,
  confidence double precision,
  state text NOT NULL,
  code text,
  refused_at text,
  CONSTRAINT orders_round_id_entry_id_seq_pk PRIMARY KEY(round_id,entry_id,seq),
  CONSTRAINT orders_side CHECK (side in ('buy', 'sell')),
  CONSTRAINT orders_state CHECK (state in ('open', 'filled', 'refused', 'dropped')),
  CONSTRAINT orders_refusal CHECK ((state = 'refused') = (code is not null and refused_at is not null)),
  CONSTRAINT orders_refused_at CHECK (refused_at in ('decision', 'fill'))
);
--> statement-breakpoint
ALTER TABLE orders ADD CONSTRAINT orders_round_id_entry_id_decisions_round_id_entry_id_fk FOREIGN KEY (round_id,entry_id) REFERENCES decisions(round_id,entry_id);
--> statement-breakpoint
CREATE INDEX orders_owed ON orders (round_id,entry_id) WHERE state = 'open';
--> statement-breakpoint
-- Rows that change once after they are written, in tables that only grow: dead ones are to stay a hundredth, not a fifth.
ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01);
--> statement-breakpoint
-- Filled orders.
CREATE TABLE trades (
  round_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  seq smallint NOT NULL,
  tournament_id uuid NOT NULL,
  id uuid NOT NULL,
  side text NOT NULL,
  symbol text NOT NULL,
  quantity numeric(28, 8) NOT NULL,
  price numeric NOT NULL,
  fee numeric(28, 8) NOT NULL,
  cash_change numeric(28, 8) NOT NULL,
  realized_profit numeric(28, 8),
  filled_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT trades_round_id_entry_id_seq_pk PRIMARY KEY(round_id,entry_id,seq),
  CONSTRAINT trades_id_unique UNIQUE(id),
  CONSTRAINT trades_quantity CHECK (quantity > 0),
  CONSTRAINT trades_fee CHECK (fee >= 0)
);
--> statement-breakpoint
ALTER TABLE trades ADD CONSTRAINT trades_round_id_entry_id_seq_orders_round_id_entry_id_seq_fk FOREIGN KEY (round_id,entry_id,seq) REFERENCES orders(round_id,entry_id,seq);
--> statement-breakpoint
CREATE INDEX trades_by_entry ON trades (entry_id,id);
--> statement-breakpoint
CREATE INDEX trades_closed ON trades (entry_id,realized_profit) WHERE realized_profit is not null;
--> statement-breakpoint
CREATE INDEX trades_by_tournament ON trades (tournament_id,id);
--> statement-breakpoint
-- Each entry's equity and rank at each settled round, with the running figures of its returns.
CREATE TABLE equity_points (
  tournament_id uuid NOT NULL,
  round integer NOT NULL,
  entry_id uuid NOT NULL,
  equity numeric(28, 8) NOT NULL,
  rank integer,
  peak numeric(28, 8) NOT NULL,
  max_drawdown double precision NOT NULL,
  returns_count integer NOT NULL,
  returns_mean double precision NOT NULL,
  returns_m2 double precision NOT NULL,
  CONSTRAINT equity_points_tournament_id_round_entry_id_pk PRIMARY KEY(tournament_id,round,entry_id)
);
--> statement-breakpoint
ALTER TABLE equity_points ADD CONSTRAINT equity_points_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id);
--> statement-breakpoint
ALTER TABLE equity_points ADD CONSTRAINT equity_points_tournament_id_round_rounds_tournament_id_number_fk FOREIGN KEY (tournament_id,round) REFERENCES rounds(tournament_id,number);
--> statement-breakpoint
CREATE INDEX equity_points_by_entry ON equity_points (entry_id,round);
--> statement-breakpoint
-- Who owed a decision in a round that has closed, gave none, and why. A paused queue asks nobody, so its pause is
-- the reason.
CREATE VIEW "missed_decisions" AS
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
  LEFT JOIN task_keys k ON k.key = agonus_decision_key(r.id, e.id)
  LEFT JOIN tasks t ON t.id = k.task_id
  WHERE r.state IN ('closed', 'quoted', 'settled')
    AND NOT EXISTS (SELECT FROM decisions d WHERE d.round_id = r.id AND d.entry_id = e.id);
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- What operators do
-- ----------------------------------------------------------------------------------------------------
-- Jobs over many tasks, frozen by their dry run.
CREATE TABLE bulk_jobs (
  id uuid PRIMARY KEY NOT NULL,
  action text NOT NULL,
  filter jsonb NOT NULL,
  args jsonb DEFAULT '{}'::jsonb NOT NULL,
  state text NOT NULL,
  frozen integer NOT NULL,
  done integer DEFAULT 0 NOT NULL,
  skipped integer DEFAULT 0 NOT NULL,
  failed integer DEFAULT 0 NOT NULL,
  token text,
  created_by text NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  task_id uuid,
  resumes integer DEFAULT 0 NOT NULL,
  CONSTRAINT bulk_jobs_action CHECK (action in ('retry', 'cancel', 'delete')),
  CONSTRAINT bulk_jobs_state CHECK (state in ('dry_run', 'running', 'done', 'aborted'))
);
--> statement-breakpoint
-- The tasks of a bulk job, and what became of each.
CREATE TABLE bulk_items (
  job_id uuid NOT NULL,
  task_id uuid NOT NULL,
  outcome text,
  why text,
  CONSTRAINT bulk_items_job_id_task_id_pk PRIMARY KEY(job_id,task_id),
  CONSTRAINT bulk_items_outcome CHECK (outcome in ('done', 'skipped', 'failed'))
);
--> statement-breakpoint
ALTER TABLE bulk_items ADD CONSTRAINT bulk_items_job_id_bulk_jobs_id_fk FOREIGN KEY (job_id) REFERENCES bulk_jobs(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX bulk_items_open ON bulk_items (job_id,task_id) WHERE outcome is null;
--> statement-breakpoint
-- Answers to requests with an Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_keys (
  key text PRIMARY KEY NOT NULL,
  request_hash text NOT NULL,
  status smallint,
  body jsonb,
  created_at timestamptz DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
-- Everything that operators did. Append-only: a trigger refuses changes.
CREATE TABLE audit (
  id uuid PRIMARY KEY NOT NULL,
  at timestamptz DEFAULT agonus_now() NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  target text,
  details jsonb DEFAULT '{}'::jsonb NOT NULL,
  correlation_id text
);
--> statement-breakpoint
CREATE INDEX audit_by_action ON audit (action,id);
--> statement-breakpoint
CREATE INDEX audit_refusals ON audit (target) WHERE action = 'refused';
--> statement-breakpoint
-- Refuses every change of a row that was written.
CREATE FUNCTION agonus_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
--> statement-breakpoint
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION agonus_append_only();
--> statement-breakpoint
-- Sign-ins of browsers: a hash of the token, never the token.
CREATE TABLE sessions (
  token_hash text PRIMARY KEY NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  expires_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX sessions_by_end ON sessions (expires_at);
--> statement-breakpoint
-- Failed sign-ins and wrong keys by address, for a minute each.
CREATE TABLE wrong_keys (
  address text PRIMARY KEY NOT NULL,
  since timestamptz DEFAULT agonus_now() NOT NULL,
  failures integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX wrong_keys_by_age ON wrong_keys (since);
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Counts and metrics
-- Differences that triggers append. The sweep folds them, so nobody waits for a shared counter.
-- ----------------------------------------------------------------------------------------------------
-- Tasks by name, queue and state as differences: a count is the sum over all rows of its key.
CREATE TABLE task_counts (
  name text NOT NULL,
  queue text NOT NULL,
  state text NOT NULL,
  tasks integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX task_counts_key ON task_counts (name,queue,state);
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
-- Folds the differences into one row a key. Rows that another caller holds stay for later: nobody waits.
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
-- What /metrics counts and times, as differences. Metrics: wait, run, recovery (seconds), recoveries, finished
-- (without an attempt), lost, rounds.
CREATE TABLE metric_deltas (
  metric text NOT NULL,
  name text NOT NULL,
  state text NOT NULL,
  le double precision,
  n bigint NOT NULL,
  micros bigint NOT NULL
);
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
-- An attempt starts where the history's last line says STARTED; a task waits from when it is due to its claim.
-- Attempts are counted under the state that they ended in, and 'finished' counts only what ended without one.
CREATE FUNCTION agonus_measure_updated() RETURNS trigger LANGUAGE plpgsql AS $$
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
--> statement-breakpoint
CREATE TRIGGER tasks_measured_insert AFTER INSERT ON tasks REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION agonus_measure_inserted();
--> statement-breakpoint
CREATE TRIGGER tasks_measured_update AFTER UPDATE ON tasks REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION agonus_measure_updated();
--> statement-breakpoint
-- Rounds by state.
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
-- As agonus_fold_counts, for metrics.
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
--> statement-breakpoint
-- Once a minute: how many tasks have finished since ever.
CREATE TABLE throughput_samples (
  minute timestamptz PRIMARY KEY NOT NULL,
  taken_at timestamptz NOT NULL,
  finished bigint NOT NULL
);
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Recoveries
-- A recovery is a fault of the platform that was found and mended for one entry.
-- ----------------------------------------------------------------------------------------------------
-- Every recovery of an agent. Triggers on tasks and decisions write it, and the statements that raise a version,
-- send again and refuse answers.
CREATE TABLE recoveries (
  id uuid PRIMARY KEY NOT NULL,
  key text NOT NULL,
  tournament_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  cause text NOT NULL,
  round_id uuid,
  interrupted_at timestamptz,
  detected_at timestamptz DEFAULT agonus_now() NOT NULL,
  restored_at timestamptz,
  resumed_at timestamptz,
  from_version integer,
  to_version integer,
  duplicates_prevented integer DEFAULT 0 NOT NULL,
  task_id uuid,
  correlation_id text,
  CONSTRAINT recoveries_key_unique UNIQUE(key),
  CONSTRAINT recoveries_cause CHECK (cause in ('operator', 'stale', 'alarm', 'lease', 'resent'))
);
--> statement-breakpoint
ALTER TABLE recoveries ADD CONSTRAINT recoveries_entry_id_entries_id_fk FOREIGN KEY (entry_id) REFERENCES entries(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX recoveries_by_tournament ON recoveries (tournament_id,id DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX recoveries_by_entry ON recoveries (entry_id,id DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX recoveries_by_round ON recoveries (round_id,entry_id) WHERE round_id is not null;
--> statement-breakpoint
CREATE INDEX recoveries_owed ON recoveries (round_id,entry_id) WHERE round_id is not null and resumed_at is null;
--> statement-breakpoint
CREATE INDEX recoveries_by_task ON recoveries (task_id) WHERE task_id is not null;
--> statement-breakpoint
ALTER TABLE recoveries SET (autovacuum_vacuum_scale_factor = 0.01);
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
    agonus_decided_round(new.key), old.heartbeat_at, agonus_now(), new.id, new.correlation_id
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
  select agonus_uuid_of(agonus_now(), k.key), k.key, e.tournament_id, e.id, 'resent', agonus_decided_round(new.key),
    agonus_now(), new.id, new.correlation_id
  from entries e, (select 'resent:' || agonus_decided_round(new.key) || ':' || new.entry_id as key) k
  where e.id = new.entry_id on conflict do nothing;
  return null;
end
$$;
--> statement-breakpoint
-- The decisions that were owed are stored. Read by the index of what is still open.
CREATE FUNCTION agonus_recovery_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  update recoveries v set resumed_at = a.decided_at from added a
  where v.round_id is not null and v.resumed_at is null and v.round_id = a.round_id and v.entry_id = a.entry_id;
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
  WHEN (new.sends > old.sends and old.sends > 0 and new.state = 'PENDING' and new.name = 'run_agent_decision'
    and agonus_decided_round(new.key) is not null)
  EXECUTE FUNCTION agonus_recovery_sent_again();
--> statement-breakpoint
CREATE TRIGGER decisions_recovery_resumed AFTER INSERT ON decisions REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION agonus_recovery_resumed();
--> statement-breakpoint

-- ----------------------------------------------------------------------------------------------------
-- Retention of tasks
-- A day of tasks whose newest success is old enough leaves as a whole. What must stay (unfinished tasks, failures
-- still kept) moves out first; no row of the day is deleted one by one.
-- ----------------------------------------------------------------------------------------------------
-- Whether a task stays: unfinished, or finished too short a time ago.
CREATE FUNCTION agonus_task_stays(state text, finished_at timestamptz, success_before timestamptz, failure_before timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select finished_at is null or finished_at > case when state = 'SUCCESS' then success_before else failure_before end
$$;
--> statement-breakpoint
-- Takes a day out of tasks and moves the few rows that must stay to the default partition; null when there are more
-- than rows_max of them. The rows go straight to the default partition, because the triggers of tasks would measure
-- them as new.
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
-- Begins the copy of a day of which many rows must stay, and notes what changes from here on.
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
-- Copies what must stay among the next rows_max rows, in order of id; `last` is where to go on. A slice is bounded
-- by the id at its end and read straight through. What is copied is counted at once, though it counts with its day
-- still: the roll-up says too much until the day is dropped.
CREATE FUNCTION agonus_copy_task_rows(day text, after_id uuid, success_before timestamptz, failure_before timestamptz, rows_max integer,
  OUT copied integer, OUT last uuid) LANGUAGE plpgsql AS $$
begin
  execute format('select id from %I where id > $1 order by id offset $2 - 1 limit 1', day) using after_id, rows_max into last;
  if last is null then
    execute format('select id from %I where id > $1 order by id desc limit 1', day) using after_id into last;
  end if;
  if last is null then
    copied := 0;
    return;
  end if;
  execute format('with added as (
      insert into %2$I select * from %1$I where id > $1 and id <= $4 and agonus_task_stays(state, finished_at, $2, $3)
      returning name, queue, state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from added group by 1, 2, 3)
    select count(*) from added', day, day || '_copy')
    using after_id, success_before, failure_before, last into copied;
end
$$;
--> statement-breakpoint
-- Puts the copy in the place of its day, after doing again what changed meanwhile.
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
  execute format('drop table if exists %I', day || '_changes');
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
