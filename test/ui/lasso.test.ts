/**
 * Runs by structured lasso, as they left them: the class tree, the class graph and the correlations, what is left by layer, and the coefficients, in
 * every kind of theme. And a small network that is pruned by the tree here, from the lens to the panel.
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { classCorrelation, classEdges } from '../../src/engine/lasso/classGraph';
import { classTree } from '../../src/engine/lasso/tree';
import type { Lasso, Report } from '../../src/shared/report';
import { graphLassoReport, lassoReport, writeLassoFiles } from '../fixtures/lassoReport';
import { accessibilityProblems } from './axe';
import { runFolder, writeRun } from './runs';
import { useWorkbench } from './use';
import { THEME_NAMES } from './workbench';

/** A hundred classes, five to a kind, four kinds to a realm. */
function hundred(): Pick<Lasso, 'classes' | 'correlation' | 'tree' | 'edges'> {
  const samples = 300;
  const wave = (i: number, j: number) => Math.sin(i * 12.9898 + j * 78.233 + ((i * j) % 7));
  const logits = Float32Array.from({ length: samples * 100 }, (_, at) => {
    const [i, c] = [Math.floor(at / 100), at % 100];
    return 1.2 * wave(i, Math.floor(c / 20) + 500) + 1.4 * wave(i, Math.floor(c / 5) + 200) + wave(i, c + 3);
  });
  const structure = classCorrelation(logits, samples, 100);
  const { merges } = classTree(structure);
  return {
    classes: Array.from({ length: 100 }, (_, c) => `kind ${Math.floor(c / 5) + 1} ${'abcde'[c % 5]}`),
    correlation: Array.from({ length: 100 }, (_, c) => [...structure.correlation.subarray(c * 100, (c + 1) * 100)]),
    tree: merges.map((merge) => ({ ...merge, weight: (1 - Math.min(merge.height, 0.9)) / 2 })),
    edges: classEdges(structure, { threshold: 0.5, signed: false }),
  };
}

const TREE = lassoReport({ label: 'tree' });
const GRAPH = graphLassoReport({ label: 'graph' });

function changed(label: string, method: string, classes: Partial<Lasso>, responses: number): Report {
  const { lasso } = lassoReport();
  const layers = lasso!.layers.map((layer) => ({ ...layer, coefficients: { ...layer.coefficients, cols: responses } }));
  // As many samples of each class there are.
  const count = (classes.classes ?? lasso!.classes).length;
  const calibration = { samples: 20 * count, perClass: Array<number>(count).fill(20) };
  return lassoReport({ label, method, lasso: { ...lasso!, ...classes, calibration, layers } });
}
const LARGE = changed('hundred', 'stlp-ib', hundred(), 100);
/** The same classes without a tree, so that the graph is what is there. */
const LARGE_GRAPH = changed('many-joined', 'sglp-ib', { ...hundred(), tree: [] }, 100);
const SINGLE = changed('apib', 'apib', { tree: [], edges: [] }, 1);
const [FIRST] = TREE.lasso!.layers;

const idOf = ({ label }: Report): string => `20260101T000000Z-${label}-abcdef`;

/** Coefficients of both signs; the second layer's are gone. */
function spoil(workspace: string): void {
  const folder = runFolder(workspace, idOf(SINGLE));
  const [first, second] = SINGLE.lasso!.layers;
  const values = Float32Array.from({ length: first!.channels }, (_, k) => (k % 3 ? 0.4 * Math.sin(k) : 0));
  writeFileSync(path.join(folder, first!.coefficients.file), new Uint8Array(values.buffer));
  rmSync(path.join(folder, second!.coefficients.file));
}

const SMALL = {
  data: { name: 'digits', train: 320, validation: 100, test: 200 },
  model: { name: 'densenet', depth: 10, growth: 4 },
  train: { epochs: 1, batch: 32, learningRate: 0.05 },
  prune: { method: 'stlp-ib', keep: 0.4, calibration: { samples: 64 } },
  fineTune: { epochs: 1, learningRate: 0.01 },
  measure: { latency: { batch: 16, repeats: 3 } },
};

const vs = useWorkbench({
  width: 1400,
  height: 1000,
  prepare: (workspace) => {
    for (const report of [TREE, GRAPH, LARGE, LARGE_GRAPH, SINGLE]) {
      writeLassoFiles(writeRun(workspace, idOf(report), report), report);
    }
    spoil(workspace);
    writeFileSync(path.join(workspace, 'tree.prune.json'), JSON.stringify(SMALL, null, 2));
  },
});
const section = (name: string) => vs().webview().getByRole('region', { name, exact: true });
const classes = () => section('How the classes go together');
const channels = () => section('Channels by class');
const pictured = (of: 'Class tree' | 'Class graph' | 'Correlations') => classes().getByRole('application', { name: of });
const choose = (text: string) => classes().getByRole('combobox', { name: 'What is shown of the classes' }).selectOption(text);
const said = (of: ReturnType<typeof classes>) => of.getByRole('status').innerText();
const press = (key: string) => vs().page.keyboard.press(key);

async function show(label: string): Promise<void> {
  await vs().command('View: Close All Editors');
  await vs()
    .row(new RegExp(`${label}.*of channels`))
    .click();
  await vs().stages().waitFor();
  await classes().waitFor();
}

test('the result and the inspector tell the budget', async () => {
  await vs().showSidePanel();
  await show('tree');
  const { target, reached } = TREE.lasso!.budget;
  const asked = `${(reached / 1e6).toFixed(1)} M of ${(target / 1e6).toFixed(1)} M multiply-accumulates asked for`;
  await section('What is left, by layer').getByText(`${asked}, rho 0.0132, 17 steps.`).waitFor();
  await vs().webview('inspector').getByText(`stlp-ib: ${asked}`).waitFor();
  const chart = section('What is left, by layer');
  await chart.getByText('Show as table').click();
  const rows = await chart.getByRole('table').locator('tbody tr').allInnerTexts();
  expect(rows).toHaveLength(13);
  expect(rows[0]!.split(/\s+/)).toEqual([FIRST!.layer, String(FIRST!.kept), '64', 'no', '0.71875', '1e-7', '120']);
  await chart.getByText('Show as table').click();
});

test('each merge of the class tree is reached by keys and by the mouse', async () => {
  const { tree } = TREE.lasso!;
  await expect.poll(() => said(classes())).toBe('Point at a merge, or move with the arrow keys.');
  await pictured('Class tree').focus();
  await press('ArrowRight');
  await expect.poll(() => said(classes())).toBe(`cat, dog: merge at height 0.28, weight ${tree[0]!.weight.toFixed(3)}`);
  await press('ArrowRight');
  await expect.poll(() => said(classes())).toMatch(/^automobile, truck: merge at height 0\.33/);
  await vs().shot('lasso-tree-merge');
  await press('End');
  await expect.poll(() => said(classes())).toMatch(/ and 4 more: merge at height 1\.00/);
  // The last merge's line, across all of the tree.
  const { width, height } = (await pictured('Class tree').boundingBox())!;
  await pictured('Class tree').hover({ position: { x: width - 24, y: height / 2 - 30 } });
  await expect.poll(() => said(classes())).toMatch(/ and 4 more: merge at height 1\.00/);
  await classes().getByText('Show as table').click();
  expect(await classes().getByRole('table').locator('tbody tr').count()).toBe(9);
  await classes().getByText('Show as table').click();
});

test('the correlations lie in the order of the tree', async () => {
  await choose('Correlations');
  await pictured('Correlations').focus();
  await press('Control+Home');
  await expect.poll(() => said(classes())).toBe('cat: 1 with itself');
  await press('ArrowRight');
  await expect.poll(() => said(classes())).toBe(`cat and dog: ${TREE.lasso!.correlation[3]![5]!.toFixed(3)}`);
  await vs().shot('lasso-correlations');
});

test('edges and classes of the graph are reached by keys', async () => {
  await show('graph');
  await pictured('Class graph').focus();
  await press('ArrowRight');
  const { edges } = GRAPH.lasso!;
  const strongest = Math.max(...edges.map(({ r }) => r));
  await expect.poll(() => said(classes())).toBe(`cat – dog: correlation ${strongest.toFixed(2)}`);
  await vs().shot('lasso-graph-edge');
  await press('ArrowDown');
  await expect.poll(() => said(classes())).toMatch(/^airplane: \d+ edges?, to ship 0\.\d\d/);
  await vs().shot('lasso-graph-class');
  const offered = await classes().getByRole('combobox').getByRole('option').allInnerTexts();
  expect(offered).toEqual(['Class graph', 'Correlations']);
  await classes().getByText(`${edges.length} of 45 pairs of classes are joined`).waitFor();
});

test('the coefficients of a layer, in order and by norm', async () => {
  await show('tree');
  const picture = channels().getByRole('application');
  await picture.focus();
  await press('Control+Home');
  await expect.poll(() => said(channels())).toMatch(/^channel 1 \((kept|cut), norm [\d.]+\), airplane: [\d.]+$/);
  await channels().getByRole('combobox', { name: 'Order of the channels' }).selectOption('Channels by norm');
  await picture.focus();
  await press('Control+Home');
  await expect.poll(() => said(channels())).toMatch(/^channel \d+ \(kept, norm /);
  await press('End');
  await expect.poll(() => said(channels())).toMatch(/^channel \d+ \(cut, norm 0\), airplane: 0$/);
  await vs().shot('lasso-coefficients');
  const last = TREE.lasso!.layers.at(-1)!;
  await channels().getByRole('combobox', { name: 'Layer of the coefficients' }).selectOption(`${last.layer}: ${last.kept} of 512 kept`);
  await channels().getByText(`The ${last.kept} of 512 channels that are kept have a mark`).waitFor();
  await channels().getByText('Show as table').click();
  const rows = channels().getByRole('table').locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(512);
  expect(await rows.filter({ hasText: 'yes' }).count()).toBe(last.kept);
  await channels().getByText('Show as table').click();
  await vs().shot('lasso-coefficients-512');
});

test('one response of both signs; and a file that is gone', async () => {
  await show('apib');
  expect(await classes().getByRole('combobox').getByRole('option').allInnerTexts()).toEqual(['Correlations']);
  const picture = channels().getByRole('application');
  await picture.focus();
  await press('ArrowLeft');
  await expect.poll(() => said(channels())).toMatch(/^channel \d+ \((kept|cut), norm [\d.e-]+\), all classes: −?[\d.]+$/);
  await picture.scrollIntoViewIfNeeded();
  await vs().shot('lasso-single');
  const second = SINGLE.lasso!.layers[1]!;
  const picker = channels().getByRole('combobox', { name: 'Layer of the coefficients' });
  await picker.selectOption(`${second.layer}: ${second.kept} of ${second.channels} kept`);
  await channels().getByText(`The run's folder holds no coefficients of the layer ${second.layer}.`).waitFor();
  expect(await picture.isVisible()).toBe(false);
  await picker.scrollIntoViewIfNeeded();
  await vs().shot('lasso-gone');
  await picker.selectOption({ index: 0 });
  await picture.waitFor();
});

test('a hundred classes can be read', async () => {
  await show('hundred');
  await pictured('Class tree').focus();
  await press('End');
  await expect.poll(() => said(classes())).toMatch(/ and 94 more: merge at height 1\.00/);
  await vs().shot('lasso-hundred-tree');
  await choose('Correlations');
  await pictured('Correlations').focus();
  await vs().shot('lasso-hundred-correlations');
  await channels().getByRole('application').focus();
  await vs().shot('lasso-hundred-coefficients');
  await show('many-joined');
  await pictured('Class graph').focus();
  await vs().shot('lasso-hundred-graph');
  await press('ArrowDown');
  await expect.poll(() => said(classes())).toMatch(/^kind 1 a: \d+ edges, to /);
  await vs().shot('lasso-hundred-graph-class');
});

test.each(THEME_NAMES)('in %s', async (theme) => {
  await vs().theme(theme);
  await show('tree');
  await classes().scrollIntoViewIfNeeded();
  await channels().getByRole('application').waitFor();
  await pictured('Class tree').focus();
  await press('ArrowRight');
  await vs().shot(`lasso-tree-${theme}`);
  await choose('Correlations');
  await channels().getByRole('application').focus();
  await vs().shot(`lasso-correlations-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
  expect(await accessibilityProblems(vs().webview('inspector'), 'sideBar')).toEqual([]);
  await show('graph');
  await pictured('Class graph').focus();
  await vs().shot(`lasso-graph-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
});

test('where it is narrow', async () => {
  const { page } = vs();
  await page.setViewportSize({ width: 760, height: 1000 });
  await show('tree');
  await pictured('Class tree').focus();
  await vs().shot('lasso-narrow-tree');
  await choose('Correlations');
  await pictured('Correlations').focus();
  await press('Control+End');
  await vs().shot('lasso-narrow-correlations');
  await channels().getByRole('application').focus();
  await press('End');
  await vs().shot('lasso-narrow-coefficients');
  await expect.poll(() => vs().fits()).toBe(true);
  await show('graph');
  await pictured('Class graph').focus();
  await vs().shot('lasso-narrow-graph');
  await expect.poll(() => vs().fits()).toBe(true);
  await page.setViewportSize({ width: 1400, height: 1000 });
});

test('the lens Prune model cuts the channels by the tree, and its classes are shown', async () => {
  await vs().command('View: Close All Editors');
  await vs().open('tree.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs()
    .webview()
    .getByText(/kept \d+ of 180 channels/)
    .waitFor({ timeout: 60_000 });
  await classes().waitFor();
  await pictured('Class tree').focus();
  await press('End');
  await expect.poll(() => said(classes())).toMatch(/ and 4 more: merge at height 1\.00, weight 0\.100$/);
  await vs().shot('lasso-from-lens-tree');
  await section('What is left, by layer')
    .getByText(/multiply-accumulates asked for, rho [\d.e-]+, \d+ steps/)
    .waitFor();
  await channels().getByRole('application').focus();
  await expect.poll(() => said(channels())).toMatch(/^channel \d+ \((kept|cut), norm /);
  await vs().shot('lasso-from-lens');
}, 120_000);
