/** Whole runs by structured lasso, on small networks and drawn digits: from training to the compact model, the report and its coefficients. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { withoutTimes } from '../../src/shared/report';
import { newRun, readMask, run, stage, type RunResult } from './helpers';

beforeAll(() => void loadRuntime(1));

const SMALL = {
  data: { name: 'digits', train: 160, validation: 60, test: 100 },
  model: { name: 'resnet', depth: 8 },
  train: { epochs: 1, batch: 32, learningRate: 0.05 },
  measure: { dense: 'first-cut', latency: { batch: 16, repeats: 3 } },
  engine: { threads: 1 },
  seed: 2,
};
const calibration = { samples: 40 };
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

function coefficients(runDir: string, { file, rows, cols }: { file: string; rows: number; cols: number }): Float32Array[] {
  const bytes = readFileSync(path.join(runDir, file));
  expect(bytes.length).toBe(4 * rows * cols);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return Array.from({ length: rows }, (_, k) => all.subarray(k * cols, (k + 1) * cols));
}

/** The report agrees with itself, with the masks and with the coefficients that lie beside it. */
function expectWhole({ report, runDir }: RunResult, of: 'macs' | 'params', keep: number): void {
  const lasso = report.lasso!;
  const target = Math.floor(keep * stage(report, 'dense')[of]);
  expect(lasso.budget).toMatchObject({ of, target, reached: stage(report, 'compact')[of] });
  expect(lasso.budget.reached).toBeLessThanOrEqual(target);
  expect(lasso.budget.reached).toBeGreaterThan(0.97 * target);
  expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
  expect(lasso.rho).toBeLessThan(1);
  expect(sum(lasso.calibration.perClass)).toBe(calibration.samples);
  expect(lasso.layers.map(({ layer, channels, kept }) => ({ layer, total: channels, kept }))).toEqual(
    report.channels!.layers.map(({ layer, total, kept }) => ({ layer, total, kept })),
  );
  for (const layer of lasso.layers) {
    expect(layer.residual, layer.layer).toBeLessThan(1e-2);
    const mask = readMask(runDir, layer.layer);
    expect(sum(mask)).toBe(layer.kept);
    const norms = coefficients(runDir, layer.coefficients).map((row) => Math.hypot(...row));
    // What stays has larger coefficients than what goes.
    const [stays, goes] = [1, 0].map((m) => norms.filter((_, k) => mask[k] === m));
    expect(Math.min(...stays!)).toBeGreaterThanOrEqual(Math.max(0, ...goes!));
  }
  expect(lasso.layers.some(({ iterations }) => iterations > 0)).toBe(true);
}

describe('structured lasso', () => {
  it.each([
    ['sglp-ib', { threshold: 0.1 }, 10],
    ['stlp-ib', {}, 10],
    ['stlp-ib', { response: 'feature', l1: 0.5 }, 10],
    ['sglp-ib', { response: 'label', signed: true }, 10],
    ['apib', {}, 1],
    ['hsic-lasso', {}, 1],
  ] as const)('%s %o cuts to a budget, and what is left is trained on', async (method, options, responses) => {
    const result = await run({
      ...SMALL,
      prune: { method, ...options, keep: 0.5, calibration },
      fineTune: { epochs: 1, learningRate: 0.01 },
    });
    expectWhole(result, 'macs', 0.5);
    const { lasso, channels, history } = result.report;
    expect(lasso!.layers.every(({ coefficients: { cols } }) => cols === responses)).toBe(true);
    expect(lasso!.edges.length > 0).toBe(method === 'sglp-ib');
    expect(lasso!.tree).toHaveLength(method === 'stlp-ib' ? 9 : 0);
    expect(lasso!.classes).toHaveLength(10);
    expect(lasso!.correlation.every((row, a) => row.length === 10 && Math.abs(row[a]! - 1) < 1e-9)).toBe(true);
    // Of each residual block only what is inside it: the stem's and the blocks' outputs are summed.
    expect(channels!.layers.map(({ layer, total }) => [layer, total])).toEqual(
      [16, 32, 64].map((width, i) => [`stage${i + 1}_block1_bn1`, width]),
    );
    expect(history.map((row) => row.kept)).toEqual([channels!.kept, channels!.kept]);
    expect(result.events.some((e) => e.type === 'stage' && e.name === 'prune' && /structured lasso.*residual/.test(e.detail))).toBe(true);
  });

  it('cuts each batch norm of a dense network, to a budget of parameters, and channels of a plain one to the exact count', async () => {
    const dense = await run({
      ...SMALL,
      model: { name: 'densenet', depth: 10, growth: 4 },
      prune: { method: 'stlp-ib', keep: 0.4, budget: 'params', calibration },
    });
    expectWhole(dense, 'params', 0.4);
    expect(dense.report.channels!.layers).toHaveLength(9);
    const { report } = await run({
      ...SMALL,
      model: { name: 'lenet-5' },
      prune: { method: 'hsic-lasso', keep: 0.3, budget: 'channels', calibration },
    });
    expect(report.channels!.kept).toBe(Math.round(0.3 * report.channels!.total));
    expect(report.lasso!.budget).toMatchObject({ of: 'channels', target: report.channels!.kept, reached: report.channels!.kept });
  });

  it('keeps in each layer what the floors hold, and says so', async () => {
    const prune = { method: 'hsic-lasso', calibration, floors: { layer: 12 }, layers: ['stage*'] };
    const { report } = await run({ ...SMALL, prune: { ...prune, keep: 0.48 } });
    expect(report.channels!.layers.every(({ kept }) => kept >= 12)).toBe(true);
    expect(report.floors.length).toBeGreaterThan(0);
    expect(report.floors.every(({ kind, floor, held }) => kind === 'layer' && floor === 12 && held > 0)).toBe(true);
    await expect(run({ ...SMALL, prune: { ...prune, keep: 0.45 } })).rejects.toMatchObject({ code: 'prune/budget-out-of-reach' });
  });

  it('annealed, shrinks the network as it goes, with the masks of masking alone', async () => {
    const file = (shrink: boolean) => ({
      ...SMALL,
      // Where a network learns, the rounding of a few channels more or less grows until another channel is the better one.
      train: { ...SMALL.train, epochs: 3, learningRate: 1e-6 },
      prune: { method: 'stlp-ib', keep: 0.5, calibration, schedule: { name: 'linear', end: 0.7 }, shrink },
    });
    const [shrunk, masked] = [await run(file(true)), await run(file(false))];
    for (const result of [shrunk, masked]) expectAnnealed(result);
    const masks = ({ runDir, report }: RunResult) => report.channels!.layers.map(({ layer }) => [...readMask(runDir, layer)]);
    expect(masks(shrunk)).toEqual(masks(masked));
    expect(shrunk.report.shrinking!.rebuilds).toBeGreaterThan(1);
  });

  function expectAnnealed({ report }: RunResult): void {
    expect(report.lasso!.budget.reached).toBeLessThanOrEqual(report.lasso!.budget.target);
    expect(report.lasso!.budget.reached).toBe(stage(report, 'compact').macs);
    expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
  }

  it('gives the same report again, and interrupted while it fine-tunes ends as it would have', async () => {
    const file = {
      ...SMALL,
      prune: { method: 'sglp-ib', keep: 0.4, calibration },
      fineTune: { epochs: 2, learningRate: 0.01 },
    };
    const whole = await run(file);
    const runDir = await newRun(file);
    await expect(run(file, { in: runDir, abortAfter: 2 })).rejects.toThrow('cancelled by the test');
    const resumed = await run(file, { in: runDir, resume: true });
    expect(withoutTimes(resumed.report)).toEqual(withoutTimes(whole.report));
    const all = ({ runDir, report }: RunResult) => report.lasso!.layers.map((layer) => coefficients(runDir, layer.coefficients));
    expect(all(resumed)).toEqual(all(whole));
  });
});
