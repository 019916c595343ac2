import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { compare, Comparison, comparisonCsv, comparisonText, writeComparison, type Compared } from '../../../src/terminal/compare';
import { preresnetReport } from '../../fixtures/channelReports';
import { inputsReport } from '../../fixtures/inducedReport';
import { graphLassoReport, lassoReport } from '../../fixtures/lassoReport';
import { lenetReport } from '../../fixtures/report';
import type { Report } from '../../../src/shared/report';

const plain = picocolors.createColors(false);

function ran(lambda: number, seed: number, errorCount: number, kept = 11_457): Compared {
  const report = lenetReport();
  const last = report.stages.at(-1)!;
  return {
    label: `lambda=${lambda} seed=${seed}`,
    folder: `runs/${lambda}-${seed}`,
    state: 'done',
    seed,
    values: { 'prune.criterion.lambda': lambda, 'prune.keep': 0.05 },
    report: {
      ...report,
      kept: { weights: kept, total: 266_200 },
      stages: [...report.stages.slice(0, -1), { ...last, errorCount, error: errorCount / 10_000 }],
    },
  };
}

const sweep = [
  ran(0, 0, 150),
  ran(0, 1, 160),
  ran(0, 2, 155),
  ran(0.2, 0, 140),
  ran(0.2, 1, 146, 11_459),
  { ...ran(0.2, 2, 0), state: 'failed' as const, report: null },
  { ...ran(1, 0, 0), state: 'failed' as const, report: null },
];

test('groups over seeds: mean, sample deviation, n; runs that did not finish are told, not counted', () => {
  const { keys, groups, runs } = compare('lambda', sweep);
  expect(keys).toEqual(['prune.criterion.lambda']);
  expect(groups.map((g) => [g.values, g.n, g.missing, g.seeds])).toEqual([
    [{ 'prune.criterion.lambda': 0 }, 3, 0, [0, 1, 2]],
    [{ 'prune.criterion.lambda': 0.2 }, 2, 1, [0, 1, 2]],
    [{ 'prune.criterion.lambda': 1 }, 0, 1, [0]],
  ]);
  // 150, 160, 155: mean 155, squares 25 + 25 + 0 over n - 1 = 2.
  expect(groups[0]!.error!.mean).toBeCloseTo(0.0155, 12);
  expect(groups[0]!.error!.deviation).toBeCloseTo(0.0005, 12);
  expect(groups[1]!.keptWeights).toEqual({ mean: 11_458, deviation: Math.SQRT2 });
  expect(groups[2]).toMatchObject({ error: null, keptWeights: null, layers: {} });
  expect(runs).toHaveLength(7);
  expect(runs[5]).toMatchObject({ state: 'failed', error: null });
});

test('mean and deviation hold for any numbers of errors', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 8 }), (counts) => {
      const { error } = compare(
        'x',
        counts.map((n, seed) => ran(0, seed, n)),
      ).groups[0]!;
      // Var = (sum of squared differences of all pairs) / (n (n - 1)): another formula than the code's.
      const pairs = counts.flatMap((a, i) => counts.slice(i + 1).map((b) => ((a - b) / 10_000) ** 2)).reduce((a, b) => a + b, 0);
      expect(error!.mean).toBeCloseTo(counts.reduce((a, b) => a + b, 0) / counts.length / 10_000, 12);
      expect(error!.deviation! ** 2).toBeCloseTo(pairs / (counts.length * (counts.length - 1)), 12);
    }),
  );
});

test('seeds alone make one group; one run has no deviation', () => {
  expect(compare('x', [ran(0, 0, 1), ran(0, 1, 2)])).toMatchObject({ keys: [], groups: [{ n: 2 }] });
  expect(compare('x', [ran(0, 0, 150)]).groups[0]!.error).toEqual({ mean: 0.015, deviation: null });
});

test('text', async () => {
  await expect(`${comparisonText(compare('lambda', sweep), plain)}\n`).toMatchFileSnapshot('../../golden/terminal/comparison.txt');
});

test('runs that cut channels: channels kept, their layers in the file alone', () => {
  const cut = (seed: number): Compared => ({ ...ran(0.2, seed, 0), report: preresnetReport(20) });
  const comparison = compare('channels', [cut(1), cut(2), { ...ran(0.4, 1, 0), state: 'failed', report: null }]);
  expect(comparison.groups[0]).toMatchObject({ keptChannels: { mean: 544, deviation: 0 } });
  expect(Object.keys(comparison.groups[0]!.layers)).toContain('stage3_block2_bn3');
  expect(comparison.runs.map(({ keptChannels }) => keptChannels)).toEqual([544, 544, null]);
  const lines = comparisonText(comparison, plain).split('\n');
  expect(lines[1]).toMatch(/^lambda {2}n +test error +kept channels +MACs +kept weights$/);
  expect(lines[2]).toMatch(/ 544 ±0 +\S+M ±0 +78,701 ±0$/);
  expect(lines).toContain('The mean kept part of each of the 19 layers is in comparison.csv.');
  const csv = comparisonCsv(comparison).split('\r\n');
  expect(csv[0]).toContain(
    'kept_weights_deviation,kept_channels_mean,kept_channels_deviation,macs_mean,macs_deviation,stage1_block1_bn1_kept_fraction_mean',
  );
  expect(csv[0]!.split(',')).toHaveLength(csv[1]!.split(',').length);
  expect(compare('lambda', sweep).groups[0]!.keptChannels).toBeNull();
});

test('runs that selected inputs: inputs kept over seeds, and what they cost', async () => {
  const selected = (keep: number, seed: number, kept: number): Compared => {
    const report = inputsReport();
    const [values, inputs] = [
      { 'prune.keep': keep, 'prune.criterion.name': 'weights' },
      { ...report.inputs!, kept },
    ];
    return { ...ran(0, seed, 0), label: `keep=${keep} seed=${seed}`, values, report: { ...report, inputs } };
  };
  const runs = [selected(0.25, 1, 196), selected(0.25, 2, 198), selected(0.1, 1, 78), selected(0.1, 2, 78)];
  const comparison = compare('inputs', runs);
  expect(comparison.groups).toMatchObject([
    { values: { 'prune.keep': 0.25 }, n: 2, keptInputs: { mean: 197, deviation: Math.SQRT2 }, keptChannels: null, macs: { mean: 37_400 } },
    { values: { 'prune.keep': 0.1 }, n: 2, keptInputs: { mean: 78, deviation: 0 } },
  ]);
  expect(comparison.runs.map(({ keptInputs }) => keptInputs)).toEqual([196, 198, 78, 78]);
  await expect(`${comparisonText(comparison, plain)}\n`).toMatchFileSnapshot('../../golden/terminal/comparison-inputs.txt');
  expect(comparisonCsv(comparison)).toContain('kept_weights_deviation,kept_inputs_mean,kept_inputs_deviation,macs_mean,macs_deviation,fc1');
});

test('methods at the same budget are a row each, whatever they find', () => {
  const cut = (method: string, seed: number, report: Report): Compared => ({
    ...ran(0, seed, 0),
    values: { 'prune.method': method },
    report,
  });
  const comparison = compare('lasso', [
    cut('stlp-ib', 1, lassoReport()),
    cut('stlp-ib', 2, lassoReport()),
    cut('sglp-ib', 1, graphLassoReport()),
    cut('magnitude', 1, lenetReport()),
  ]);
  expect(comparison.groups.map(({ values, n }) => [values['prune.method'], n])).toEqual([
    ['stlp-ib', 2],
    ['sglp-ib', 1],
    ['magnitude', 1],
  ]);
  const lines = comparisonText(comparison, plain).split('\n');
  expect(lines[2]).toMatch(/^ +stlp-ib +2 +7\.95% ±0\.00% +1,620 ±0 +137M ±0 +2,033,709 ±0$/);
  expect(lines[4]).toMatch(/^ *magnitude +1 +1\.51% +- +78\.7k +13,310$/);
});

test('a key is cut short only where that is clear', () => {
  const named = (key: string, value: string) => ({ ...ran(0, 0, 1), values: { [key]: value } });
  const two = compare('x', [
    { ...named('a', ''), values: { 'prune.criterion.screening.norm': 'max', 'prune.criterion.magnitude.norm': 'rank' } },
    { ...named('a', ''), values: { 'prune.criterion.screening.norm': 'rank', 'prune.criterion.magnitude.norm': 'max' } },
  ]);
  expect(comparisonText(two, plain).split('\n')[1]).toMatch(/^screening\.norm {2}magnitude\.norm {2}n /);
});

test('files: JSON that its schema reads, CSV with quoted cells', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prune-lab-compare-'));
  try {
    const comparison = compare('x', [
      { ...ran(0, 0, 150), values: { layers: 'fc1,"fc2"' } },
      { ...ran(0, 0, 160), values: { layers: '*' } },
    ]);
    await writeComparison(folder, comparison);
    expect(Comparison.parse(JSON.parse(await readFile(join(folder, 'comparison.json'), 'utf8')))).toEqual(comparison);
    const csv = await readFile(join(folder, 'comparison.csv'), 'utf8');
    expect(csv).toBe(comparisonCsv(comparison));
    const lines = csv.split('\r\n');
    expect(lines[0]).toBe(
      'layers,n,missing,error_mean,error_deviation,kept_weights_mean,kept_weights_deviation,fc1_kept_fraction_mean,fc2_kept_fraction_mean,fc3_kept_fraction_mean',
    );
    expect(lines[1]).toMatch(/^"fc1,""fc2""",1,0,0\.015,,11457,,0\.04/);
    expect(lines).toHaveLength(4);
  } finally {
    await rm(folder, { recursive: true });
  }
});
