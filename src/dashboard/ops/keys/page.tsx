/** The access keys: who has one, when it was last used, and making, rotating and revoking them. */
import { useState } from "react";
import { Link } from "wouter";
import { mayMakeKey } from "../../../core/access/roles.ts";
import type { AccessKey, MadeKey } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { ConfirmButton } from "../../parts/confirm.tsx";
import { type Secret, SecretDialog } from "../../parts/copy/secret.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Moment, RelativeTime, useNow } from "../../parts/text/time.tsx";
import { OpsPage } from "../ops-page.tsx";
import { PagedFoot, usePages } from "../paged-list.tsx";
import { useAction } from "../polled.ts";
import { MakeKeyDialog } from "./make-dialog.tsx";

/** How long the old key works beside the new one. */
const GRACE_SECONDS = 3600;

function columnsOf(onMade: (made: MadeKey) => void): readonly Column<AccessKey>[] {
  return [
    {
      id: "name",
      header: "Key",
      cell: (row) => (
        <span className="two-lines">
          <span className="said">{row.name}</span>
          <span className="small soft mono">{row.prefix}…</span>
        </span>
      ),
    },
    {
      id: "role",
      header: "Role",
      cell: (row) =>
        row.agent_id === null ? (
          row.role
        ) : (
          <Link href={`/a/${row.agent_id}`} aria-label={`${row.role}: ${row.name}`}>
            {row.role}
          </Link>
        ),
    },
    { id: "state", header: "State", cell: (row) => <KeyState row={row} /> },
    {
      id: "used",
      header: "Last used",
      title: "To the minute",
      cell: (row) =>
        row.last_used_at === null ? <span className="soft">never</span> : <RelativeTime at={row.last_used_at} />,
    },
    { id: "made", header: "Made", cell: (row) => <RelativeTime at={row.created_at} /> },
    {
      id: "act",
      header: "Actions",
      card: "wide",
      cell: (row) => (
        <ForOperators>
          <KeyActions row={row} onMade={onMade} />
        </ForOperators>
      ),
    },
  ];
}

const isOver = ({ revoked_at, expires_at }: AccessKey, now: number) =>
  revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= now);

function KeyState({ row }: { readonly row: AccessKey }) {
  const now = useNow();
  if (row.revoked_at !== null) return <Chip>revoked</Chip>;
  if (isOver(row, now)) return <Chip>expired</Chip>;
  if (row.expires_at === null) return <Chip tone="good">works</Chip>;
  return (
    <span className="row">
      <Chip tone="good">works</Chip>
      <span className="small soft">
        until <Moment at={row.expires_at} />
      </span>
    </span>
  );
}

function KeyActions({ row, onMade }: { readonly row: AccessKey; readonly onMade: (made: MadeKey) => void }) {
  const { role } = useSession();
  const now = useNow();
  const id = row.key_id;
  const rotate = useAction(
    async () => {
      const asked = api.keys[":id"].rotate.$post({ param: { id }, json: { grace_seconds: GRACE_SECONDS } });
      onMade(await answered(asked));
    },
    "Rotated. The old key works for another hour.",
    "Not rotated.",
  );
  const revoke = useAction(
    () => answered(api.keys[":id"].$delete({ param: { id } })),
    `The key ${row.name} is revoked.`,
    "Not revoked.",
  );
  if (isOver(row, now) || role === null || !mayMakeKey(role, row.role)) return null;
  return (
    <span className="row">
      <ConfirmButton
        label="Rotate"
        tiny
        busy={rotate.isPending}
        name={`Rotate ${row.name}`}
        title={`Rotate ${row.name}?`}
        effect="A new key of the same role is made and shown once. The old key works for another hour."
        yes="Rotate it"
        no="Leave it"
        onYes={() => rotate.mutate(undefined)}
      />
      <ConfirmButton
        label="Revoke"
        kind="danger"
        tiny
        busy={revoke.isPending}
        name={`Revoke ${row.name}`}
        title={`Revoke ${row.name}?`}
        effect="The next request with it, or with a key that a rotation made from it, is refused. Its browser sessions end too."
        yes="Revoke it"
        no="Leave it"
        onYes={() => revoke.mutate(undefined)}
      />
    </span>
  );
}

export default function KeysPage() {
  const [makes, setMakes] = useState(false);
  const [secret, setSecret] = useState<Secret | null>(null);
  const keys = usePages(["keys"], (cursor, signal) => answered(api.keys.$get({ query: { cursor } }, within(signal))));
  const show = ({ name, role, key }: MadeKey) => {
    setMakes(false);
    setSecret({
      title: `The key of ${name}`,
      text: key,
      use: `A key of the role ${role}. It goes into the header Authorization: Bearer KEY.`,
    });
    void keys.refetch();
  };
  return (
    <OpsPage
      title="Keys"
      sub="Each key opens what its role may do. The secret OPERATOR_KEY is an admin and is not listed."
      polled={keys}
    >
      <Card
        flush
        title="Access keys"
        actions={
          <ForOperators>
            <Button kind="solid" tiny onClick={() => setMakes(true)}>
              Make a key
            </Button>
          </ForOperators>
        }
      >
        <Loaded from={keys} what="The keys did not load.">
          {(rows) => (
            <Table
              label="Access keys"
              rows={rows}
              columns={columnsOf(show)}
              rowKey={(row) => row.key_id}
              empty={
                <EmptyState title="No key has been made yet">
                  Make one for a viewer or another operator. An agent gets its key when it joins by an invite.
                </EmptyState>
              }
              foot={<PagedFoot pages={keys} />}
            />
          )}
        </Loaded>
      </Card>
      <MakeKeyDialog open={makes} onClose={() => setMakes(false)} onMade={show} />
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </OpsPage>
  );
}
