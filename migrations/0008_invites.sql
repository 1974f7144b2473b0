-- Invites: whoever has the code of one may join its tournament. The code itself is stored nowhere.
CREATE TABLE invites (
  id uuid PRIMARY KEY NOT NULL,
  tournament_id uuid NOT NULL,
  code_hash text NOT NULL,
  uses integer NOT NULL,
  used integer DEFAULT 0 NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT invites_code_hash_unique UNIQUE(code_hash),
  CONSTRAINT invites_used CHECK (used between 0 and uses)
);
--> statement-breakpoint
ALTER TABLE invites ADD CONSTRAINT invites_tournament_id_tournaments_id_fk FOREIGN KEY (tournament_id) REFERENCES tournaments(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX invites_by_tournament ON invites (tournament_id, id);
--> statement-breakpoint
CREATE TABLE invite_joins (
  invite_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  joined_at timestamptz DEFAULT agonus_now() NOT NULL,
  CONSTRAINT invite_joins_invite_id_agent_id_pk PRIMARY KEY(invite_id, agent_id)
);
--> statement-breakpoint
ALTER TABLE invite_joins ADD CONSTRAINT invite_joins_invite_id_invites_id_fk FOREIGN KEY (invite_id) REFERENCES invites(id) ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE invite_joins ADD CONSTRAINT invite_joins_agent_id_agents_id_fk FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX invite_joins_by_agent ON invite_joins (agent_id);
--> statement-breakpoint
-- The highest number of a tournament's rounds, −1 before the first. A statement that waited for the tournament's row goes on
-- with its old snapshot. A volatile function reads anew: it sees a round that opened while its caller waited.
CREATE FUNCTION agonus_last_round(of_tournament uuid) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
begin
  return (select coalesce(max(number), -1) from rounds where tournament_id = of_tournament);
end
$$;
