import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { heatmap, RAMP } from '../../../src/terminal/heatmap';
import type { Report } from '../../../src/shared/report';
import { reportText } from '../../../src/terminal/tables';
import { densenetReport, preresnetReport } from '../../fixtures/channelReports';
import { croppedReport, inputsReport } from '../../fixtures/inducedReport';
import { graphLassoReport, lassoReport } from '../../fixtures/lassoReport';
import { lenetReport } from '../../fixtures/report';

const plain = picocolors.createColors(false);
const folder = '.prune/runs/20260101T000000Z-quick-abcdef';
const golden = (name: string) => `../../golden/terminal/${name}.txt`;

describe('report', () => {
  test('of a pruned network', async () => {
    await expect(`${reportText(lenetReport(), folder, plain)}\n`).toMatchFileSnapshot(golden('report-wls'));
  });

  test('of a baseline: nothing about pruning', async () => {
    const report = lenetReport();
    const dense = { ...report.stages[0]!, epoch: 40, note: 'trained without pruning' };
    const text = reportText(
      lenetReport({
        name: 'baseline',
        label: 'baseline',
        method: 'none',
        criterion: 'none',
        lambda: null,
        keep: 1,
        kept: { weights: 266_200, total: 266_200 },
        stages: [dense],
        parity: null,
        screening: null,
        heatmap: null,
        dataset: { ...report.dataset, name: 'mnist', source: 'IDX files' },
      }),
      folder,
      plain,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(golden('report-baseline'));
  });

  test("with all that can be remarked: sampling, floors, selection by validation, a sweep's label", async () => {
    const report = lenetReport();
    const text = reportText(
      lenetReport({
        name: 'lambda',
        label: 'lambda=0.2 seed=1',
        seed: 1,
        dataset: { ...report.dataset, name: 'mnist', source: 'IDX files' },
        selection: { ...report.selection!, used: 'best-validation' },
        screening: { feature: 'online', every: 16, sampling: { epoch: 17, maskChangedFraction: 0.0123 } },
        floors: [
          { layer: 'fc2', kind: 'layer', floor: 50, held: 12 },
          { layer: 'fc3', kind: 'output', floor: 1, held: 2 },
        ],
      }),
      folder,
      plain,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(golden('report-remarks'));
  });

  test('of a dense network that lost channels: stage by stage, transitions by name', async () => {
    await expect(`${reportText(densenetReport(), folder, plain)}\n`).toMatchFileSnapshot(golden('report-densenet'));
  });

  test('of a small residual network: every layer', async () => {
    const report = preresnetReport(20, {
      shrinking: null,
      floors: [{ layer: 'stage1_block1_bn2', kind: 'layer', floor: 4, held: 2 }],
      removed: { neurons: [{ layer: 'stage1_block2_conv3', before: 64, after: 60, folded: 1 }], unusedInputs: 0 },
    });
    await expect(`${reportText(report, folder, plain)}\n`).toMatchFileSnapshot(golden('report-preresnet'));
  });

  test('of 163 layers of channels stays short', () => {
    const outputs = Array.from({ length: 108 }, (_, i) => ({
      layer: `stage1_block${i}_conv1`,
      before: 64,
      after: 30,
      folded: i === 0 ? 2 : 0,
    }));
    const text = reportText(preresnetReport(164, { removed: { neurons: outputs, unusedInputs: 0 } }), folder, plain);
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('Kept 4,845 of 12,112 channels (40.00%)');
    expect(text).toContain('Outputs of 108 layers: 6,912 -> 3,240 (2 folded as constants).');
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test('of selected inputs: which pixels, and what they save over weights alone', async () => {
    const text = reportText(inputsReport(), folder, plain);
    await expect(`${text}\n`).toMatchFileSnapshot(golden('report-inputs'));
    // Published fractions of connections are no yardstick for a cut of inputs.
    expect(text).not.toMatch(/Han|DSC/);
  });

  test("of an image's channels and borders", async () => {
    const limit = "The image's rows and columns stay: conv2 reads every pixel.";
    const { inputs } = croppedReport();
    const text = reportText(croppedReport({ inputs: { ...inputs!, limits: [limit] } }), folder, plain);
    await expect(`${text}\n`).toMatchFileSnapshot(golden('report-crop'));
    expect(text).toContain(limit);
  });

  test('of numbers that are no image: counted, not drawn', () => {
    const { inputs } = inputsReport();
    const text = reportText(inputsReport({ inputs: { ...inputs!, shape: [784], map: null, classMeans: [] } }), folder, plain);
    expect(text).toContain('Inputs kept: 196 of 784 (25.00%), 4× fewer.');
    expect(text).not.toContain('Pixels kept');
  });

  test('of structured lasso: the budget, each layer with its residual, the class tree', async () => {
    await expect(`${reportText(lassoReport(), folder, plain)}\n`).toMatchFileSnapshot(golden('report-lasso'));
  });

  test('of the class graph', () => {
    const text = reportText(graphLassoReport(), folder, plain).replace(/\n +/g, ' ');
    expect(text).toContain('Class graph: 7 of 45 pairs are joined (16%): cat-dog 0.71, automobile-truck 0.68');
    expect(text).not.toContain('classes that merge');
  });

  test('of lasso over many classes and layers stays short', () => {
    const { lasso } = lassoReport();
    const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    const tree = Array.from({ length: 99 }, (_, i) => ({
      left: i === 0 ? 99 : 99 + i,
      right: i === 0 ? 98 : 98 - i,
      height: (i + 1) / 99,
      weight: 0.01,
    }));
    const correlation = classes.map((_, a) => classes.map((_, b) => Number(a === b)));
    const calibration = { samples: 200, perClass: classes.map(() => 2) };
    const text = reportText(lassoReport({ lasso: { ...lasso!, classes, correlation, tree, calibration } }), folder, plain);
    expect(text).toContain('class 99 + class 98');
    expect(text).toContain('... and 87 merges above these.');
    const deep = preresnetReport(164, { method: 'sglp-ib', lasso: { ...lasso!, tree: [], edges: [] } });
    const lines = reportText(deep, folder, plain).split('\n');
    expect(lines.length).toBeLessThan(70);
    for (const line of [...text.split('\n'), ...lines]) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test('sets what was published beside a run on CIFAR-10 that did as much, and beside no other', () => {
    const trained = (epochs: number) => {
      const { history } = densenetReport();
      return history.map((row) => (row.phase === 'train' && row.epoch === 2 ? { ...row, epoch: epochs } : row));
    };
    const published = (report: Report) =>
      (reportText(report, folder, plain).match(/^published: .*$/gm) ?? []).map((line) => line.split(/  +/));
    expect(published(densenetReport({ history: trained(160) }))).toEqual([
      ['published: baseline', '100.00%', '6.11%'],
      ['published: slimming', '60.00%', '5.19%'],
      ['published: slimming', '30.00%', '5.65%'],
      ['published: DSC', '30.00%', '5.57%'],
      ['published: CLS', '30.00%', '5.63%'],
    ]);
    expect(published(preresnetReport(164, { history: trained(200) })).at(-1)).toEqual(['published: CLS', '40.00%', '5.18%']);
    const { dataset, model, channels } = densenetReport();
    const full = { history: trained(160) };
    for (const less of [
      densenetReport(),
      densenetReport({ ...full, dataset: { ...dataset, train: 10_000 } }),
      densenetReport({ ...full, dataset: { ...dataset, name: 'cifar-100' } }),
      densenetReport({ ...full, model: { ...model, name: 'densenet' } }),
      densenetReport({ ...full, channels: { ...channels!, total: 9_048 } }),
      preresnetReport(20, full),
      lenetReport(full),
    ])
      expect(published(less)).toEqual([]);
  });

  test('of many layers of weights tells them by type', () => {
    const text = reportText(densenetReport({ channels: null, method: 'wls' }), folder, plain);
    expect(text).toMatch(/^conv +39 +1,036,008 .*$/m);
    expect(text).toMatch(/^dense +1 +4,560 .*$/m);
    expect(text).toContain('Each layer: layers.csv in the run folder.');
  });

  test('of another network has no published columns', () => {
    const { layers } = lenetReport();
    const text = reportText(
      lenetReport({
        model: { name: 'mlp', description: '784-200-100-10' },
        layers: layers.map((l) => (l.name === 'fc1' ? { ...l, shape: [784, 200] } : l)),
      }),
      folder,
      plain,
    );
    expect(text).not.toMatch(/Han|DSC|WLS/);
  });

  test('is at most 100 columns wide, in large networks too', () => {
    const { stages, layers } = lenetReport();
    const big = lenetReport({
      criterion: '0.2·F (online, log1p_max over each layer) + 0.8·|w| (log1p_max over all layers)',
      stages: stages.map((s) => ({
        ...s,
        params: 138_357_544,
        nonZeros: 138_357_544,
        macs: 15_470_264_320,
        bytes: 553_430_176,
        bytesGzip: 512_345_678,
        latencyMs: { ...s.latencyMs, median: 12_345.6, iqr: 1234 },
      })),
      layers: layers.map((l) => ({ ...l, total: 102_760_448, kept: 51_380_224 })),
      floors: Array.from({ length: 3 }, (_, i) => ({
        layer: `a.rather.long.layer.name.${i}`,
        kind: 'layer' as const,
        floor: 1000,
        held: 123_456,
      })),
      removed: {
        neurons: Array.from({ length: 20 }, (_, i) => ({ layer: `fc${i + 1}`, before: 4096, after: 1234, folded: 56 })),
        unusedInputs: 1000,
      },
    });
    for (const line of reportText(big, folder, plain).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test('bold and dim change nothing but the escapes', () => {
    const coloured = reportText(lenetReport(), folder, picocolors.createColors(true));
    expect(coloured).toContain('\u001B[');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001B\[\d+m/g, '')).toBe(reportText(lenetReport(), folder, plain));
  });
});

describe('heatmap', () => {
  test('of an image of more pixels than a call may have arguments', () => {
    const counts = Array.from({ length: 512 * 512 }, (_, i) => i % 10);
    expect(heatmap({ width: 512, height: 512, counts })).toHaveLength(514);
  });

  const map = (counts: number[], width: number) => heatmap({ width, height: counts.length / width, counts });

  test('a linear ramp, two characters a pixel, in a frame', () => {
    expect(map([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5)).toEqual(['+----------+', '|  ..::--==|', '|++**##%%@@|', '+----------+']);
    expect(RAMP.length).toBe(10);
  });

  test('one connection among many is drawn; none at all is blank', () => {
    expect(map([0, 1, 1000], 3)[1]).toBe('|  ..@@|');
    expect(map([0, 0], 2)[1]).toBe('|    |');
  });

  test('a largest count of its own: two of three channels are not the most', () => {
    expect(heatmap({ width: 4, height: 1, counts: [0, 1, 2, 3] }, 3)[1]).toBe('|  --**@@|');
  });

  test('a wide image gets one character a pixel', () => {
    expect(map(Array<number>(64).fill(1), 64)[1]).toBe(`|${'@'.repeat(64)}|`);
  });
});
