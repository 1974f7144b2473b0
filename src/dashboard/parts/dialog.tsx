import { type ReactNode, useEffect, useId, useRef } from "react";

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
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
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
        </div>
      ) : null}
    </dialog>
  );
}
