import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.mts"],
    // The native addon keeps state in its process and cannot be loaded into worker threads.
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { TF_CPP_MIN_LOG_LEVEL: "2" },
  },
});
