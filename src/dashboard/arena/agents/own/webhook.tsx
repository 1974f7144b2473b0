/** The agent's webhook: where it is, how its last calls went, a test call, and a new secret. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Agent, WebhookCall, WebhookTest } from "../../../api/answers.ts";
import { answered, api, within } from "../../../api/client.ts";
import { Button } from "../../../parts/button.tsx";
import { Card } from "../../../parts/card.tsx";
import { Chip } from "../../../parts/chip.tsx";
import { ConfirmButton } from "../../../parts/confirm.tsx";
import { type Secret, SecretDialog } from "../../../parts/copy/secret.tsx";
import { Loaded } from "../../../parts/loaded.tsx";
import { EmptyState } from "../../../parts/states.tsx";
import { type Column, Table } from "../../../parts/table/table.tsx";
import { Duration, Moment, RelativeTime } from "../../../parts/text/time.tsx";
import { showError } from "../../../parts/toasts.tsx";
import { codeSentence } from "../../words.ts";

/** How long the old secret signs too. */
const GRACE_SECONDS = 3600;

const columns: readonly Column<WebhookCall>[] = [
  {
    id: "what",
    header: "Call",
    cell: ({ test, round, attempt }) => (test ? "test" : `round ${round}, attempt ${attempt}`),
  },
  { id: "at", header: "When", cell: ({ at }) => <Moment at={at} /> },
  { id: "took", header: "Took", end: true, cell: ({ ms }) => <Duration measured seconds={ms / 1000} /> },
  { id: "status", header: "Status", end: true, cell: ({ status }) => <span className="num">{status ?? "–"}</span> },
  {
    id: "came",
    header: "What came of it",
    card: "wide",
    cell: ({ code, detail }) =>
      code === null ? (
        <Chip tone="good">understood</Chip>
      ) : (
        <span className="wraps said">
          {detail ?? codeSentence(code)} <span className="soft mono">{code}</span>
        </span>
      ),
  },
];

interface WebhookProps {
  readonly agent: Agent;
  readonly mayAct: boolean;
}

export function Webhook({ agent: { id, name }, mayAct }: WebhookProps) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [tested, setTested] = useState<WebhookTest | null>(null);
  const [secret, setSecret] = useState<Secret | null>(null);
  const param = { id };
  const webhook = useQuery({
    queryKey: ["agent", id, "webhook"],
    queryFn: ({ signal }) => answered(api.agents[":id"].webhook.$get({ param }, within(signal))),
  });
  const act = async (work: () => Promise<void>, failed: string) => {
    setBusy(true);
    try {
      await work();
      await client.invalidateQueries({ queryKey: ["agent", id, "webhook"] });
    } catch (error) {
      showError(failed, error);
    } finally {
      setBusy(false);
    }
  };
  const test = () =>
    act(
      async () => setTested(await answered(api.agents[":id"].webhook.test.$post({ param, json: {} }))),
      "Not tested.",
    );
  const rotate = () =>
    act(async () => {
      const asked = api.agents[":id"].webhook.rotate.$post({ param, json: { grace_seconds: GRACE_SECONDS } });
      const { webhook_secret: text } = await answered(asked);
      setSecret({ title: `The new secret of ${name}`, text, use: "The old secret signs for another hour, too." });
    }, "Not rotated.");
  return (
    <>
      <Card
        title="Its webhook"
        flush
        actions={
          mayAct ? (
            <>
              <Button tiny busy={busy} onClick={() => void test()}>
                Send a test
              </Button>
              <ConfirmButton
                tiny
                label="Rotate the secret"
                busy={busy}
                title="Rotate the secret?"
                effect="A new secret is made and shown once. For an hour both secrets sign, so your endpoint can change to the new one."
                yes="Rotate it"
                no="Leave it"
                onYes={() => void rotate()}
              />
            </>
          ) : null
        }
      >
        <Loaded from={webhook} what="Its webhook did not load." bones={3}>
          {({ webhook_url, grace_ends_at, calls }) => (
            <>
              <div className="tab-pad stack tight">
                <p className="mono said">{webhook_url}</p>
                {grace_ends_at !== null && Date.parse(grace_ends_at) > Date.now() ? (
                  <p className="small soft">
                    The old secret signs until <RelativeTime at={grace_ends_at} />.
                  </p>
                ) : null}
                {tested ? <Outcome of={tested} /> : null}
              </div>
              <Table
                label="The last calls"
                rows={calls}
                columns={columns}
                rowKey={({ webhook_id, attempt }) => `${webhook_id} ${attempt}`}
                empty={
                  <EmptyState title="It has not been called yet">
                    A test sends a sample round and shows what your endpoint answers. Nothing is decided by it.
                  </EmptyState>
                }
              />
            </>
          )}
        </Loaded>
      </Card>
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </>
  );
}

const outcomes: Readonly<Record<WebhookTest["outcome"], string>> = {
  decision: "The answer is a decision that would be taken.",
  later: "The answer says that the decision comes later, by REST.",
  fault: "No decision could be read.",
};

function Outcome({ of: { outcome, code, detail, answer } }: { readonly of: WebhookTest }) {
  return (
    <div className="stack tight" role="status">
      <p className={outcome === "fault" ? "bad" : "good"}>{outcomes[outcome]}</p>
      {code === null ? null : (
        <p className="said">
          {detail} <span className="soft mono">{code}</span>
        </p>
      )}
      {answer ? <p className="small soft mono said">{answer}</p> : null}
    </div>
  );
}
