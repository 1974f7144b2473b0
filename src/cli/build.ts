/** `npm run build`: the web app's files, when their sources changed. Exit 0 fresh or built, 1 failed. */
import { ensureDashboard } from "../local/dashboard.ts";

try {
  const built = await ensureDashboard({ onLine: (line) => console.log(line) });
  if (!built) console.log("The pages are fresh.");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
