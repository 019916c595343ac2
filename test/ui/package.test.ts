/** The package as a person installs it: no checkout, no node_modules beside it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workbench } from './workbench';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'prune-lab-package-'));
let vs: Workbench;

beforeAll(async () => {
  execFileSync(process.execPath, [path.join(root, 'scripts', 'package.mjs'), '--out', folder], { stdio: 'pipe' });
  const vsix = readdirSync(folder).find((name) => name.endsWith('.vsix'));
  if (!vsix) throw new Error('No package was made.');
  vs = await Workbench.start({ vsix: path.join(folder, vsix) });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  expect(await vs.stop()).toEqual([]);
});

test('installed, it runs an experiment and shows the result', async () => {
  await vs.open('small.prune.json');
  await vs.press(vs.lens('Prune model'));
  await vs.stages().waitFor({ timeout: 50_000 });
  await vs.shot('packaged');
}, 90_000);
