/** Wiring only. */
import { taskRegistry } from "./tasks/registry.ts";
import { createWorker } from "./worker.ts";

export { Arena } from "../durable-objects/arena.ts";
export { Beat } from "../durable-objects/beat.ts";
export { TradingAgent } from "../durable-objects/trading-agent.ts";

export default createWorker(taskRegistry);
