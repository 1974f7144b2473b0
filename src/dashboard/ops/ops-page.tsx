/** The frame of a page of the control room: its navigation, and a badge that says how fresh the data is. */
import type { ReactNode } from "react";
import { Button } from "../parts/button.tsx";
import { ConnectionBadge } from "../parts/connection-badge.tsx";
import { Page } from "../parts/page.tsx";
import { OpsNav } from "./nav.tsx";

interface OpsPageProps {
  readonly title: string;
  readonly heading?: ReactNode;
  readonly crumbs?: ReactNode;
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  /** The query whose state the badge shows. Absent for data that is read once. */
  readonly polled?: {
    readonly data: unknown;
    /** The last request failed, so the data is old. */
    readonly stale: boolean;
    /** The data is not refreshed by itself. */
    readonly held?: boolean;
    readonly refetch: () => unknown;
  };
  readonly children: ReactNode;
}

export function OpsPage({ polled, actions, children, ...head }: OpsPageProps) {
  // Without an answer the page itself says that it loads or has failed.
  const status =
    polled && polled.data !== undefined ? (
      <ConnectionBadge state={polled.held ? "held" : polled.stale ? "reconnecting" : "live"} />
    ) : null;
  return (
    <Page
      {...head}
      status={status}
      actions={
        polled?.held ? (
          <>
            {actions}
            <Button onClick={() => void polled.refetch()}>Refresh</Button>
          </>
        ) : (
          actions
        )
      }
    >
      <OpsNav />
      {children}
    </Page>
  );
}
