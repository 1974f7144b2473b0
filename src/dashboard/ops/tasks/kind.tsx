/** How the last tasks of the same kind went. */
import { Link } from "wouter";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { spanText } from "../../parts/text/time-text.ts";
import { quantile } from "../overview/minute-scale.ts";
import { usePolled } from "../polled.ts";
import { runtimeOf } from "./runtime.tsx";

const SHOWN = 40;
const POLL_MS = 10_000;

export function TaskKind({ name }: { readonly name: string }) {
  const { data } = usePolled(
    ["tasks", "kind", name],
    (signal) => answered(api.tasks.$get({ query: { name, limit: String(SHOWN) } }, within(signal))),
    POLL_MS,
  );
  const tasks = [...(data?.items ?? [])].reverse();
  const seconds = tasks.map(runtimeOf).filter((value) => value !== null);
  const most = Math.max(0.001, ...seconds);
  return (
    <Card title={data ? `The last ${tasks.length} of this kind` : "The last of this kind"}>
      <div className="kind-bars">
        {tasks.map((task, i) => {
          const runtime = runtimeOf(task);
          const share = runtime === null ? 0.12 : Math.max(0.12, runtime / most);
          const words = `${task.state}${runtime === null ? "" : `, ${spanText(runtime)}`}`;
          return (
            // Each bar keeps its place, and changes its height, when a newer task comes: nothing moves.
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is the bar
            <Link key={i} href={`/ops/tasks/${task.task_id}`} aria-label={words} title={words}>
              <span className={`bar ${task.state}`} style={{ transform: `scaleY(${share})` }} />
            </Link>
          );
        })}
      </div>
      {seconds.length > 0 ? (
        <p className="small soft">
          Runtime: median {spanText(quantile(seconds, 0.5))}, at most {spanText(Math.max(...seconds))}
        </p>
      ) : null}
    </Card>
  );
}
