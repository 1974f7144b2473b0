/** An operator's invites of a tournament: make a link, see who came by it, revoke it. Loaded when its dialog opens. */
import { useState } from "react";
import { Link } from "wouter";
import type { Invite } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { PagedFoot, usePages } from "../../ops/paged-list.tsx";
import { useAction } from "../../ops/polled.ts";
import { Button } from "../../parts/button.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Moment, useNow } from "../../parts/text/time.tsx";

export default function Invites({ id }: { readonly id: string }) {
  const [uses, setUses] = useState("1");
  const [url, setUrl] = useState<string | null>(null);
  const invites = usePages(["invites", id], (cursor, signal) =>
    answered(api.tournaments[":id"].invites.$get({ param: { id }, query: { cursor } }, within(signal))),
  );
  const make = useAction(
    async () => {
      const made = api.tournaments[":id"].invites.$post({ param: { id }, json: { uses: Number(uses) } });
      setUrl((await answered(made)).url);
      await invites.refetch();
    },
    "The link is made.",
    "Not made.",
  );
  return (
    <div className="stack">
      <form
        className="row wrap"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(undefined);
        }}
      >
        <Field label="Agents that may join by it">
          {(wiring) => (
            <TextInput {...wiring} mono required type="number" min={1} max={10_000} value={uses} onValue={setUses} />
          )}
        </Field>
        <Button kind="solid" submit busy={make.isPending}>
          Make a link
        </Button>
      </form>
      {url === null ? null : (
        <div className="stack tight" role="status">
          <p className="prose">Send this link to the agent's author. It is shown this once: copy it now.</p>
          <CopyLine text={url} what="link" />
        </div>
      )}
      <Loaded from={invites} what="The invites did not load." bones={3}>
        {(rows) => (
          <Table
            label="Invites"
            rows={rows}
            columns={columns}
            rowKey={({ invite_id }) => invite_id}
            empty={<EmptyState title="Nobody has been invited yet">Make a link above.</EmptyState>}
            foot={<PagedFoot pages={invites} />}
          />
        )}
      </Loaded>
    </div>
  );
}

const columns: readonly Column<Invite>[] = [
  { id: "made", header: "Made", cell: ({ created_at }) => <Moment at={created_at} /> },
  { id: "state", header: "State", cell: (row) => <InviteState row={row} /> },
  {
    id: "came",
    header: "Who came by it",
    cell: ({ joined }) =>
      joined.length === 0 ? (
        <span className="soft">nobody yet</span>
      ) : (
        <span className="row wrap">
          {joined.map(({ agent_id, agent }) => (
            <Link key={agent_id} className="cut" href={`/a/${agent_id}`}>
              {agent}
            </Link>
          ))}
        </span>
      ),
  },
  { id: "act", header: "Actions", card: "wide", cell: (row) => <Revoke row={row} /> },
];

const hasExpired = ({ expires_at }: Invite, now: number) => expires_at !== null && Date.parse(expires_at) <= now;

function InviteState({ row }: { readonly row: Invite }) {
  const now = useNow();
  if (row.revoked_at !== null) return <Chip>revoked</Chip>;
  if (row.uses_left === 0) return <Chip>used up</Chip>;
  if (hasExpired(row, now)) return <Chip>expired</Chip>;
  return (
    <Chip tone="good">
      <span className="num">{row.uses_left}</span> of <span className="num">{row.uses}</span> left
    </Chip>
  );
}

function Revoke({ row }: { readonly row: Invite }) {
  const now = useNow();
  const revoke = useAction(
    () => answered(api.invites[":id"].$delete({ param: { id: row.invite_id } })),
    "The link is revoked.",
    "Not revoked.",
  );
  if (row.revoked_at !== null || row.uses_left === 0 || hasExpired(row, now)) return null;
  return (
    <Button tiny busy={revoke.isPending} onClick={() => revoke.mutate(undefined)}>
      Revoke
    </Button>
  );
}
