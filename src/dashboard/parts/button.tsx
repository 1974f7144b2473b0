import type { ButtonHTMLAttributes, ReactNode } from "react";

type Kind = "line" | "solid" | "danger" | "quiet";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "type"> {
  readonly kind?: Kind;
  /** Waits for an answer: read out as busy, and pressed to no effect. It keeps the focus, which a disabled one would lose. */
  readonly busy?: boolean;
  readonly tiny?: boolean;
  readonly submit?: boolean;
  readonly children: ReactNode;
}

export function Button({ kind = "line", busy, tiny, submit, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={submit ? "submit" : "button"}
      className={`btn ${kind}${tiny ? " tiny" : ""}`}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {children}
    </button>
  );
}

/** A button that shows an icon alone; `label` is its name and its tooltip. */
export function IconButton({ label, tiny, children, kind = "quiet", ...rest }: ButtonProps & { label: string }) {
  return (
    <button
      {...rest}
      type="button"
      className={`btn icon ${kind}${tiny ? " tiny" : ""}`}
      aria-label={label}
      title={label}
    >
      {children}
    </button>
  );
}

interface MoreProps {
  readonly of: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
  readonly children: ReactNode;
}

/** Below a list by cursor, while there is a further page. */
export function MoreButton({ of: { hasNextPage, isFetchingNextPage, fetchNextPage }, children }: MoreProps) {
  return hasNextPage ? (
    <div className="more">
      <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {children}
      </Button>
    </div>
  ) : null;
}
