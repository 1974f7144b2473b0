-- What the server's own check of a finished tournament found. There is no row before the check has run, so no page can claim
-- a verdict that nobody reached.
CREATE TABLE tournament_checks (
  tournament_id uuid PRIMARY KEY,
  verdict text NOT NULL,
  -- SHA-256 of the result's canonical lines. Null for a tournament that is too large for the server.
  hash text,
  -- How many values the ledger compared, and how many of them were wrong.
  checked integer NOT NULL,
  failures integer NOT NULL,
  checked_at timestamp with time zone DEFAULT agonus_now() NOT NULL,
  code_version text NOT NULL,
  CONSTRAINT tournament_checks_verdict CHECK (verdict in ('exact', 'wrong', 'too_large')),
  CONSTRAINT tournament_checks_failures CHECK ((verdict = 'wrong') = (failures > 0)),
  CONSTRAINT tournament_checks_hash CHECK ((verdict = 'too_large') = (hash is null))
);
--> statement-breakpoint
ALTER TABLE tournament_checks ADD CONSTRAINT tournament_checks_tournament_id_tournaments_id_fk FOREIGN KEY (tournament_id) REFERENCES tournaments(id);
