-- A filled candle stands for an interval in which nobody traded: the last close, and volume 0. The quote that is taken from
-- one keeps the mark, and no order fills at it.
ALTER TABLE candles ADD COLUMN filled boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE quotes ADD COLUMN filled boolean DEFAULT false NOT NULL;
--> statement-breakpoint
-- Candles may come in over minutes. Until all are there, nobody sees their source.
ALTER TABLE candle_sources ADD COLUMN whole boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE candle_sources ADD COLUMN report jsonb;
--> statement-breakpoint
-- Uploads that are under way. What a broken one leaves is found by its row and cleaned up.
CREATE TABLE candle_uploads (
  source_id text NOT NULL,
  symbol text NOT NULL,
  token uuid NOT NULL,
  touched_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT candle_uploads_source_id_symbol_pk PRIMARY KEY(source_id,symbol)
);
--> statement-breakpoint
ALTER TABLE candle_uploads ADD CONSTRAINT candle_uploads_source_id_candle_sources_id_fk FOREIGN KEY (source_id) REFERENCES candle_sources(id) ON DELETE cascade;
