import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { heatmap, RAMP } from '../../../src/terminal/heatmap';
import type { Report } from '../../../src/shared/report';
import { reportText } from '../../../src/terminal/tables';
import { densenetReport, preresnetReport } from '../../fixtures/channelReports';
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
  const map = (counts: number[], width: number) =>
    heatmap({ width, height: counts.length / width, counts, mask: { file: '', rows: 0, cols: 0 } });

  test('a linear ramp, two characters a pixel, in a frame', () => {
    expect(map([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5)).toEqual(['+----------+', '|  ..::--==|', '|++**##%%@@|', '+----------+']);
    expect(RAMP.length).toBe(10);
  });

  test('one connection among many is drawn; none at all is blank', () => {
    expect(map([0, 1, 1000], 3)[1]).toBe('|  ..@@|');
    expect(map([0, 0], 2)[1]).toBe('|    |');
  });

  test('a wide image gets one character a pixel', () => {
    expect(map(Array<number>(64).fill(1), 64)[1]).toBe(`|${'@'.repeat(64)}|`);
  });
});
