/** What a page shows in place of content: nothing there, loading, or failed. Each says what to do next. */
import { Inbox } from "lucide-react";
import type { ReactNode } from "react";
import { remedyOf, sentenceOf } from "../api/problem.ts";
import { Button } from "./button.tsx";

interface EmptyProps {
  readonly title: string;
  /** What to do next. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  readonly icon?: ReactNode;
}

export function EmptyState({ title, children, actions, icon }: EmptyProps) {
  return (
    <div className="empty">
      {icon ?? <Inbox aria-hidden />}
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
      {actions ? <div className="actions">{actions}</div> : null}
    </div>
  );
}

interface ErrorProps {
  readonly error: unknown;
  /** What was being done: "The leaderboard did not load." */
  readonly what: string;
  readonly retry?: () => void;
}

/** What happened, and what the reader can do. */
export function ErrorState({ error, what, retry }: ErrorProps) {
  const remedy = remedyOf(error);
  return (
    <div className="fault-box" role="alert">
      <strong>{what}</strong>
      <span className="said">{sentenceOf(error)}</span>
      {remedy ? <span className="soft">{remedy}</span> : null}
      {retry ? (
        <div className="actions">
          <Button onClick={retry}>Try again</Button>
        </div>
      ) : null}
    </div>
  );
}

/** As tall as the content that will replace it, so that the page does not jump. */
export function Skeleton({ height = "1rem", width = "100%" }: { readonly height?: string; readonly width?: string }) {
  return <span className="skeleton" style={{ height, width }} aria-hidden="true" />;
}

export function SkeletonRows({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div className="stack tight bones" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing have no other name
        <Skeleton key={i} height="1.75rem" />
      ))}
    </div>
  );
}
