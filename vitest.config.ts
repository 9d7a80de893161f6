import { defineConfig } from "vitest/config";

// The scripts of the pages stand in no repository: they are built from their sources.
const scripts = ["tests/support/page-scripts.ts"];

// The kinds of test, told apart by where they stand: units beside their files, the others under tests/.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          globalSetup: scripts,
          include: ["packages/*/src/**/*.test.ts", "tools/*.test.ts", "tests/*.test.ts"],
          // Machines are shared: a time-out is there to end what hangs, not to judge how fast it is.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          globalSetup: scripts,
          include: ["tests/{e2e,attacks,docs,packaging,services,support}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["tests/{faults,runtimes,simulation}/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          globalSetup: scripts,
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
