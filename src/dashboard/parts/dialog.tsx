import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { IconButton } from "./button.tsx";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly wide?: boolean;
  /** Buttons at the foot. */
  readonly ends?: ReactNode;
  readonly children: ReactNode;
}

/** The browser's own modal dialog: it traps the focus, closes by Escape, and needs no style that the CSP would refuse. */
export function Dialog({ open, onClose, title, wide, ends, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!open || !dialog) return;
    dialog.showModal();
    // The dialog is closed before it is removed: only then does the focus go back to the control that opened it.
    return () => dialog.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog is a convenience; the keyboard has Escape
    <dialog
      ref={ref}
      className={wide ? "sheet wide" : "sheet"}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {open ? (
        <div className="inside">
          <h2 id={id}>{title}</h2>
          {children}
          {ends ? <div className="ends">{ends}</div> : null}
          {/* Last, so that the focus begins at the dialog's own controls. */}
          <IconButton label="Close the dialog" tiny onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        </div>
      ) : null}
    </dialog>
  );
}
