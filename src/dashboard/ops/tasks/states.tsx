/** A drawing of a task's states, with the path that this task took. */
const boxes = [
  { state: "PENDING", x: 8, y: 46 },
  { state: "STARTED", x: 118, y: 46 },
  { state: "RETRY", x: 118, y: 106 },
  { state: "SUCCESS", x: 236, y: 6 },
  { state: "FAILURE", x: 236, y: 46 },
  { state: "REVOKED", x: 236, y: 106 },
] as const;
const W = 80;
const H = 26;
/** From, to, and the line's path. */
const arrows = [
  ["PENDING", "STARTED", "M88 59H116"],
  ["STARTED", "SUCCESS", "M198 53C216 53 216 19 234 19"],
  ["STARTED", "FAILURE", "M198 59H234"],
  ["STARTED", "RETRY", "M150 72V104"],
  ["RETRY", "STARTED", "M168 106V74"],
  ["STARTED", "REVOKED", "M198 66C216 66 216 113 234 113"],
  ["RETRY", "REVOKED", "M198 121H234"],
  ["PENDING", "REVOKED", "M48 72V140H276V134"],
  // The task ended before it began: its time was up, or no consumer could run it.
  ["PENDING", "FAILURE", "M70 46C92 26 200 32 234 52"],
  // A retry starts the task over.
  ["SUCCESS", "PENDING", "M316 19H330V-8H48V44"],
  ["FAILURE", "PENDING", "M316 59H330V-8H48V44"],
  ["REVOKED", "PENDING", "M316 119H330V-8H48V44"],
] as const;

interface StatesProps {
  /** The states in their order. */
  readonly visited: readonly string[];
  readonly now: string;
}

export function TaskStates({ visited, now }: StatesProps) {
  const taken = new Set(visited.slice(1).map((state, i) => `${visited[i]} ${state}`));
  const seen = new Set([...visited, now]);
  return (
    <svg
      className="states"
      viewBox="0 -12 338 160"
      role="img"
      aria-label={`States: ${[...visited].join(", ")}; now ${now}`}
    >
      <defs>
        <marker id="arrow" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">
          <path d="M0 0L6 3L0 6z" />
        </marker>
      </defs>
      {arrows.map(([from, to, path]) => (
        <path
          key={path}
          d={path}
          className={taken.has(`${from} ${to}`) ? "arrow taken" : "arrow"}
          markerEnd="url(#arrow)"
        />
      ))}
      {boxes.map(({ state, x, y }) => (
        <g key={state} className={`box ${state === now ? "now" : seen.has(state) ? "seen" : ""}`}>
          <rect x={x} y={y} width={W} height={H} rx="4" />
          <text x={x + W / 2} y={y + H / 2 + 4} textAnchor="middle">
            {state}
          </text>
        </g>
      ))}
    </svg>
  );
}
