/** From an experiment file to its result: lens, progress, panel; cancel, resume, reload. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Run, type RunState } from '../../src/shared/report';
import { useWorkbench } from './use';

const vs = useWorkbench();

function records(label: string): Run[] {
  const root = path.join(vs().workspace, '.prune', 'runs');
  return readdirSync(root)
    .filter((name) => name.includes(label) && !name.startsWith('.'))
    .sort()
    .reverse()
    .map((name) => Run.parse(JSON.parse(readFileSync(path.join(root, name, 'run.json'), 'utf8'))));
}

const waitFor = (label: string, state: RunState) =>
  expect.poll(() => records(label)[0]?.state, { timeout: 50_000, interval: 100 }).toBe(state);

test('the lens Prune model runs the experiment, and its result opens', async () => {
  await vs().open('small.prune.json');
  await vs().press(vs().lens('Prune model'));
  const panel = vs().webview();
  const stages = vs().stages();
  await stages.waitFor({ timeout: 50_000 });
  for (const name of ['dense', 'masked', 'compact', 'fine-tuned'])
    await stages
      .getByRole('row', { name: new RegExp(name, 'i') })
      .first()
      .waitFor();
  const layers = panel.getByRole('table', { name: 'Weights of each layer' });
  for (const name of ['fc1', 'fc2', 'fc3']) await layers.getByText(name, { exact: true }).waitFor();
  await panel.locator('canvas').first().waitFor();
  await vs().shot('result-first-run');
}, 90_000);

test('the tree and the lens tell how it went', async () => {
  await vs().showSidePanel();
  await vs()
    .row(/small.*%.*kept/)
    .waitFor();
  await vs().open('small.prune.json');
  await vs()
    .lens(/last: .*%/)
    .waitFor();
  await vs().shot('lenses');
});

test('while a run goes on, lens, status bar and tree say how far it is', async () => {
  await vs().open('endless.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs()
    .lens(/epoch \d+\/5000/)
    .waitFor({ timeout: 40_000 });
  await vs()
    .status(/epoch \d+\/5000/)
    .waitFor();
  await vs()
    .row(/endless.*epoch \d+\/5000/)
    .waitFor();
  await vs().shot('running');
});

test('cancelled from the lens, it can be resumed from the tree', async () => {
  await vs().open('endless.prune.json');
  await vs().press(vs().lens('Cancel'));
  await waitFor('endless', 'cancelled');
  await vs()
    .row(/endless.*cancelled/)
    .hover();
  await vs()
    .row(/endless.*cancelled/)
    .getByRole('button', { name: /Resume run/ })
    .click();
  await waitFor('endless', 'running');
  await vs()
    .status(/epoch \d+\/5000/)
    .waitFor();
}, 90_000);

test('a reload during a run leaves it resumable, and brings the panel back', async () => {
  await vs().reload();
  await expect.poll(() => records('endless')[0]?.state, { timeout: 20_000 }).not.toBe('running');
  await vs().showSidePanel();
  const row = vs().row(/endless.*(cancelled|interrupted)/);
  await row.waitFor({ timeout: 40_000 });
  await vs()
    .tab(/^\s*small\s*$/)
    .click();
  await vs().stages().waitFor();
  await row.hover();
  await row.getByRole('button', { name: /Resume run/ }).click();
  await waitFor('endless', 'running');
  const again = vs().row(/endless.*epoch \d+/);
  await again.waitFor();
  await again.hover();
  await again.getByRole('button', { name: /Cancel run/ }).click();
  await waitFor('endless', 'cancelled');
}, 120_000);

test('with keys alone: from the palette to the result', async () => {
  const { page } = vs();
  const before = records('small').length;
  await vs().command('View: Close All Editors');
  await vs().open('small.prune.json');
  await vs().command('Prune Lab: Prune model');
  await expect.poll(() => records('small').length, { timeout: 20_000 }).toBe(before + 1);
  await waitFor('small', 'done');
  const stages = vs().stages();
  await stages.waitFor();
  // The panel takes the keyboard, and every key press reaches something that can be seen.
  await vs().command('View: Focus First Editor Group');
  await page.keyboard.press('Tab');
  const focused = vs().webview().locator(':focus');
  await expect.poll(() => focused.count()).toBeGreaterThan(0);
}, 90_000);
