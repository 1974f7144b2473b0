/** GET /tasks/{id} of finished tasks at 16 connections, through the Worker and the database; the peer's FastAPI twin. */
import { z } from "zod";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { load } from "../load.ts";
import { headOf } from "../peers.ts";
import { onStack } from "../scene.ts";
import { runNoops } from "./noop.ts";

const TASKS = 200;

export const status: Bench = {
  name: "status",
  what: "GET /tasks/{id} a second at 16 connections; the FastAPI twin's m6",
  run: (context) =>
    onStack(
      context,
      async (stack) => {
        const { ids } = await runNoops(context, stack, TASKS);
        const options = { connections: 16, seconds: context.quick ? 1 : 5 };
        const paths = (of: readonly string[]) => of.map((id) => `/tasks/${id}`);
        // The peer's m6 up to its measurements, with its server started as m6 does.
        const serving = await context.peers?.standing(`${headOf("m6_api.py", "\ngot = []")}
api = lib.Proc([sys.executable, "-m", "uvicorn", "twin.api:api", "--host", "127.0.0.1", "--port", PORT,
                "--log-level", "warning", "--no-access-log"], cwd=os.environ["LAB"])
time.sleep(3)
print(json.dumps(ids), flush=True)
sys.stdin.read()
api.stop()
w.stop()`);
        try {
          const theirs = serving ? z.array(z.string()).parse(JSON.parse(serving.firstLine)) : [];
          const warm = { ...options, seconds: 1 };
          await load(stack.url, paths(ids), warm);
          if (context.peers) await load(context.peers.apiUrl, paths(theirs), warm);
          const { ours, peer } = await inTurn(
            context,
            async () => {
              const got = await load(stack.url, paths(ids), options);
              context.print(`  ours ${got.perSecond.toFixed(0)}/s, p50 ${got.p50Ms} ms, p99 ${got.p99Ms} ms`);
              return got;
            },
            async (peers) => {
              const got = await load(peers.apiUrl, paths(theirs), options);
              context.print(`  FastAPI ${got.perSecond.toFixed(0)}/s, p50 ${got.p50Ms} ms, p99 ${got.p99Ms} ms`);
              return got;
            },
          );
          await check(stack.query, context);
          return [
            {
              name: "status",
              unit: "answers/s",
              better: "more",
              bar: { kind: "ratio", least: 0.75 },
              runs: ours.map((got, i) => ({ ours: got.perSecond, peer: peer[i]?.perSecond ?? null })),
              ...(peer.length > 0 ? { against: "FastAPI and Redis, m6" } : {}),
              note: "each answer reads the committed row; the peer reads a result from memory",
            },
          ];
        } finally {
          await serving?.stop();
        }
      },
      { benchWorker: true },
    ),
};
