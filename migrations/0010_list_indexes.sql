DROP INDEX "audit_by_action";--> statement-breakpoint
DROP INDEX "decisions_by_entry";--> statement-breakpoint
DROP INDEX "trades_by_entry";--> statement-breakpoint
DROP INDEX "trades_by_tournament";--> statement-breakpoint
ALTER TABLE "rounds" ADD COLUMN "details_dropped_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "rounds_with_details" ON "rounds" USING btree ("settled_at") WHERE details_dropped_at is null and settled_at is not null;--> statement-breakpoint
CREATE INDEX "audit_by_action" ON "audit" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX "decisions_by_entry" ON "decisions" USING btree ("entry_id","decided_at");--> statement-breakpoint
CREATE INDEX "trades_by_entry" ON "trades" USING btree ("entry_id","id");--> statement-breakpoint
CREATE INDEX "trades_by_tournament" ON "trades" USING btree ("tournament_id","id");--> statement-breakpoint
-- Who does something and with which code, for a history: "worker 1a2b/3c4d @ VERSION" (core/signed.ts). Inlined.
CREATE FUNCTION agonus_signed(text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ select jsonb_build_object('by', split_part($1, ' @ ', 1), 'code_version', nullif(split_part($1, ' @ ', 2), '')) $$;
