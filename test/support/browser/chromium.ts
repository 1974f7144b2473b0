/** Finds the system's Chromium, or installs it where that can be done, or says that it is missing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * The shell is the same engine without a window around its pages. Chromium's own headless mode draws a window for each context:
 * ten contexts with a scan each took 28 CPU seconds in it, and 17 in the shell.
 */
const PACKAGES = ["chromium-headless-shell", "chromium"];
const PLACES = [
  ...PACKAGES.map((name) => `/usr/bin/${name}`),
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
];

export type Found = { readonly path: string } | { readonly missing: string };

function findChromium(environment: NodeJS.ProcessEnv = process.env): Found {
  const wanted = environment.AGONUS_CHROMIUM;
  if (wanted)
    return existsSync(wanted) ? { path: wanted } : { missing: `AGONUS_CHROMIUM names ${wanted}, which is not there.` };
  const path = PLACES.find((place) => existsSync(place));
  return path
    ? { path }
    : {
        missing:
          "The browser tests need Chromium: install it (Debian: `apt-get install chromium-headless-shell`), or name one by AGONUS_CHROMIUM.",
      };
}

/** Chromium is installed only as root on Debian. Anywhere else the user decides. */
export function ensureChromium(): Found {
  const found = findChromium();
  const mayInstall = !process.env.AGONUS_CHROMIUM && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if ("path" in found || !mayInstall) return found;
  console.log("Installing Chromium by apt-get (once) …");
  aptGet(["update", "-q"]);
  // An archive that has no shell has the whole Chromium.
  const installed = PACKAGES.some((name) => aptGet(["install", "-q", "-y", "--no-install-recommends", name]));
  return installed ? findChromium() : { missing: `${found.missing} \`apt-get install\` failed.` };
}

/** Whether it succeeded. */
function aptGet(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", args, { env, stdio: "inherit", timeout: 300_000 }).status === 0;
}

export const FLAGS = [
  // As root Chromium has no sandbox of its own; everything that it opens here is our own stack's.
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--disable-gpu",
  "--no-first-run",
  "--force-color-profile=srgb",
  // Positions in the sources are kept when a script is read. A debugger listens here, so each error that React makes while it loads
  // would have the whole script read a second time. And many pages share a few cores: their memory is tidied without more threads.
  "--js-flags=--no-enable-lazy-source-positions --single-threaded-gc",
];
