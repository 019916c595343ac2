/**
 * A DenseNet-40 that lost channels, as a run left it: its charts by layer and by source, its channel table, in every kind of theme. And a small one
 * that is pruned here, from the lens to the panel.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { densenetReport } from '../fixtures/channelReports';
import { accessibilityProblems } from './axe';
import { writeRun } from './runs';
import { useWorkbench } from './use';
import { THEME_NAMES } from './workbench';

const report = densenetReport();

const CLS = {
  data: { name: 'digits', train: 320, validation: 100, test: 200 },
  model: { name: 'densenet', depth: 10, growth: 4 },
  train: { epochs: 1, batch: 32, learningRate: 0.05 },
  prune: { method: 'cls', keep: 0.4 },
  fineTune: { epochs: 1, learningRate: 0.01 },
  measure: { latency: { batch: 16, repeats: 3 } },
};

const vs = useWorkbench({
  width: 1400,
  height: 1000,
  prepare: (workspace) => {
    writeRun(workspace, '20260101T000000Z-densenet-abcdef', report);
    writeFileSync(path.join(workspace, 'cls.prune.json'), JSON.stringify(CLS, null, 2));
  },
});
const section = (name: string | RegExp) => vs().webview().getByRole('region', { name, exact: true });
const row = () => vs().row(/densenet.*30\.0% of channels/);

test('the result tells the channels that are left', async () => {
  await vs().showSidePanel();
  await row().click();
  await vs().stages().waitFor();
  await vs().webview().getByText('kept 2,808 of 9,360 channels (30.00%)').waitFor();
  await vs()
    .webview()
    .getByText(/rebuilt 12 times: 41 s in place of 1 min 6 s \(estimated from the first epoch\)/)
    .waitFor();
  const bars = vs().webview('inspector').getByRole('table', { name: 'Kept channels of each stage' }).getByRole('row');
  await expect.poll(() => bars.allInnerTexts()).toHaveLength(5);
  // No pixels: nothing stands where LeNet has its heatmap and its mask.
  expect(await section(/First-layer/).count()).toBe(0);
});

test('the channel table is sorted and filtered', async () => {
  const rows = vs().webview().getByRole('table', { name: 'Channels of each layer' }).locator('tbody tr:visible');
  await expect.poll(() => rows.count()).toBe(39);
  await section('Channels')
    .getByRole('button', { name: /^Kept(?! part)/ })
    .click();
  await section('Channels')
    .getByRole('button', { name: /^Kept(?! part)/ })
    .click();
  expect(await rows.first().innerText()).toContain('transition2_bn');
  const filter = section('Channels').getByRole('textbox', { name: 'Filter channels' });
  await filter.fill('transition');
  await expect.poll(() => rows.count()).toBe(2);
  await filter.fill('');
  const convs = vs().webview().getByRole('table', { name: 'Weights of each layer' });
  expect(await convs.getByRole('row').filter({ hasText: 'block1_layer1_conv' }).innerText()).toContain('3×3×24→12');
});

test('39 bars, each reached by keys, with its numbers in a table', async () => {
  const chart = section('What is left, by layer');
  await chart.getByText('13 (transition1_bn) and 26 (transition2_bn)').waitFor();
  await chart.locator('canvas').focus();
  for (let i = 0; i < 13; i++) await vs().page.keyboard.press('ArrowRight');
  const { kept } = report.channels!.layers[12]!;
  await chart.getByText(`13, transition1_bn (transition): ${kept} of 168 channels left`).waitFor();
  await vs().shot('densenet-bar');
  await chart.getByText('Show as table').click();
  expect(await chart.getByRole('table').locator('tbody tr').count()).toBe(39);
  await chart.getByText('Show as table').click();
});

test('transitions tell where the channels that they read were made', async () => {
  const chart = section('Where the channels that are left were made');
  await chart.getByRole('checkbox', { name: 'Transition layers only' }).click();
  await chart.locator('canvas').focus();
  await vs().page.keyboard.press('End');
  await chart.getByText(/^transition2_bn: \d+ of 168 made in stage 1, \d+ of 144 made in stage 2$/).waitFor();
  await chart.getByRole('checkbox', { name: 'Transition layers only' }).click();
});

test.each(THEME_NAMES)('in %s', async (theme) => {
  await vs().theme(theme);
  await vs().command('View: Close All Editors');
  await row().click();
  await vs().stages().waitFor();
  await vs().shot(`densenet-top-${theme}`);
  await section('What is left, by layer').locator('canvas').waitFor();
  await section('Where the channels that are left were made').getByRole('checkbox').scrollIntoViewIfNeeded();
  await vs().shot(`densenet-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
  expect(await accessibilityProblems(vs().webview('inspector'), 'sideBar')).toEqual([]);
});

test('the lens Prune model cuts the channels of a network, and its chart opens', async () => {
  await vs().open('cls.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs()
    .row(/cls.*40\.\d% of channels/)
    .waitFor({ timeout: 60_000 });
  await vs().stages().waitFor();
  await vs()
    .webview()
    .getByText(/kept 72 of 180 channels/)
    .waitFor();
  await section('Where the channels that are left were made').locator('canvas').waitFor();
  await vs().shot('cls-from-lens');
}, 120_000);
