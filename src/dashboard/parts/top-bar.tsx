import { LogIn, LogOut, Moon, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { signOut, useSession } from "../api/session.ts";
import { IconButton } from "./button.tsx";
import { useTheme } from "./theme.ts";

const links = [
  { to: "/", label: "Arena", here: (path: string) => path === "/" || path.startsWith("/t/") || path === "/new" },
  { to: "/a", label: "Agents", here: (path: string) => path === "/a" || path.startsWith("/a/") },
  { to: "/ops", label: "Control room", here: (path: string) => path === "/ops" || path.startsWith("/ops/") },
] as const;

export function TopBar({ status }: { readonly status?: ReactNode }) {
  const [path] = useLocation();
  const [theme, toggle] = useTheme();
  const { role, known } = useSession();
  const back = path === "/signin" ? "" : `?back=${encodeURIComponent(path)}`;
  return (
    <header className="top">
      <Link href="/" className="brand" aria-label="Agonus, to the arena">
        <Mark />
        <span>Agonus</span>
      </Link>
      <nav aria-label="Main">
        {links.map(({ to, label, here }) => (
          <Link key={to} href={to} aria-current={here(path) ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <div className="end">
        {status}
        <IconButton label={theme === "dark" ? "Light theme" : "Dark theme"} onClick={toggle}>
          {theme === "dark" ? <Sun aria-hidden /> : <Moon aria-hidden />}
        </IconButton>
        {!known ? null : role ? (
          <IconButton label="Sign out" onClick={() => void signOut()}>
            <LogOut aria-hidden />
          </IconButton>
        ) : (
          <Link href={`/signin${back}`} className="btn icon quiet" aria-label="Sign in" title="Sign in">
            <LogIn aria-hidden />
          </Link>
        )}
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" fill="none" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d="M5 27 16 5l11 22" stroke="currentColor" strokeWidth="3.4" />
      <path className="beat" d="m7 21 6-4 4.5 3.5L26 12" strokeWidth="3" />
    </svg>
  );
}
