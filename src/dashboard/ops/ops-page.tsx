/** The frame of a page of the control room: its own navigation, and how fresh what is shown is. */
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { Button } from "../parts/button.tsx";
import { ConnectionBadge } from "../parts/connection-badge.tsx";
import { Page } from "../parts/page.tsx";

const links = [
  ["/ops", "Overview"],
  ["/ops/tasks", "Tasks"],
  ["/ops/errors", "Errors"],
  ["/ops/queues", "Queues"],
  ["/ops/dead-letters", "Dead letters"],
  ["/ops/schedules", "Schedules"],
  ["/ops/agents", "Agents"],
  ["/ops/recoveries", "Recoveries"],
  ["/ops/consumers", "Consumers"],
  ["/ops/registered", "Registered"],
  ["/ops/bulk", "Bulk jobs"],
  ["/ops/audit", "Audit"],
] as const;

interface OpsPageProps {
  readonly title: string;
  readonly heading?: ReactNode;
  readonly crumbs?: ReactNode;
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  /** Where what is shown comes from. Absent: it is asked for once. */
  readonly polled?: {
    readonly data: unknown;
    /** The last question failed: what is shown is old. */
    readonly stale: boolean;
    /** Not asked again by itself. */
    readonly held?: boolean;
    readonly refetch: () => unknown;
  };
  readonly children: ReactNode;
}

export function OpsPage({ polled, actions, children, ...head }: OpsPageProps) {
  const [path] = useLocation();
  const nav = useRef<HTMLElement>(null);
  // On a phone the links are wider than the page: the one that is open has to be in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what moves the mark
  useEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (here && nav.current)
      nav.current.scrollLeft = here.offsetLeft - (nav.current.clientWidth - here.offsetWidth) / 2;
  }, [path]);
  // Before there is an answer, or where there is none, the page itself says so.
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
      <nav ref={nav} className="ops-nav" aria-label="Control room">
        {links.map(([to, label]) => {
          const here = to === "/ops" ? path === to : path === to || path.startsWith(`${to}/`);
          return (
            <Link key={to} href={to} aria-current={here ? "page" : undefined}>
              {label}
            </Link>
          );
        })}
      </nav>
      {children}
    </Page>
  );
}
