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

test.each([
  ['webview/dom.ts', 'declare const e: HTMLElement, name: string;\ne.innerHTML = name;'],
  ['webview/dom.ts', 'declare const e: HTMLElement, name: string;\ne.outerHTML += name;'],
  ['webview/dom.ts', "declare const e: HTMLElement, name: string;\ne.insertAdjacentHTML('beforeend', name);"],
  ['webview/dom.ts', 'declare const name: string;\ndocument.write(name);'],
  ['webview/dom.ts', 'declare const name: string;\nexport const r = new RegExp(name);'],
  ['src/setup/command.ts', "import { exec } from 'node:child_process';\nexec('x');"],
  ['src/setup/command.ts', "import { spawn } from 'node:child_process';\nspawn('x', [], { shell: true });"],
  ['src/store/view.ts', 'declare const name: string;\nexport const r = RegExp(`^${name}$`);'],
  ['src/engine/kernels/ops.ts', 'declare const name: string;\nexport const r = new RegExp(name);'],
  ['src/terminal/cli.ts', 'declare const name: string;\nprocess.stdout.write(name);'],
  ['src/terminal/commands/run.ts', 'declare const name: string;\nprocess.stderr.write(name);'],
])('%s: a name as it is may not reach HTML, a shell, a regular expression or the terminal: %s', async (file, code) => {
  expect(await breaches(file, code)).toEqual(['no-restricted-syntax']);
});

test('texts set as texts, literal expressions and lists of arguments are allowed', async () => {
  expect(
    await breaches(
      'webview/dom.ts',
      "declare const e: HTMLElement, name: string;\ne.textContent = name;\nexport const r = new RegExp('a+');",
    ),
  ).toEqual([]);
  expect(
    await breaches('src/setup/command.ts', "import { spawn } from 'node:child_process';\nspawn('x', ['-c']);\n/a/.exec('b');"),
  ).toEqual([]);
  expect(await breaches('src/terminal/io.ts', 'process.stdout.write(String(1));')).toEqual([]);
});

test('tidy gives back tensors, not numbers', async () => {
  const tidy = (body: string) => `import * as tf from 'tfjs';\ndeclare const x: tf.Tensor;\ntf.tidy(() => ${body});`;
  expect(await breaches('src/engine/train/network.ts', tidy("x.dataSync<'float32'>()"))).toEqual(['no-restricted-syntax']);
  expect(await breaches('src/engine/train/network.ts', tidy('void x.dataSync()'))).toEqual([]);
});

test('native ops are named in engine/kernels only', async () => {
  const code = 'declare const b: { executeSingleOutput(name: string): void };\nb.executeSingleOutput("Relu");';
  expect(await breaches('src/engine/train/network.ts', code)).toEqual(['no-restricted-syntax']);
  expect(await breaches('src/engine/kernels/ops.ts', code)).toEqual([]);
});
