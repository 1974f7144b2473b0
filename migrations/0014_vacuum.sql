-- Rows that change once after they are written, in tables that only grow: dead ones are to stay a hundredth, not a fifth.
ALTER TABLE "orders" SET (autovacuum_vacuum_scale_factor = 0.01);--> statement-breakpoint
ALTER TABLE "recoveries" SET (autovacuum_vacuum_scale_factor = 0.01);
