/** The Worker that is deployed: the catalogue of tasks and the classes of its objects. */
import { taskRegistry } from "./tasks/registry.ts";
import { createWorker } from "./worker.ts";

export { Arena } from "../durable-objects/arena.ts";
export { Beat } from "../durable-objects/beat.ts";
export { TradingAgent } from "../durable-objects/trading-agent.ts";
export { Venue } from "../durable-objects/venue.ts";

export default createWorker(taskRegistry);
