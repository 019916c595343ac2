// npm run pictures: the README's pictures, made anew by the UI tests that show what is in them.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const shots = path.join(root, 'dist', 'test', 'screenshots');
const PICTURES = {
  'lenet-result': 'result',
  'lenet-heatmap': 'heatmap',
  'compare-light': 'compare',
  'densenet-light': 'channels',
  'inputs-light': 'inputs',
  'lasso-tree-light': 'classes',
};
const TESTS = ['lenet', 'views', 'densenet', 'induced', 'lasso'];

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'ui', ...TESTS.map((name) => `test/ui/${name}.test.ts`)], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) {
  fs.mkdirSync(path.join(root, 'media', 'pictures'), { recursive: true });
  for (const [shot, picture] of Object.entries(PICTURES))
    fs.copyFileSync(path.join(shots, `${shot}.png`), path.join(root, 'media', 'pictures', `${picture}.png`));
}
process.exitCode = status ?? 1;
