/// <reference types="@cloudflare/vitest-pool-workers/types" />

declare namespace Cloudflare {
  interface Env extends WorkerEnv {}
  interface GlobalProps {
    mainModule: typeof import("./worker.ts");
  }
}

/** The tests look inside the objects, so their bindings have the classes. */
type WorkerEnv = Omit<import("../../src/env.ts").Env, "TRADING_AGENT" | "ARENA" | "BEAT"> & {
  readonly TRADING_AGENT: DurableObjectNamespace<import("../../durable-objects/trading-agent.ts").TradingAgent>;
  readonly ARENA: DurableObjectNamespace<import("../../durable-objects/arena.ts").Arena>;
  readonly BEAT: DurableObjectNamespace<import("../../durable-objects/beat.ts").Beat>;
};

declare module "*?raw" {
  const text: string;
  export default text;
}
