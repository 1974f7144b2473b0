/** Asks for the reason of a pause, which other operators read later. */
import { useState } from "react";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field, TextInput } from "../parts/field.tsx";

interface ReasonProps {
  readonly title: string;
  /** What the pause does, in a sentence. */
  readonly effect: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onReason: (reason: string) => void;
}

export function ReasonDialog({ title, effect, open, onClose, onReason }: ReasonProps) {
  const [reason, setReason] = useState("");
  const confirm = () => {
    onReason(reason.trim());
    setReason("");
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      ends={
        <>
          <Button onClick={onClose}>Leave it running</Button>
          <Button kind="solid" onClick={confirm}>
            Pause
          </Button>
        </>
      }
    >
      <p className="soft">{effect}</p>
      <Field label="Reason" hint="Optional. Other operators read it.">
        {(wiring) => <TextInput {...wiring} value={reason} maxLength={500} onValue={setReason} />}
      </Field>
    </Dialog>
  );
}
