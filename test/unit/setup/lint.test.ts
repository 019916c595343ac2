/** The lint rules that hold the invariants of ARCHITECTURE.md: each breach is told, and what is allowed passes. */
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

// The rules read names only, so types (which take seconds to load) stay out.
const eslint = new ESLint({
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } }],
  ruleFilter: ({ ruleId }) => /no-restricted/.test(ruleId),
});

async function breaches(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message);
}

const IMPORTS = ['@typescript-eslint/no-restricted-imports'];

test.each([
  ['src/shared/report.ts', '../config/schema'],
  ['src/shared/report.ts', 'node:fs'],
  ['src/store/read.ts', '../client/run'],
  ['src/store/read.ts', '@tensorflow/tfjs'],
  ['src/client/run.ts', 'vscode'],
  ['src/client/run.ts', '@tensorflow/tfjs'],
  ['src/client/run.ts', '../engine/experiment'],
  ['src/setup/locate.ts', '../store/read'],
  ['src/setup/locate.ts', '@tensorflow/tfjs-node'],
  ['src/terminal/cli.ts', '@tensorflow/tfjs'],
  ['src/terminal/commands/run.ts', 'vscode'],
  ['src/host/commands.ts', '@tensorflow/tfjs'],
  ['src/extension.ts', '@tensorflow/tfjs-node'],
  ['webview/report/main.ts', '../../src/store/read'],
  ['webview/report/main.ts', 'vscode'],
  ['src/engine/main.ts', 'vscode'],
  ['src/engine/main.ts', '@tensorflow/tfjs-node'],
  ['src/engine/train/network.ts', '@tensorflow/tfjs-node/dist/nodejs_kernel_backend'],
  ['src/engine/train/network.ts', '../../terminal/io'],
  ['src/engine/kernels/ops.ts', 'vscode'],
  ['src/engine/nn/mlp.ts', '@tensorflow/tfjs'],
  ['src/engine/screening/moments.ts', '@tensorflow/tfjs-core'],
  ['src/engine/criteria/score.ts', '../kernels/ops'],
  ['src/engine/schedules/keep.ts', '../train/network'],
  ['src/engine/prune/select.ts', '@tensorflow/tfjs'],
  ['src/engine/data/idx.ts', '../kernels/runtime'],
])('%s may not import %s', async (file, name) => {
  expect(await breaches(file, `import '${name}';`)).toEqual(IMPORTS);
  expect(await breaches(file, `import type { X } from '${name}';\nexport type Y = X;`)).toEqual(IMPORTS);
});

test.each([
  ['src/shared/report.ts', 'zod/mini'],
  ['src/shared/report.ts', './ids'],
  ['src/store/read.ts', '../shared/report'],
  ['src/client/run.ts', '../store/read'],
  ['src/setup/sources.ts', '@tensorflow/tfjs-node/package.json'],
  ['src/terminal/commands/run.ts', '../../client/run'],
  ['src/host/commands.ts', 'vscode'],
  ['webview/report/main.ts', '../../src/shared/report'],
  ['src/engine/train/network.ts', '@tensorflow/tfjs'],
  ['src/engine/kernels/runtime.ts', '@tensorflow/tfjs-node/dist/nodejs_kernel_backend'],
  ['src/engine/kernels/runtime.ts', '../../setup/locate'],
  ['src/engine/prune/plan.ts', '../../config/schema'],
])('%s may import %s', async (file, name) => {
  expect(await breaches(file, `import '${name}';`)).toEqual([]);
});

test('native ops are named in engine/kernels only', async () => {
  const code = 'declare const b: { executeSingleOutput(name: string): void };\nb.executeSingleOutput("Relu");';
  expect(await breaches('src/engine/train/network.ts', code)).toEqual(['no-restricted-syntax']);
  expect(await breaches('src/engine/kernels/ops.ts', code)).toEqual([]);
});
