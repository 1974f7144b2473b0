import { type ButtonHTMLAttributes, type ReactNode, useEffect, useRef } from "react";

type Kind = "line" | "solid" | "danger" | "quiet";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "type"> {
  readonly kind?: Kind;
  /** Waits for an answer. A busy button does nothing, is read out as busy, and keeps the focus, which a disabled one loses. */
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
  /** Loads some pages by itself while the button is in view: a list that is folded would leave its box half empty. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

const FILLED_PAGES_MAX = 5;

/** Stands below a list while the list has a further page. */
export function MoreButton({ of: { hasNextPage, isFetchingNextPage, fetchNextPage }, fill, children }: MoreProps) {
  const box = useRef<HTMLDivElement>(null);
  const filled = useRef(0);
  const filling = useRef(false);
  useEffect(() => {
    if (!fill || !box.current || isFetchingNextPage) return;
    // The focus came by keyboard while the rows were under way, and they pushed it out of view.
    if (filling.current) box.current.querySelector(":focus-visible")?.scrollIntoView({ block: "nearest" });
    filling.current = false;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting || filled.current >= FILLED_PAGES_MAX) return;
      // More rows would push the focus out of view. Who came by keyboard presses the button.
      if (entry.target.contains(document.activeElement)) return;
      filled.current += 1;
      filling.current = true;
      void fetchNextPage();
    });
    seen.observe(box.current);
    return () => seen.disconnect();
  }, [fill, isFetchingNextPage, fetchNextPage]);
  return hasNextPage ? (
    <div className="more" ref={box}>
      <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {children}
      </Button>
    </div>
  ) : null;
}
