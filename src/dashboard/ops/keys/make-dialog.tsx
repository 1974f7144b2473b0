/** Asks for what a new key is for, and makes it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { mayMakeKey, type Role, roles } from "../../../core/access/roles.ts";
import { limits } from "../../../core/limits.ts";
import type { MadeKey } from "../../api/answers.ts";
import { answered, api, getAll, within } from "../../api/client.ts";
import { faultsByField } from "../../api/problem.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, Select, TextInput } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { useNow } from "../../parts/text/time.tsx";

const AGENTS_OFFERED = 300;
const DAY_MS = 86_400_000;
const MAY: Readonly<Record<Role, string>> = {
  viewer: "Reads everything that operators read, and writes nothing.",
  agent: "Acts for one agent: its rounds, decisions, log and profile.",
  operator: "Runs tournaments, agents, tasks and queues.",
  admin: "Does everything.",
};
const LIVES = [
  { value: "", label: "until it is revoked" },
  { value: "1", label: "for a day" },
  { value: "30", label: "for 30 days" },
  { value: "365", label: "for a year" },
];

interface MakeKeyProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onMade: (made: MadeKey) => void;
}

export function MakeKeyDialog({ open, onClose, onMade }: MakeKeyProps) {
  const { role: own } = useSession();
  const now = useNow();
  const [role, setRole] = useState<Role>("agent");
  const [name, setName] = useState("");
  const [agentId, setAgentId] = useState<string | null>(null);
  const [days, setDays] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useFaultFocus(error);
  const agents = useQuery({
    queryKey: ["agents", "to key"],
    queryFn: ({ signal }) =>
      getAll(AGENTS_OFFERED, (page) => answered(api.agents.$get({ query: page }, within(signal)))),
    enabled: open,
    refetchOnMount: "always",
  });
  const keyed = (agents.data ?? []).filter(({ kind }) => kind === "outside" || kind === "webhook");
  const agent = keyed.find(({ id }) => id === agentId) ?? keyed[0];
  const { fields, rest } = faultsByField(error, ["name", "agent_id"]);
  const isAgents = role === "agent";

  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      const expires_at = days === "" ? undefined : new Date(now + Number(days) * DAY_MS).toISOString();
      const of = isAgents && agent ? { agent_id: agent.id } : {};
      const made = await answered(api.keys.$post({ json: { role, name, ...of, ...(expires_at && { expires_at }) } }));
      setName("");
      onMade(made);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Make a key"
      ends={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="solid"
            busy={busy}
            disabled={name.trim() === "" || (isAgents && !agent)}
            onClick={() => void make()}
          >
            Make it
          </Button>
        </>
      }
    >
      <div className="stack tight">
        <Field label="Role" hint={MAY[role]}>
          {(wiring) => (
            <Select
              {...wiring}
              options={roles
                .filter((each) => own !== null && mayMakeKey(own, each))
                .map((value) => ({ value, label: value }))}
              value={role}
              onValue={(value) => setRole(roles.find((each) => each === value) ?? "agent")}
            />
          )}
        </Field>
        {isAgents ? (
          <Field
            label="Agent"
            hint={agent || agents.isPending ? undefined : "There is no agent from outside yet: invite one."}
            faults={fields.agent_id}
          >
            {(wiring) => (
              <Select
                {...wiring}
                options={keyed.map((each) => ({ value: each.id, label: each.name }))}
                value={agent?.id ?? ""}
                onValue={setAgentId}
              />
            )}
          </Field>
        ) : null}
        <Field label="Name" hint="Who has it: the audit shows it." faults={[...(fields.name ?? []), ...rest]}>
          {(wiring) => <TextInput {...wiring} maxLength={limits.nameCharsMax} value={name} onValue={setName} />}
        </Field>
        <Field label="It works">
          {(wiring) => <Select {...wiring} options={LIVES} value={days} onValue={setDays} />}
        </Field>
      </div>
    </Dialog>
  );
}
