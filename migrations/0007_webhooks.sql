-- Where agents of the kind webhook are called. The platform signs with the secret, so it is encrypted and not hashed.
CREATE TABLE webhooks (
  agent_id uuid PRIMARY KEY NOT NULL,
  url text NOT NULL,
  secret text NOT NULL,
  old_secret text,
  grace_ends_at timestamptz,
  rotation uuid,
  created_at timestamptz DEFAULT agonus_now() NOT NULL,
  rotated_at timestamptz
);
--> statement-breakpoint
ALTER TABLE webhooks ADD CONSTRAINT webhooks_agent_id_agents_id_fk FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE cascade;
--> statement-breakpoint
-- The last calls of each webhook, for whoever looks after it.
CREATE TABLE webhook_calls (
  id uuid PRIMARY KEY NOT NULL,
  agent_id uuid NOT NULL,
  round_id uuid,
  attempt integer NOT NULL,
  at timestamptz DEFAULT agonus_now() NOT NULL,
  ms integer NOT NULL,
  status integer,
  code text,
  detail text,
  answer text
);
--> statement-breakpoint
ALTER TABLE webhook_calls ADD CONSTRAINT webhook_calls_agent_id_webhooks_agent_id_fk FOREIGN KEY (agent_id) REFERENCES webhooks(agent_id) ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX webhook_calls_by_agent ON webhook_calls (agent_id, id);
