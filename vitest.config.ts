import { defineConfig } from 'vitest/config';

// unit: no editor, no native kernels. engine: real kernels, a process for each file (kernels register once a process).
// ui: a person's clicks in VS Code in a browser, a window for each file.
export default defineConfig({
  test: {
    poolOptions: { forks: { minForks: 1, maxForks: 1 } },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000, pool: 'forks' } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, pool: 'forks' } },
      // The arithmetic once more by TensorFlow.js's own functions: the oracles are the same.
      {
        test: {
          name: 'plain',
          include: ['layers', 'layersGradients', 'network', 'norm', 'rowSelect', 'statistics'].map((name) => `test/engine/${name}.test.ts`),
          env: { PRUNE_LAB_OPS: 'plain' },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      { test: { name: 'ui', include: ['test/ui/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000, pool: 'forks' } },
    ],
  },
});
