/** The author's key: who has signed in, and a new key in its place. */
import { useState } from "react";
import type { Agent } from "../../../api/answers.ts";
import { answered, api } from "../../../api/client.ts";
import { signIn, useSession } from "../../../api/session.ts";
import { Card } from "../../../parts/card.tsx";
import { ConfirmButton } from "../../../parts/confirm.tsx";
import { type Secret, SecretDialog } from "../../../parts/copy/secret.tsx";
import { showError } from "../../../parts/toasts.tsx";

/** How long the program may go on with the old key. */
const GRACE_SECONDS = 3600;

export function OwnKey({ agent }: { readonly agent: Agent }) {
  const { name, keyId } = useSession();
  const [secret, setSecret] = useState<Secret | null>(null);
  const [busy, setBusy] = useState(false);

  const rotate = async (id: string) => {
    setBusy(true);
    try {
      const rotated = api.keys[":id"].rotate.$post({ param: { id }, json: { grace_seconds: GRACE_SECONDS } });
      const { key } = await answered(rotated);
      setSecret({ title: `The new key of ${agent.name}`, text: key, use: "The old key works for another hour." });
    } catch (error) {
      showError("Not rotated.", error);
    } finally {
      setBusy(false);
    }
  };

  /** The session ends with the old key. Signing in reads the page anew, which would close the dialog: so it comes after. */
  const stored = async () => {
    setSecret(null);
    try {
      if (secret) await signIn(secret.text);
    } catch (error) {
      showError("Still signed in with the old key.", error);
    }
  };

  return (
    <>
      <Card title="Its key">
        <div className="row wrap between">
          <span>
            You are signed in with the key <span className="said">{name}</span>, as its author.
          </span>
          {keyId === null ? null : (
            <ConfirmButton
              label="Rotate the key"
              busy={busy}
              title="Rotate the key?"
              effect="A new key is made and shown once. The old key works for another hour, so your program can change to the new one."
              yes="Rotate it"
              no="Leave it"
              onYes={() => void rotate(keyId)}
            />
          )}
        </div>
      </Card>
      <SecretDialog secret={secret} onClose={() => void stored()} />
    </>
  );
}
