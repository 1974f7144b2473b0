CREATE INDEX "recoveries_owed" ON "recoveries" USING btree ("round_id","entry_id") WHERE round_id is not null and resumed_at is null;
--> statement-breakpoint
-- As before, by the index of what is open.
CREATE OR REPLACE FUNCTION agonus_recovery_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  update recoveries v set resumed_at = a.decided_at from added a
  where v.round_id is not null and v.resumed_at is null and v.round_id = a.round_id and v.entry_id = a.entry_id;
  return null;
end
$$;
