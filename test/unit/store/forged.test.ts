/** Records whose digest is right and whose numbers do not agree: refused as they are read, since what shows them relies on it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RUN_FILES } from '../../../src/shared/ids';
import type { Inputs, Lasso, Report } from '../../../src/shared/report';
import type { RunView } from '../../../src/shared/view';
import { claimRun } from '../../../src/store/claim';
import { readReport } from '../../../src/store/read';
import { sealed } from '../../../src/store/seal';
import { readMask } from '../../../src/store/view';
import { tempFolders } from '../../fixtures/folders';
import { inputsReport } from '../../fixtures/inducedReport';
import { lassoReport } from '../../fixtures/lassoReport';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';

const { newFolder } = tempFolders('forged');

function written(report: Report): string {
  const folder = newFolder();
  writeFileSync(path.join(folder, RUN_FILES.report), JSON.stringify(sealed(report)));
  return folder;
}
const lasso = (change: Partial<Lasso>): Report => ({ ...lassoReport(), lasso: { ...lassoReport().lasso!, ...change } });
const inputs = (change: Partial<Inputs>): Report => ({ ...inputsReport(), inputs: { ...inputsReport().inputs!, ...change } });
const { heatmap, weightHistogram } = lenetReport();
const merge = (left: number, right: number) => ({ left, right, height: 0.1, weight: 0.1 });

test('as they were made, they are read', async () => {
  for (const report of [lenetReport(), lassoReport(), inputsReport()]) expect(await readReport(written(report))).toEqual(report);
});

test.each<[string, Report]>([
  ['a map of more pixels than it has', { ...lenetReport(), heatmap: { ...heatmap!, width: 2 ** 40 } }],
  ['a map of no width and endless height', { ...lenetReport(), heatmap: { ...heatmap!, width: 0, height: 2 ** 50, counts: [] } }],
  ['a histogram with more bins than edges', { ...lenetReport(), weightHistogram: { ...weightHistogram, edges: [0, 1] } }],
  ['a class tree that doubles with each merge', lasso({ tree: [merge(0, 0), merge(10, 10), merge(11, 11)] })],
  ['a class tree that joins what comes later', lasso({ tree: [merge(0, 12)] })],
  ['a class tree that joins a class twice', lasso({ tree: [merge(0, 1), merge(0, 2)] })],
  ['a class graph with an edge to no class', lasso({ edges: [{ a: 0, b: 10, r: 0.5 }] })],
  ['correlations of fewer classes', lasso({ correlation: [[1]] })],
  ['a calibration of no class', lasso({ calibration: { samples: 0, perClass: [] } })],
  ['lasso of no layer', lasso({ layers: [] })],
  ['inputs of an image of more channels than there are numbers', inputs({ shape: [28, 28, 2 ** 40] })],
  ['more inputs kept than there are', inputs({ kept: 785 })],
  ['a map of inputs that is not of the image', inputs({ map: { height: 1, width: 784, counts: Array.from({ length: 784 }, () => 1) } })],
  [
    'more channels kept of a pixel than it has',
    inputs({ map: { height: 28, width: 28, counts: Array.from({ length: 784 }, (_, i) => i % 3) } }),
  ],
  ['class means of other images', inputs({ classMeans: [{ name: 'a', pixels: [1] }] })],
])('%s', async (_what, report) => {
  await expect(readReport(written(report))).rejects.toMatchObject({
    code: 'store/damaged',
    message: expect.stringContaining('do not agree'),
  });
});

test('a mask that is no file, or of another size than its layer, is none', async () => {
  const report = lenetReport();
  const folder = written(report);
  const view: RunView = { folder, run: runRecord(), state: 'done', experiment: 'x', config: null, report, history: [], failure: null };
  mkdirSync(path.join(folder, 'masks', 'fc2.u8'), { recursive: true });
  writeFileSync(path.join(folder, 'masks', 'fc3.u8'), new Uint8Array(999));
  for (const layer of ['fc1', 'fc2', 'fc3']) expect(await readMask(view, layer)).toBeNull();
  const endless = { ...view, report: { ...report, layers: [{ ...report.layers[0]!, shape: [2 ** 53 - 1, 2 ** 53 - 1] }] } };
  expect(await readMask(endless, 'fc1')).toBeNull();
});

test("a claim of all processes of the system is nobody's", async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, RUN_FILES.run), JSON.stringify(sealed(runRecord())));
  mkdirSync(path.join(folder, 'claim-1'));
  writeFileSync(path.join(folder, 'claim-1', 'owner.json'), JSON.stringify({ pid: -1, updated: new Date().toISOString(), token: 'x' }));
  const release = await claimRun(folder);
  await release();
});
