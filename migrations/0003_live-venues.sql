-- Live venues: what is known of each, what it sent for rounds that could not use it, and where a round's prices came from.

-- What is known of a venue's address. A venue that was never asked has no row.
CREATE TABLE venue_states (
  venue text PRIMARY KEY NOT NULL,
  blocked_until timestamptz NOT NULL,
  clock_skew_ms double precision,
  used_weight integer,
  answered_at timestamptz,
  failed_at timestamptz,
  listed_at timestamptz
);
--> statement-breakpoint
-- The pairs of a venue's list, as it was read last.
CREATE TABLE venue_symbols (
  venue text NOT NULL,
  symbol text NOT NULL,
  id text NOT NULL,
  keys jsonb NOT NULL,
  status text NOT NULL,
  tradable boolean NOT NULL,
  volume_step text,
  CONSTRAINT venue_symbols_venue_symbol_pk PRIMARY KEY(venue,symbol)
);
--> statement-breakpoint
-- Calls of a venue that failed, and candles that it changed.
CREATE TABLE venue_faults (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  venue text NOT NULL,
  at timestamptz DEFAULT agonus_now() NOT NULL,
  kind text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  status integer,
  excerpt text NOT NULL,
  path text NOT NULL
);
--> statement-breakpoint
CREATE INDEX venue_faults_by_time ON venue_faults (at);
--> statement-breakpoint
CREATE INDEX venue_faults_by_venue ON venue_faults (venue,at);
--> statement-breakpoint
-- The evidence of every skipped round and every fallback. It has no key to rounds: while a venue is still asked, a round that
-- will be skipped has no row.
CREATE TABLE market_receipts (
  tournament_id uuid NOT NULL,
  round integer NOT NULL,
  phase text NOT NULL,
  venue text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  sentence text NOT NULL,
  received jsonb NOT NULL,
  received_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT market_receipts_tournament_id_round_phase_venue_pk PRIMARY KEY(tournament_id,round,phase,venue),
  CONSTRAINT market_receipts_phase CHECK (phase in ('snapshot', 'quote')),
  CONSTRAINT market_receipts_code CHECK (code in ('market.stale', 'market.doubtful'))
);
--> statement-breakpoint
ALTER TABLE market_receipts ADD CONSTRAINT market_receipts_tournament_id_tournaments_id_fk FOREIGN KEY (tournament_id) REFERENCES tournaments(id) ON DELETE cascade;
--> statement-breakpoint
-- A candle source that another venue than the tournament's own has, and the venue of a quote.
ALTER TABLE snapshots ADD COLUMN source_id text;
--> statement-breakpoint
ALTER TABLE snapshots ADD CONSTRAINT snapshots_source_id_candle_sources_id_fk FOREIGN KEY (source_id) REFERENCES candle_sources(id);
--> statement-breakpoint
ALTER TABLE quotes ADD COLUMN venue text;
--> statement-breakpoint
ALTER TABLE candle_sources DROP CONSTRAINT candle_sources_kind;
--> statement-breakpoint
ALTER TABLE candle_sources ADD CONSTRAINT candle_sources_kind CHECK (kind in ('synthetic', 'files', 'coinbase', 'kraken', 'binance'));
--> statement-breakpoint
ALTER TABLE tournaments DROP CONSTRAINT tournaments_market;
--> statement-breakpoint
ALTER TABLE tournaments ADD CONSTRAINT tournaments_market CHECK (market in ('synthetic', 'replay', 'coinbase', 'kraken', 'binance'));
--> statement-breakpoint
-- A venue's round that was skipped after its decisions has details too.
DROP INDEX rounds_with_details;
--> statement-breakpoint
CREATE INDEX rounds_with_details ON rounds (coalesce(settled_at, closed_at, opened_at)) WHERE details_dropped_at is null and (state = 'settled' or skip_reason in ('cancelled', 'market.unusable', 'market.stale', 'market.doubtful'));
--> statement-breakpoint
CREATE INDEX rounds_doubted ON rounds (due_at) WHERE skip_reason in ('market.stale', 'market.doubtful');
