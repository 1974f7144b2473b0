/** The control room's navigation: groups of pages with counts. A rail at the left, or a menu where there is no room for it. */
import "./nav.css";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import type { Attention } from "../api/answers.ts";
import { useWide } from "../parts/use-wide.ts";
import { useAttention } from "./polled.ts";

type Counts = Attention["counts"];
interface NavPage {
  readonly to: string;
  readonly label: string;
  readonly count?: keyof Counts;
  /** What the count counts, for screen readers and on hover. */
  readonly counts?: string;
  /** A count that asks for a look. */
  readonly alarms?: true;
}

const groups: readonly { readonly name: string; readonly pages: readonly NavPage[] }[] = [
  {
    name: "Run",
    pages: [
      { to: "/ops", label: "Overview" },
      { to: "/ops/tasks", label: "Tasks", count: "tasks", counts: "wait or run" },
      { to: "/ops/errors", label: "Errors", count: "errors", counts: "kinds in the last hour", alarms: true },
      { to: "/ops/bulk", label: "Bulk jobs", count: "bulk", counts: "run" },
    ],
  },
  {
    name: "Plumbing",
    pages: [
      { to: "/ops/queues", label: "Queues", count: "queues", counts: "paused or held up", alarms: true },
      { to: "/ops/dead-letters", label: "Dead letters", count: "dead_letters", counts: "to look at", alarms: true },
      { to: "/ops/consumers", label: "Consumers", count: "consumers", counts: "alive" },
      { to: "/ops/schedules", label: "Schedules", count: "schedules", counts: "paused or late", alarms: true },
      { to: "/ops/registered", label: "Registered" },
    ],
  },
  {
    name: "Agents",
    pages: [
      { to: "/ops/agents", label: "Agents" },
      { to: "/ops/recoveries", label: "Recoveries", count: "recoveries", counts: "in the last hour", alarms: true },
    ],
  },
  {
    name: "Record",
    pages: [
      { to: "/ops/candles", label: "Candles" },
      { to: "/ops/audit", label: "Audit" },
      { to: "/ops/keys", label: "Keys" },
    ],
  },
];

const isAt = (to: string, path: string) => (to === "/ops" ? path === to : path === to || path.startsWith(`${to}/`));

export function OpsNav() {
  const [path] = useLocation();
  const wide = useWide();
  const counts = useAttention().data?.counts ?? null;
  if (wide) {
    return (
      <nav className="ops-rail" aria-label="Control room">
        <Groups path={path} counts={counts} />
      </nav>
    );
  }
  const here = groups.flatMap(({ pages }) => pages).find(({ to }) => isAt(to, path));
  return (
    // A new page closes the menu.
    <Menu key={path} label={here?.label ?? "Control room"}>
      <Groups path={path} counts={counts} />
    </Menu>
  );
}

function Menu({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape" && box.current?.open) box.current.open = false;
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, []);
  return (
    <details ref={box} className="ops-menu">
      <summary>
        <span className="hidden-text">Pages of the control room; this one is </span>
        {label}
      </summary>
      <nav aria-label="Control room">{children}</nav>
    </details>
  );
}

function Groups({ path, counts }: { readonly path: string; readonly counts: Counts | null }) {
  return (
    <>
      {groups.map(({ name, pages }) => (
        <div key={name} className="group">
          <h2>{name}</h2>
          {pages.map((page) => (
            <Link key={page.to} href={page.to} aria-current={isAt(page.to, path) ? "page" : undefined}>
              {page.label}
              <NavCount page={page} counts={counts} />
            </Link>
          ))}
        </div>
      ))}
    </>
  );
}

function NavCount({ page, counts }: { readonly page: NavPage; readonly counts: Counts | null }) {
  const count = page.count && counts ? counts[page.count] : 0;
  if (count === 0) return null;
  return (
    <span className={`num count ${page.alarms ? "alarms" : ""}`} title={`${count.toLocaleString("en")} ${page.counts}`}>
      {count > 999 ? "999+" : count}
      <span className="hidden-text"> {page.counts}</span>
    </span>
  );
}
