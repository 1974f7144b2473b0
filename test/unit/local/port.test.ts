import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { PortTaken, startWorker } from "../../../src/local/worker/worker.ts";

const open = new AsyncDisposableStack();
afterEach(() => open.disposeAsync());

// Wrangler takes seconds to listen; a port that was free before may be another program's by then.
test.skipIf(process.platform !== "linux")(
  "another program's answer on the Worker's port is not taken for the Worker's",
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "agonus-port-"));
    open.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    const other = createServer((_, response) => response.writeHead(404).end("{}"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    open.defer(() => void other.close());
    const address = other.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    await expect(
      startWorker({ config: "absent.toml", script: "absent.js" }, { dataDir, port, secrets: {} }),
    ).rejects.toThrow(PortTaken);
  },
  30_000,
);
