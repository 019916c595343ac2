/** The package as a person installs it: no checkout, no node_modules beside it. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePackage } from './packaged';
import { Workbench } from './workbench';

let folder: string;
let vs: Workbench;

beforeAll(async () => {
  const made = makePackage();
  folder = made.folder;
  vs = await Workbench.start({ vsix: made.vsix });
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
