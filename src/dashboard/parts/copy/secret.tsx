/** Shows what is shown once: a key, or the secret of a webhook. */
import { Button } from "../button.tsx";
import { Dialog } from "../dialog.tsx";
import { CopyLine } from "./copy-line.tsx";

export interface Secret {
  /** "The key of NightOwl". */
  readonly title: string;
  readonly text: string;
  /** One sentence: where the secret is used. */
  readonly use: string;
}

export function SecretDialog({ secret, onClose }: { readonly secret: Secret | null; readonly onClose: () => void }) {
  return (
    <Dialog
      open={secret !== null}
      onClose={onClose}
      title={secret?.title ?? "Key"}
      ends={
        <Button kind="solid" onClick={onClose}>
          I have stored it
        </Button>
      }
    >
      {secret ? (
        <div className="stack tight">
          <p className="prose">{secret.use} It is shown this once: copy it now.</p>
          <CopyLine text={secret.text} what="key" />
        </div>
      ) : null}
    </Dialog>
  );
}
