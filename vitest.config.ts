import { defineConfig } from 'vitest/config';

// unit: no editor, no native kernels. engine: real kernels, real child process; one file at a time, the cores are few.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          pool: 'forks',
          poolOptions: { forks: { minForks: 1, maxForks: 1 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
