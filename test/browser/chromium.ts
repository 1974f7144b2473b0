/** The system's Chromium: found, or installed where that can be done, or missed with a sentence. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

export type Found = { readonly path: string } | { readonly missing: string };

export function findChromium(environment: NodeJS.ProcessEnv = process.env): Found {
  const wanted = environment.AGONUS_CHROMIUM;
  if (wanted)
    return existsSync(wanted) ? { path: wanted } : { missing: `AGONUS_CHROMIUM names ${wanted}, which is not there.` };
  const path = PLACES.find((place) => existsSync(place));
  return path
    ? { path }
    : {
        missing:
          "The browser tests need Chromium: install it (Debian, Ubuntu: `apt-get install chromium`), or name one by AGONUS_CHROMIUM.",
      };
}

/** As root on Debian it is installed; anywhere else that is the user's to decide. */
export function ensureChromium(): Found {
  const found = findChromium();
  if ("path" in found || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return found;
  console.log("Installing Chromium by apt-get (once) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-q"],
    ["install", "-q", "-y", "--no-install-recommends", "chromium"],
  ]) {
    const { status } = spawnSync("apt-get", args, { env, stdio: "inherit", timeout: 300_000 });
    if (status !== 0)
      return { missing: `${"missing" in found ? found.missing : ""} \`apt-get ${args.join(" ")}\` failed.` };
  }
  return findChromium();
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
];
