/**
 * Runs that selected inputs, as they left them: the map of the inputs kept and what it saves, alone and beside each other, in every kind of
 * theme. And a small one that selects inputs here, from the lens to the panel.
 */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '../../src/shared/report';
import { croppedReport, inputsReport, writeInputFiles } from '../fixtures/inducedReport';
import { accessibilityProblems } from './axe';
import { writeRun } from './runs';
import { useWorkbench } from './use';
import { SCREENSHOTS, THEME_NAMES } from './workbench';

/** A run that keeps the `kept` pixels nearest to the middle. */
function keeping(kept: number, seed: number, error: number): Report {
  const report = inputsReport({ seed, name: 'inputs', label: `keep=${(kept / 784).toFixed(2)} seed=${seed}` });
  const far = (i: number) => Math.hypot((i % 28) - 13.5 - seed, Math.floor(i / 28) - 13.5);
  const chosen = new Set([...Array(784).keys()].sort((a, b) => far(a) - far(b)).slice(0, kept));
  const counts = Array.from({ length: 784 }, (_, i) => Number(chosen.has(i)));
  return {
    ...report,
    keep: Number((kept / 784).toFixed(2)),
    inputs: { ...report.inputs!, kept, map: { width: 28, height: 28, counts } },
    stages: report.stages.map((stage) =>
      stage.name === 'fine-tuned' ? { ...stage, error, errorCount: Math.round(error * 10_000) } : stage,
    ),
  };
}

const SWEEP = [keeping(392, 0, 0.0171), keeping(196, 0, 0.0187), keeping(196, 1, 0.0193), keeping(78, 0, 0.0342)];
const ALONE = inputsReport({ label: 'digits' });
const CROPPED = croppedReport();
const FEATURES = inputsReport({
  name: 'table',
  label: 'table',
  inputs: { ...ALONE.inputs!, shape: [40], total: 40, kept: 12, map: null, classMeans: [] },
  heatmap: null,
});

const vs = useWorkbench({
  width: 1400,
  height: 1000,
  prepare: (workspace) =>
    [...SWEEP, ALONE, CROPPED, FEATURES].forEach((report, i) => {
      writeInputFiles(writeRun(workspace, `2026010${i + 1}T000000Z-inputs-abcdef`, report), report);
    }),
});
const section = (name: string | RegExp) => vs().webview().getByRole('region', { name, exact: true });
const map = () => section('Inputs kept').getByRole('application');
const row = () => vs().row(/digits.*25\.0% of inputs/);

async function show(): Promise<void> {
  await vs().command('View: Close All Editors');
  await row().click();
  await vs().stages().waitFor();
}

async function compare(): Promise<void> {
  await vs().command('View: Close All Editors');
  const rows = vs().page.locator('.sidebar .monaco-list-row', { hasText: /keep=/ });
  await rows.first().click();
  await rows.last().click({ modifiers: ['Shift'] });
  await vs().contextMenu(rows.last(), 'Compare runs');
  await vs().tab('Compare 4 runs').waitFor();
}

test('the result tells the inputs that are left', async () => {
  await vs().showSidePanel();
  await show();
  await vs().webview().getByText('25.00% of inputs kept (196 of 784)').waitFor();
  await vs().webview('inspector').getByText('25.00% of inputs kept (196 of 784)').waitFor();
  await section('Inputs kept')
    .getByText(/^196 of 784 inputs \(25\.00%\) are kept/)
    .waitFor();
});

test('every pixel of the map is reached by keys and by the mouse, over the class that is chosen', async () => {
  const { classMeans, map: kept } = ALONE.inputs!;
  const status = section('Inputs kept').getByRole('status');
  await map().focus();
  // Focus begins in the middle: row 15, column 15.
  await expect.poll(() => status.innerText()).toContain('row 15, column 15: kept, mean ');
  await vs().page.keyboard.press('Control+Home');
  await expect.poll(() => status.innerText()).toMatch(/^row 1, column 1: dropped, mean 0$/);
  await section('Inputs kept').getByRole('combobox', { name: 'Class whose mean is behind the inputs kept' }).selectOption('Class 3');
  await map().focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await vs().page.keyboard.press(key);
  const at = 3 * 28 + 1;
  const state = kept!.counts[at] ? 'kept' : 'dropped';
  await expect.poll(() => status.innerText()).toBe(`row 4, column 2: ${state}, mean ${classMeans[3]!.pixels[at]}`);
  await map().hover({ position: { x: 200, y: 230 } });
  await expect.poll(() => status.innerText()).toMatch(/^row \d+, column \d+: kept, mean \d+$/);
  await vs().shot('inputs-class');
  await section('Inputs kept').getByRole('checkbox', { name: 'Mask only' }).click();
  await map().hover({ position: { x: 200, y: 230 } });
  await expect.poll(() => status.innerText()).toMatch(/^row \d+, column \d+: kept$/);
  expect(await section('Inputs kept').getByRole('combobox').isDisabled()).toBe(true);
  await vs().shot('inputs-mask');
  await section('Inputs kept').getByText('Show as table').click();
  const cells = await section('Inputs kept').getByRole('table').getByRole('cell').allInnerTexts();
  expect(cells.map(Number)).toEqual(kept!.counts);
});

test('what is saved stands over the bars and in the table', async () => {
  const chart = section('Parameters and multiply-accumulates');
  await chart.locator('canvas').focus();
  await vs().page.keyboard.press('ArrowRight');
  await chart
    .getByText('Parameters: dense 266,610 (100.00%), weights cut 125,810 (47.19%), weights and inputs cut 37,610 (14.11%)')
    .waitFor();
  await chart.scrollIntoViewIfNeeded();
  await vs().shot('inputs-savings');
  await chart.getByText('Show as table').click();
  expect(await chart.getByRole('table').getByRole('row').last().innerText()).toMatch(
    /^weights and inputs cut\s+37610\s+0\.14107\s+37400\s/,
  );
});

test('of a convolutional network it says what was cropped, and how many channels of a pixel are kept', async () => {
  await vs()
    .row(/crop.*% of inputs/)
    .click();
  const chart = section('Inputs kept');
  await chart.getByText('1,568 of 3,072 inputs (51.04%)').waitFor();
  expect(await chart.getByRole('listitem').allInnerTexts()).toEqual([
    'Cropped: 2 rows at the top, 2 rows at the bottom, 2 columns at the left, 2 columns at the right; 28 × 28 of 32 × 32 pixels are read.',
    ...CROPPED.inputs!.limits,
  ]);
  await map().focus();
  await chart.getByText(/^row 17, column 17: 2 of 3 channels kept, mean \d+$/).waitFor();
  await chart.scrollIntoViewIfNeeded();
  await vs().shot('inputs-cropped');
  await chart.getByRole('checkbox', { name: 'Mask only' }).click();
  await chart.getByText('row 17, column 17: 2 of 3 channels kept').waitFor();
  await vs().shot('inputs-cropped-mask');
});

test('where samples are rows of features, those that are kept are listed', async () => {
  await vs()
    .row(/table.*30\.0% of inputs/)
    .click();
  const chart = section('Inputs kept');
  await chart.getByText('12 of 40 inputs (30.00%) are kept; nothing reads the others. Features are counted from 1.').waitFor();
  await chart.getByText('Features 1 to 12', { exact: true }).waitFor();
  expect(await chart.locator('canvas:visible').count()).toBe(0);
  await chart.getByText('Show as table').click();
  expect(await chart.getByRole('row', { name: /yes/ }).count()).toBe(12);
  await chart.scrollIntoViewIfNeeded();
  await vs().shot('inputs-features');
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
});

test.each(THEME_NAMES)('the result, %s', async (theme) => {
  await vs().theme(theme);
  await show();
  await section('Inputs kept').scrollIntoViewIfNeeded();
  await section('Parameters and multiply-accumulates').locator('canvas').waitFor();
  await map().focus();
  await vs().shot(`inputs-${theme}`);
  await section('Parameters and multiply-accumulates').getByText('Show as table').scrollIntoViewIfNeeded();
  await vs().shot(`inputs-savings-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
  expect(await accessibilityProblems(vs().webview('inspector'), 'sideBar')).toEqual([]);
});

test.each(THEME_NAMES)('four runs beside each other, %s', async (theme) => {
  await vs().theme(theme);
  await compare();
  const strip = section('Inputs kept, run by run');
  await expect.poll(() => strip.getByRole('application').count(), { timeout: 10_000 }).toBe(4);
  await strip.scrollIntoViewIfNeeded();
  await vs().shot(`inputs-compare-${theme}`);
  await section('Error against inputs kept').getByText('Show as table').scrollIntoViewIfNeeded();
  await vs().shot(`inputs-pareto-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
});

test('the maps stand from few inputs to many, and each is reached by keys', async () => {
  const strip = section('Inputs kept, run by run');
  const captions = await strip.locator('figure figure figcaption').allInnerTexts();
  expect(captions.map((text) => text.split('\n')[1])).toEqual([
    '78 of 784 (9.95%)',
    '196 of 784 (25.00%)',
    '196 of 784 (25.00%)',
    '392 of 784 (50.00%)',
  ]);
  expect(captions[0]!.split('\n')).toEqual(['keep=0.10 seed=0', '78 of 784 (9.95%)', '3.42% error']);
  await strip.getByRole('application').first().focus();
  await strip.getByText(/^keep=0\.10 seed=0, row 15, column 15: kept, mean \d+$/).waitFor();
  await vs().page.keyboard.press('Tab');
  await vs().page.keyboard.press('Tab');
  await strip.getByText(/^keep=0\.25 seed=\d, row 15, column 15: kept, mean \d+$/).waitFor();
  await section('Error against inputs kept')
    .getByText(/against the fraction of inputs left/)
    .waitFor();
  const means = section('Means over seeds').getByRole('table');
  expect(await means.getByRole('columnheader', { name: 'Inputs left' }).count()).toBe(1);
  // Two seeds kept the same number of inputs.
  expect(await means.getByRole('row').allInnerTexts()).toContainEqual(expect.stringMatching(/1\.90% ± 0\.04%\s+25\.00% ± 0\.00%/));
});

test('the strip is saved as one picture, the numbers behind it as a file', async () => {
  const save = async (button: string, file: string) => {
    await section('Inputs kept, run by run').getByRole('button', { name: button }).click();
    await expect.poll(() => vs().page.locator('.quick-input-widget input').first().inputValue()).toContain(file);
    await vs().page.keyboard.press('Enter');
    const saved = path.join(vs().workspace, file);
    await expect.poll(() => existsSync(saved), { timeout: 10_000 }).toBe(true);
    return readFileSync(saved);
  };
  const png = await save('PNG of inputs kept, run by run', 'inputs-kept.png');
  copyFileSync(path.join(vs().workspace, 'inputs-kept.png'), path.join(SCREENSHOTS, 'inputs-strip.png'));
  // Four pictures of 140 pixels side by side: https://www.w3.org/TR/png/#11IHDR
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(width).toBeGreaterThanOrEqual(4 * 140);
  expect(height).toBeGreaterThanOrEqual(140 + 3 * 16);
  const csv = (await save('CSV of inputs kept, run by run', 'inputs-kept.csv')).toString('utf8').split('\r\n');
  expect(csv.slice(0, 2)).toEqual([
    'run,seed,inputs_kept,inputs,kept_fraction,error',
    'keep=0.10 seed=0,0,78,784,0.09948979591836735,0.0342',
  ]);
});

test('a map opens the result of its run', async () => {
  await section('Inputs kept, run by run').getByRole('button', { name: 'keep=0.10 seed=0' }).click();
  await vs().webview().getByText('9.95% of inputs kept (78 of 784)').waitFor();
});

test('where it is narrow', async () => {
  const { page } = vs();
  await page.setViewportSize({ width: 760, height: 1000 });
  await show();
  await map().focus();
  await vs().shot('inputs-narrow');
  await expect.poll(() => vs().fits()).toBe(true);
  await compare();
  await section('Inputs kept, run by run').getByRole('application').last().scrollIntoViewIfNeeded();
  await vs().shot('inputs-compare-narrow');
  await expect.poll(() => vs().fits()).toBe(true);
  await page.setViewportSize({ width: 1400, height: 1000 });
});

test('the lens Prune model selects inputs, and the map opens', async () => {
  await vs().command('View: Close All Editors');
  await vs().open('inputs.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs().webview().getByText('25.00% of inputs kept (196 of 784)').waitFor({ timeout: 60_000 });
  await section('Inputs kept')
    .getByText(/^196 of 784 inputs \(25\.00%\) are kept/)
    .waitFor();
  await section('Inputs kept').getByText('Show as table').click();
  const cells = await section('Inputs kept').getByRole('table').getByRole('cell').allInnerTexts();
  expect(cells.map(Number).reduce((a, b) => a + b, 0)).toBe(196);
  await section('Inputs kept').getByText('Show as table').click();
  await map().focus();
  await vs().shot('inputs-from-lens');
}, 120_000);
