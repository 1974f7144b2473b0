/** The system's theme, or the one that the viewer chose. public/theme.js sets the chosen one before the first paint. */
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return dark.matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
}

function toggle(): void {
  const next: Theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("agonus-theme", next);
  } catch {
    // The page may not use storage: the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

export function useTheme(): readonly [Theme, () => void] {
  return [useSyncExternalStore(subscribe, currentTheme), toggle];
}

/** The current value of a custom property, for a canvas, which can't read `var(--x)`. */
export function cssColor(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
