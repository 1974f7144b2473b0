-- Access keys with roles. The operator key of the deployment is a secret of the Worker and has no row.
CREATE TABLE keys (
  id uuid PRIMARY KEY NOT NULL,
  role text NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  hash text NOT NULL,
  agent_id uuid,
  replaces uuid,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  last_used_at timestamptz,
  expires_at timestamptz,
  grace_ends_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT keys_hash_unique UNIQUE(hash),
  CONSTRAINT keys_role CHECK (role in ('viewer', 'agent', 'operator', 'admin')),
  CONSTRAINT keys_agent CHECK ((role = 'agent') = (agent_id is not null))
);
--> statement-breakpoint
ALTER TABLE keys ADD CONSTRAINT keys_agent_id_agents_id_fk FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE keys ADD CONSTRAINT keys_replaces_keys_id_fk FOREIGN KEY (replaces) REFERENCES keys(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX keys_by_agent ON keys (agent_id) WHERE agent_id is not null;
--> statement-breakpoint
CREATE INDEX keys_replaced ON keys (replaces) WHERE replaces is not null;
--> statement-breakpoint
-- A session belongs to the key that signed in. Without one it belongs to the operator key.
ALTER TABLE sessions ADD COLUMN key_id uuid;
--> statement-breakpoint
ALTER TABLE sessions ADD CONSTRAINT sessions_key_id_keys_id_fk FOREIGN KEY (key_id) REFERENCES keys(id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX sessions_by_key ON sessions (key_id) WHERE key_id is not null;
