CREATE TABLE "model_accounts" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"usd" numeric DEFAULT '0' NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"round_id" uuid NOT NULL,
	"held_usd" numeric DEFAULT '0' NOT NULL,
	"round_usd" numeric DEFAULT '0' NOT NULL,
	"round_tokens" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "model_accounts_spent" CHECK (usd >= 0 and calls >= 0 and input_tokens >= 0 and output_tokens >= 0)
);
--> statement-breakpoint
CREATE TABLE "model_contents" (
	"hash" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"used_at" timestamp with time zone DEFAULT agonus_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "model_steps" (
	"round_id" uuid NOT NULL,
	"entry_id" uuid NOT NULL,
	"step" smallint NOT NULL,
	"attempt" smallint NOT NULL,
	"state" text NOT NULL,
	"model" text NOT NULL,
	"request_hash" text NOT NULL,
	"request" jsonb NOT NULL,
	"reserved_tokens" bigint NOT NULL,
	"reserved_usd" numeric,
	"answer_hash" text,
	"status" smallint,
	"code" text,
	"detail" text,
	"finish_reason" text,
	"input_tokens" integer DEFAULT 0 NOT NULL,
	"output_tokens" integer DEFAULT 0 NOT NULL,
	"usd" numeric,
	"estimated" boolean DEFAULT false NOT NULL,
	"latency_ms" integer,
	"sent_at" timestamp with time zone DEFAULT agonus_now() NOT NULL,
	"answered_at" timestamp with time zone,
	CONSTRAINT "model_steps_round_id_entry_id_step_attempt_pk" PRIMARY KEY("round_id","entry_id","step","attempt"),
	CONSTRAINT "model_steps_state" CHECK ("model_steps"."state" in ('reserved', 'answered', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "decision_details" ADD COLUMN "fault" text;--> statement-breakpoint
ALTER TABLE "model_accounts" ADD CONSTRAINT "model_accounts_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_steps" ADD CONSTRAINT "model_steps_round_id_rounds_id_fk" FOREIGN KEY ("round_id") REFERENCES "public"."rounds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_steps" ADD CONSTRAINT "model_steps_entry_id_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "model_contents_by_use" ON "model_contents" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "model_steps_by_time" ON "model_steps" USING btree ("sent_at");