import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/engine/data/load';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { passesText } from '../../src/shared/latency';
import { wilson95 } from '../../src/engine/measure/wilson';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { withoutTimes } from '../../src/shared/report';
import { RUN_FILES } from '../../src/shared/ids';
import { readRun } from '../../src/store/read';
import { experimentOf, newRun, readMask, run, SMALL, type RunResult } from './helpers';

beforeAll(() => void loadRuntime(1));

const total = 784 * 24 + 24 * 12 + 12 * 10;
const withPrune = (prune: object, rest: object = {}) => ({ ...SMALL, ...rest, prune });
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

/** Weights of the saved layers model, by name such as `fc1/kernel`. */
function savedWeights(runDir: string, which: 'masked' | 'compact'): Map<string, Float32Array> {
  const folder = path.join(runDir, 'model', which);
  const model = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8')) as {
    weightsManifest: { weights: { name: string; shape: number[] }[] }[];
  };
  const bytes = readFileSync(path.join(folder, 'weights.bin'));
  let at = bytes.byteOffset;
  return new Map(
    model.weightsManifest[0]!.weights.map(({ name, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(bytes.buffer.slice(at, at + 4 * length));
      at += 4 * length;
      return [name, values];
    }),
  );
}

describe('a whole run', () => {
  let result: RunResult;
  beforeAll(async () => {
    result = await run({ ...SMALL, fineTune: { epochs: 2, learningRate: 0.01 }, measure: { ...SMALL.measure, dense: 'twin' } });
  });

  it('keeps exactly the asked number of weights', () => {
    const { report, runDir } = result;
    expect(report.kept).toEqual({ weights: Math.round(0.1 * total), total });
    expect(sum(report.layers.map((l) => l.kept))).toBe(Math.round(0.1 * total));
    for (const layer of report.layers) expect(sum(readMask(runDir, layer.name))).toBe(layer.kept);
    expect(report.stages.find((s) => s.name === 'masked')!.nonZeroWeights).toBeLessThanOrEqual(Math.round(0.1 * total));
  });

  it('times networks of the same layers once', () => {
    // No neuron died here, so it is one network all along.
    const { stages, layers } = result.report;
    expect(layers.map(({ compactShape }) => compactShape)).toEqual(layers.map(({ shape }) => shape));
    const [dense, ...others] = stages.map(({ latencyMs }) => latencyMs);
    for (const other of others) expect(other).toEqual(dense);
    expect(passesText(result.report)).toContain('all rows have the same layers');
  });

  it('and a smaller one apart from the whole', async () => {
    const { report } = await run({ ...SMALL, prune: { method: 'magnitude', keep: 0.01 }, fineTune: { epochs: 1, learningRate: 0.01 } });
    const [dense, masked, compact, fineTuned] = report.stages.map(({ latencyMs }) => latencyMs);
    expect(report.stages[2]!.params).toBeLessThan(report.stages[1]!.params);
    expect(masked).toEqual(dense);
    expect(fineTuned).toEqual(compact);
    expect(compact).not.toEqual(masked);
    for (const { median, iqr, repeats, batch } of [masked!, compact!]) {
      expect(median).toBeGreaterThan(0);
      expect(iqr).toBeGreaterThanOrEqual(0);
      expect([repeats, batch]).toEqual([SMALL.measure.latency.repeats, SMALL.measure.latency.batch]);
    }
    expect(passesText(report)).toContain('took turns');
  });

  it("has every stage, and each stage's numbers agree with each other", () => {
    const { stages } = result.report;
    expect(stages.map((s) => s.name)).toEqual(['dense', 'masked', 'compact', 'fine-tuned']);
    for (const stage of stages) {
      expect(stage.samples).toBe(400);
      expect(stage.error).toBe(stage.errorCount / 400);
      expect(stage.wilson95).toEqual(wilson95(stage.errorCount, 400));
      expect(stage.bytes).toBe(4 * stage.params);
    }
    const [dense, masked, compact, tuned] = stages;
    expect(dense!.params).toBe(total + 24 + 12 + 10);
    expect(dense!.macs).toBe(total);
    expect(masked!.bytesGzip).toBeLessThan(dense!.bytesGzip / 4);
    expect(compact!.errorCount).toBe(masked!.errorCount);
    expect(tuned!.params).toBe(compact!.params);
    expect(dense!.error).toBeLessThan(0.5);
  });

  it('agrees with itself: parity, heatmap, histogram', () => {
    const { report, runDir } = result;
    expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
    expect(sum(report.heatmap!.counts)).toBe(report.layers[0]!.kept);
    expect(report.heatmap!.mask).toEqual({ file: 'masks/fc1.u8', rows: 784, cols: 24 });
    const weights = savedWeights(runDir, 'compact');
    for (const layer of report.weightHistogram.layers) {
      expect(sum(layer.counts)).toBe(weights.get(`${layer.name}/kernel`)!.filter((w) => w !== 0).length);
    }
  });

  it('leaves pruned weights exactly zero, after fine-tuning too', () => {
    const masked = savedWeights(result.runDir, 'masked');
    for (const { name } of result.report.layers) {
      const mask = readMask(result.runDir, name);
      masked.get(`${name}/kernel`)!.forEach((w, i) => !mask[i] && expect(w).toBe(0));
    }
    const tuned = result.report.stages.find((s) => s.name === 'fine-tuned')!;
    const compact = result.report.stages.find((s) => s.name === 'compact')!;
    expect(tuned.nonZeroWeights).toBe(compact.nonZeroWeights);
  });

  it('holds the number of tensors from epoch to epoch', () => {
    for (const phase of ['twin', 'train', 'fine-tune']) {
      const counts = result.report.history.filter((row) => row.phase === phase).map((row) => row.tensors);
      // one more for each layer's mask once it is pruned; none after that
      expect(new Set(counts.slice(1)).size).toBe(1);
    }
  });

  it('writes a layers model that plain TensorFlow.js opens and that makes exactly the reported errors', async () => {
    const { test, normalise } = await loadDataset(experimentOf(SMALL).data, { experimentDir: null });
    const input = JSON.stringify({
      model: path.join(result.runDir, RUN_FILES.compactModel),
      normalise,
      labels: [...test.labels],
      pixels: Buffer.from(test.pixels).toString('base64'),
    });
    const errors = Number(execFileSync(process.execPath, [path.join(__dirname, 'plainTfjs.cjs')], { input, encoding: 'utf8' }).trim());
    expect(errors).toBe(result.report.stages.at(-1)!.errorCount);
  });

  it('reports a history whose test errors begin at the final sparsity', () => {
    const train = result.report.history.filter((row) => row.phase === 'train');
    for (const row of train) expect(row.testError === null).toBe(row.kept !== result.report.kept.weights);
    expect(train.map((row) => row.kept)).toEqual([...train.map((row) => row.kept)].sort((a, b) => b - a));
  });

  it('sends batches at most ten times a second and every epoch once', () => {
    const epochs = result.events.filter((e) => e.type === 'epoch');
    expect(epochs.length).toBe(result.report.history.length);
    expect(epochs.length).toBe(4 + 4 + 2);
  });
});

describe('reproducibility', () => {
  it('gives equal reports for the same seed and different ones for another', async () => {
    const [a, b, other] = [await run(SMALL), await run(SMALL), await run({ ...SMALL, seed: 4 })];
    expect(withoutTimes(a.report)).toEqual(withoutTimes(b.report));
    expect(other.report.layers).not.toEqual(a.report.layers);
    expect(readMask(other.runDir, 'fc1')).not.toEqual(readMask(a.runDir, 'fc1'));
  });

  it.each([1, 3, 5, 7, 9])('a run cancelled after epoch %i and resumed ends as an uninterrupted one', async (abortAfter) => {
    const file = {
      ...SMALL,
      prune: { ...SMALL.prune, criterion: { lambda: 0.3, decay: 0.5 } },
      fineTune: { epochs: 2, learningRate: 0.01 },
      measure: { ...SMALL.measure, dense: 'twin', select: 'best-validation' },
    };
    const whole = await run(file);
    const runDir = await newRun(file);
    await expect(run(file, { in: runDir, abortAfter })).rejects.toThrow('cancelled by the test');
    expect(existsSync(path.join(runDir, RUN_FILES.report))).toBe(false);
    const resumed = await run(file, { in: runDir, resume: true });
    expect(withoutTimes(resumed.report)).toEqual(withoutTimes(whole.report));
    expect(readdirSync(runDir).filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});

describe('methods', () => {
  it('wls with lambda 0 cuts exactly as global magnitude does', async () => {
    const a = await run(withPrune({ ...SMALL.prune, criterion: { lambda: 0 } }));
    const b = await run(withPrune({ method: 'magnitude', keep: 0.1, schedule: SMALL.prune.schedule }));
    for (const layer of ['fc1', 'fc2', 'fc3']) expect(readMask(a.runDir, layer)).toEqual(readMask(b.runDir, layer));
    expect(a.report.stages.map((s) => s.errorCount)).toEqual(b.report.stages.map((s) => s.errorCount));
  });

  it.each([
    ['wls, online', { method: 'wls', keep: 0.05, criterion: { lambda: 0.5, feature: 'online', every: 4 } }],
    ['wls, gated', { method: 'wls', keep: 0.05, criterion: { lambda: 0.5, feature: 'gated', every: 4 } }],
    ['wls, one-shot', { method: 'wls', keep: 0.05, schedule: { name: 'one-shot' } }],
    ['magnitude by layer', { method: 'magnitude', keep: 0.05, scope: 'layer', floors: { output: 0 } }],
    ['random', { method: 'random', keep: 0.05 }],
    ['dsc', { method: 'dsc', keep: 0.05 }],
  ])('%s reaches its target exactly', async (_name, prune) => {
    const { report } = await run(withPrune(prune));
    expect(report.kept.weights).toBe(Math.round(0.05 * total));
    if ('scope' in prune && prune.scope === 'layer') {
      for (const layer of report.layers) expect(Math.abs(layer.kept - 0.05 * layer.total)).toBeLessThanOrEqual(1);
    }
    if ('criterion' in prune && prune.criterion.every) expect(report.screening!.sampling!.maskChangedFraction).toBeLessThan(1);
    expect(report.stages.at(-1)!.error).toBeLessThan(0.95);
  });

  it('han keeps its fraction of every layer after the last round', async () => {
    const { report } = await run(
      withPrune({ method: 'han', keep: 0.3, layerKeep: { fc1: 0.08 }, rounds: 3, retrain: { epochs: 2, learningRate: 0.02 } }),
    );
    expect(report.layers.map((l) => l.kept)).toEqual([Math.round(0.08 * 784 * 24), Math.round(0.3 * 24 * 12), Math.round(0.3 * 120)]);
    // Training and rounds; no twin, for the network is trained out before its first cut.
    expect(report.history.length).toBe(4 + 3 * 2);
    expect(report.stages[0]).toMatchObject({ name: 'dense', epoch: 4, note: expect.stringContaining('before its first cut') });
  });

  it('one-shot trains no twin: its dense row is the network before the cut, trained out', async () => {
    const { report } = await run(withPrune({ method: 'magnitude', keep: 0.1, schedule: { name: 'one-shot' } }));
    expect(report.history.map(({ phase, epoch }) => [phase, epoch])).toEqual([1, 2, 3, 4].map((epoch) => ['train', epoch]));
    expect(report.stages[0]).toMatchObject({ name: 'dense', epoch: 4, nonZeroWeights: total });
  });

  it('prunes only the layers that a pattern names', async () => {
    const { report } = await run(withPrune({ method: 'magnitude', keep: 0.1, layers: ['fc1'] }));
    expect(report.kept).toEqual({ weights: Math.round(0.1 * 784 * 24), total: 784 * 24 });
    expect(report.layers.slice(1).every((l) => l.kept === l.total)).toBe(true);
  });

  it('a baseline has one stage and keeps everything', async () => {
    const { report } = await run(withPrune({ method: 'none' }));
    expect(report.stages.map((s) => s.name)).toEqual(['dense']);
    expect(report.kept.weights).toBe(total);
    expect(report.parity).toBeNull();
  });

  it('stops with a name when training diverges', async () => {
    await expect(run({ ...SMALL, train: { ...SMALL.train, learningRate: 10, momentum: 0.99 } })).rejects.toMatchObject({
      code: 'engine/diverged',
    });
  });

  it('that diverges after good epochs, says in which, and keeps the checkpoint of the one before', async () => {
    const file = { ...SMALL, measure: { ...SMALL.measure, dense: 'first-cut' }, fineTune: { epochs: 9, learningRate: 10, momentum: 0.99 } };
    const runDir = await newRun(file);
    const error: unknown = await run(file, { in: runDir }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'engine/diverged', message: expect.stringMatching(/fine-tune epoch \d, batch/) });
    const diverged = Number(/epoch (\d)/.exec(String(error))![1]);
    const last = diverged > 1 ? { phase: 'fine-tune', epoch: diverged - 1 } : { phase: 'train', epoch: SMALL.train.epochs };
    const record = await readRun(runDir);
    const { facts, values } = await readCheckpoint(path.join(runDir, RUN_FILES.checkpoint), record.configHash);
    expect(facts).toMatchObject(last);
    for (const layer of values.values()) expect(layer.weights.every(Number.isFinite)).toBe(true);
    // It goes on from there, and meets the same.
    await expect(run(file, { in: runDir, resume: true })).rejects.toMatchObject({ code: 'engine/diverged' });
  });
});
