-- Practices: private replays of one agent. Copies of house agents play in them, and nobody else sees them.
ALTER TABLE agents ADD COLUMN practice boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE tournaments ADD COLUMN practice_of uuid;
--> statement-breakpoint
ALTER TABLE tournaments ADD CONSTRAINT tournaments_practice_of_agents_id_fk FOREIGN KEY (practice_of) REFERENCES agents(id);
--> statement-breakpoint
CREATE INDEX tournaments_practice ON tournaments (practice_of, created_at) WHERE practice_of is not null;
--> statement-breakpoint
-- Whether an agent has qualified. The practices themselves are deleted after a while; this row stays.
CREATE TABLE qualifications (
  agent_id uuid PRIMARY KEY NOT NULL,
  qualified boolean NOT NULL,
  rounds integer NOT NULL,
  answered integer NOT NULL,
  late integer NOT NULL,
  refused integer NOT NULL,
  reasons jsonb NOT NULL,
  at timestamptz NOT NULL
);
--> statement-breakpoint
ALTER TABLE qualifications ADD CONSTRAINT qualifications_agent_id_agents_id_fk FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE cascade;
--> statement-breakpoint
-- How many practices run, how many an agent has begun within a day, and which of its own runs. Callers go one after the other:
-- the lock is held until the end of the transaction, and a volatile function reads anew behind it.
CREATE FUNCTION agonus_practices(of_agent uuid) RETURNS TABLE (running integer, today integer, own uuid) LANGUAGE plpgsql VOLATILE AS $$
begin
  perform pg_advisory_xact_lock(hashtextextended('agonus practices', 0));
  return query select
    (select count(*)::int from tournaments t where t.practice_of is not null and t.status in ('upcoming', 'live', 'paused')),
    (select count(*)::int from tournaments t where t.practice_of = of_agent and t.created_at > agonus_now() - interval '1 day'),
    (select t.id from tournaments t where t.practice_of = of_agent and t.status in ('upcoming', 'live', 'paused') limit 1);
end
$$;
