import type { ButtonHTMLAttributes, ReactNode } from "react";

type Kind = "line" | "solid" | "danger" | "quiet";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "type"> {
  readonly kind?: Kind;
  /** Waits for an answer: disabled, and read out as busy. */
  readonly busy?: boolean;
  readonly tiny?: boolean;
  readonly submit?: boolean;
  readonly children: ReactNode;
}

export function Button({ kind = "line", busy, tiny, submit, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={submit ? "submit" : "button"}
      className={`btn ${kind}${tiny ? " tiny" : ""}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
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
