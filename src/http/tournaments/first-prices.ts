import { describeError } from "../../log.ts";
import { warmUp } from "../../markets/synthetic-source.ts";
import type { HttpDeps } from "../deps.ts";

/** Makes the first prices, so that a new tournament's page shows them at once. Where it fails, the first round makes them. */
export async function withFirstPrices({ query, log, correlationId }: HttpDeps, sourceId: string): Promise<void> {
  try {
    await warmUp(query, sourceId);
  } catch (error) {
    log({ event: "fault", where: "first prices", ...describeError(error), correlation_id: correlationId });
  }
}
