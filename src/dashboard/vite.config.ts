/** `npm run build` builds the web app into dist/dashboard. Nothing is inlined, so that the CSP can stay strict. */
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const root = import.meta.dirname;

export default defineConfig({
  root,
  // Absolute: pages lie at any depth.
  base: "/",
  plugins: [react()],
  clearScreen: false,
  logLevel: "warn",
  build: {
    outDir: join(root, "../../dist/dashboard"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome120", "firefox121", "safari17.5"],
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
});
