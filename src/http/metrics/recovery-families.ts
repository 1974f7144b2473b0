/** What /metrics shows of recoveries. Pure. */
import { limits } from "../../core/limits.ts";
import { burn, recoveryCauses } from "../../core/tasks/recovery.ts";
import { type MetricRows, timingBuckets } from "../../db/statements/metrics/read.ts";
import type { RecoverySummary } from "../../db/statements/recoveries/summary.ts";
import type { Family } from "./open-metrics.ts";
import { timings, total } from "./sums.ts";

export function recoveryFamilies({ deltas }: MetricRows, { day, week }: RecoverySummary): Family[] {
  const of = (metric: string) => deltas.filter((delta) => delta.metric === metric);
  const detected = of("recoveries");
  const windows = Object.entries({ "24h": day, "7d": week });
  return [
    {
      name: "agonus_recoveries",
      type: "counter",
      help: "Recoveries of agents that were detected, by cause.",
      samples: recoveryCauses.map((cause) => ({
        labels: { cause },
        value: total(detected.filter((delta) => delta.name === cause)),
      })),
    },
    {
      name: "agonus_recovery_seconds",
      type: "histogram",
      unit: "seconds",
      help: "From a recovery's detection to the owed decision, or to the restored state when no decision was owed.",
      bounds: timingBuckets,
      timings: timings(of("recovery"), "cause", recoveryCauses),
    },
    {
      name: "agonus_recovery_objective_seconds",
      type: "gauge",
      unit: "seconds",
      help: "The time within which a lost agent should be back.",
      samples: [{ labels: {}, value: limits.recoveryObjectiveSeconds }],
    },
    {
      name: "agonus_recovery_objective_target",
      type: "gauge",
      help: "The share of recoveries that should meet the objective.",
      samples: [{ labels: {}, value: limits.recoveryTargetShare }],
    },
    {
      name: "agonus_recovery_budget_burn",
      type: "gauge",
      help: "The used part of the error budget: the share of recoveries that missed, divided by the share that may miss. 1 is all of it.",
      samples: windows.map(([window, verdicts]) => ({ labels: { window }, value: burn(...verdicts) })),
    },
  ];
}
