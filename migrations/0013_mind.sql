ALTER TABLE "memories" ADD COLUMN "mind" jsonb;--> statement-breakpoint
CREATE INDEX "entries_of_models" ON "entries" USING btree ("tournament_id") WHERE kind = 'llm';