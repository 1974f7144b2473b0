/// <reference types="@cloudflare/vitest-pool-workers/types" />

declare namespace Cloudflare {
  interface Env extends WorkerEnv {}
  interface GlobalProps {
    mainModule: typeof import("./worker.ts");
  }
}

type WorkerEnv = import("../../src/env.ts").Env;

declare module "*?raw" {
  const text: string;
  export default text;
}
