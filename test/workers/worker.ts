/** The Worker of these tests: the real one, with a task more. */
import { createWorker } from "../../src/worker.ts";
import { tasks } from "./registry.ts";

export { Arena, Beat, TradingAgent } from "../../src/index.ts";

export default createWorker(tasks);
