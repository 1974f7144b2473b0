/** A button that asks for a confirmation, with a sentence on what it does. */
import { type ReactNode, useState } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface ConfirmProps {
  readonly label: ReactNode;
  readonly kind?: "danger" | "solid" | "line";
  readonly tiny?: boolean;
  readonly busy?: boolean;
  readonly name?: string;
  /** "Abort this job?" */
  readonly title: string;
  /** What it does, in a sentence. */
  readonly effect: ReactNode;
  /** The two answers: "Abort it", "Let it go on". */
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
}

export function ConfirmButton({
  label,
  kind = "line",
  tiny = false,
  busy = false,
  name,
  title,
  effect,
  yes,
  no,
  onYes,
}: ConfirmProps) {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <Button tiny={tiny} kind={kind} busy={busy} aria-label={name} onClick={() => setAsks(true)}>
        {label}
      </Button>
      <Dialog
        open={asks}
        onClose={() => setAsks(false)}
        title={title}
        ends={
          <>
            <Button onClick={() => setAsks(false)}>{no}</Button>
            <Button
              kind={kind === "danger" ? "danger" : "solid"}
              onClick={() => {
                setAsks(false);
                onYes();
              }}
            >
              {yes}
            </Button>
          </>
        }
      >
        <p className="prose">{effect}</p>
      </Dialog>
    </>
  );
}
