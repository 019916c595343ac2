/** Writing experiment files: problems, fixes, completion, new files, and what is offered where. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { locateKernels } from '../../src/setup/locate';
import { useWorkbench } from './use';

const vs = useWorkbench({ expected: /^The native kernels for the graphics card/ });

test('problems are underlined and listed', async () => {
  await vs().open('broken.prune.json');
  await vs().page.locator('.editor-instance .squiggly-error').first().waitFor();
  await vs().command('Problems: Focus on Problems View');
  const rows = vs().page.locator('.markers-panel .monaco-list-row');
  await rows.filter({ hasText: 'There is no key model.hiden' }).waitFor();
  await rows.filter({ hasText: 'prune.keep is 5' }).waitFor();
  await vs().shot('problems');
  await vs().command('View: Hide Panel');
});

test('a quick fix by keyboard', async () => {
  const { page } = vs();
  await vs().open('broken.prune.json');
  await vs().command('Go to Next Problem in Files');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .monaco-list-row', { hasText: 'hidden' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.view-line', { hasText: '"hidden"' }).waitFor();
  await page.keyboard.press('Control+z');
  await page.locator('.view-line', { hasText: '"hiden"' }).waitFor();
});

test('commands that do not apply are not offered', async () => {
  await vs().command('View: Close All Editors');
  const titles = await vs().offered('Prune Lab: ');
  expect(titles).toEqual(expect.arrayContaining(['Prune Lab: Prune model', 'Prune Lab: New experiment', 'Prune Lab: Check environment']));
  for (const title of ['Cancel run', 'Resume run', 'Show result', 'Compare runs', 'Rename run', 'Delete run']) {
    expect(titles).not.toContain(`Prune Lab: ${title}`);
  }
});

test('without an open experiment, Prune model asks which', async () => {
  await vs().command('Prune Lab: Prune model');
  await vs().choice('sweep.prune.json').waitFor();
  await vs().choice('small.prune.json').waitFor();
  await vs().page.keyboard.press('Escape');
});

test('the side panel says what to do when there are no runs', async () => {
  await vs().showSidePanel();
  await vs().page.locator('.sidebar', { hasText: 'No runs yet' }).waitFor();
  await vs().shot('welcome');
});

test('a new experiment from a template is a good one', async () => {
  await vs().command('Prune Lab: New experiment');
  await vs().choose('Magnitude baseline');
  await vs().page.locator('.tab.active[data-resource-name$=".prune.json"]').waitFor();
  await vs().lens('Prune model').waitFor();
  await vs().shot('new-experiment');
  await expect.poll(() => vs().page.locator('.editor-instance .squiggly-error').count()).toBe(0);
});

test('what is made is a file with comments in the workspace', () => {
  const file = path.join(vs().workspace, 'magnitude.prune.json');
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('"magnitude"');
});

test.skipIf(locateKernels(process.env, 'gpu'))('a run on the graphics card lacks its own kernels, and offers to set them up', async () => {
  const small = readFileSync(path.join(vs().workspace, 'small.prune.json'), 'utf8');
  writeFileSync(path.join(vs().workspace, 'card.prune.json'), small.replace('"seed"', '"engine": { "device": "gpu" }, "seed"'));
  await vs().open('card.prune.json');
  await vs().press(vs().lens('Prune model'));
  const offer = vs().notification('kernels for the graphics card');
  await offer.getByRole('button', { name: 'Set up for the graphics card' }).waitFor();
  await vs().page.waitForTimeout(300); // It fades in.
  await vs().shot('gpu-kernels-missing');
  expect(existsSync(path.join(vs().workspace, '.prune'))).toBe(false);
  await vs().command('Notifications: Clear All Notifications');
});

test('the environment is checked by computing', async () => {
  await vs().command('Prune Lab: Check environment');
  await vs().tab('Environment.md').waitFor({ timeout: 40_000 });
  await vs().page.locator('.editor-instance .view-line', { hasText: 'Everything works: 2 checks' }).waitFor();
  await vs().page.locator('.editor-instance .view-line', { hasText: 'matmul 2×2' }).waitFor();
  await vs().shot('environment');
});
