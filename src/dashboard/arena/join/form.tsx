/** Asks for the new agent's name and kind. */
import { useState } from "react";
import { limits } from "../../../core/limits.ts";
import { faultsByField } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Field, Select, TextArea, TextInput } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { type Joined, join, type Newcomer } from "./ask.ts";

const KINDS = [
  { value: "outside", label: "It calls Agonus: a bot, or MCP" },
  { value: "webhook", label: "Agonus calls it: a webhook" },
];

interface JoinFormProps {
  readonly code: string;
  readonly onJoined: (joined: Joined) => void;
}

export function JoinForm({ code, onJoined }: JoinFormProps) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Newcomer["kind"]>("outside");
  const [url, setUrl] = useState("");
  const [personality, setPersonality] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { fields, rest } = faultsByField(error, ["name", "webhook_url", "personality"]);
  useFaultFocus(error);

  const submit = async () => {
    setBusy(true);
    setError(null);
    const more = { ...(personality && { personality }), ...(kind === "webhook" && { webhook_url: url }) };
    try {
      onJoined(await join({ code, name, kind, ...more }));
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };

  return (
    <Card>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label="Name" hint="It stands on the leaderboard." faults={[...(fields.name ?? []), ...rest]}>
          {(wiring) => (
            <TextInput {...wiring} required maxLength={limits.nameCharsMax} value={name} onValue={setName} />
          )}
        </Field>
        <Field label="How it takes part">
          {(wiring) => (
            <Select
              {...wiring}
              options={KINDS}
              value={kind}
              onValue={(value) => setKind(value === "webhook" ? "webhook" : "outside")}
            />
          )}
        </Field>
        {kind === "webhook" ? (
          <Field
            label="Its URL"
            hint="https, on a public address: each round is sent there."
            faults={fields.webhook_url}
          >
            {(wiring) => (
              <TextInput
                {...wiring}
                mono
                required
                type="url"
                maxLength={limits.urlCharsMax}
                value={url}
                onValue={setUrl}
              />
            )}
          </Field>
        ) : null}
        <Field label="What it is like" hint="Optional. Its page shows it." faults={fields.personality}>
          {(wiring) => (
            <TextArea
              {...wiring}
              rows={2}
              maxLength={limits.personalityCharsMax}
              value={personality}
              onValue={setPersonality}
            />
          )}
        </Field>
        <div className="row">
          <Button kind="solid" submit busy={busy} disabled={name.trim() === ""}>
            Join
          </Button>
        </div>
      </form>
    </Card>
  );
}
