/** Whole runs that select inputs: from zeroed weights to a network that reads less, on every kind of first layer. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/engine/data/load';
import { decodeImage } from '../../src/engine/kernels/images';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { KeptInputs } from '../../src/engine/nn/keptInputs';
import { readLayersModel } from '../../src/engine/nn/saved';
import { stream } from '../../src/engine/random';
import { RUN_FILES } from '../../src/shared/ids';
import { withoutTimes } from '../../src/shared/report';
import { experimentOf, newRun, readMask, run, SMALL, temporaryFolder, stage, type RunResult } from './helpers';

beforeAll(() => void loadRuntime(1));

const induced = { method: 'induced', keep: 0.25, hidden: 0.5, schedule: { name: 'one-cycle', end: 0.75 } };
const MLP = { ...SMALL, prune: induced, measure: { ...SMALL.measure, dense: 'none' } };
const IMAGES = {
  data: { name: 'digits', train: 320, validation: 100, test: 200 },
  model: { name: 'lenet-5' },
  train: { epochs: 2, batch: 32, learningRate: 0.02 },
  measure: { dense: 'none', latency: { batch: 16, repeats: 3 } },
  engine: { threads: 1 },
  seed: 2,
};

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
const indexOf = (runDir: string) => KeptInputs.parse(JSON.parse(readFileSync(path.join(runDir, RUN_FILES.inputIndex), 'utf8')));
const modelOf = (runDir: string, file: string) => readLayersModel(path.join(runDir, file));

/** Mask, index, metadata and report say the same; the compact network reads just that. */
async function expectConsistent({ report, runDir }: RunResult): Promise<void> {
  const inputs = report.inputs!;
  const mask = readFileSync(path.join(runDir, inputs.mask.file));
  const index = indexOf(runDir);
  expect(mask.length).toBe(inputs.total);
  expect([...index.kept]).toEqual([...mask].flatMap((m, at) => (m === 1 ? [at] : [])));
  expect(index.kept.length).toBe(inputs.kept);
  expect(index.shape).toEqual(inputs.shape);
  if (inputs.map) expect(sum(inputs.map.counts)).toBe(inputs.kept);
  const compact = await modelOf(runDir, RUN_FILES.compactModel);
  expect(compact.inputs).toEqual(index);
  expect(compact.graph.nodes[0]).toMatchObject({ op: 'input', features: inputs.kept });
  expect(report.removed.unusedInputs).toBe(inputs.total - inputs.kept);
  expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
  expect(stage(report, 'compact').errorCount).toBe(stage(report, 'masked').errorCount);
}

describe('an MLP', () => {
  let result: RunResult;
  beforeAll(async () => {
    result = await run({ ...MLP, fineTune: { epochs: 2, learningRate: 0.01 } });
  });

  it('keeps exactly the asked inputs and neurons, and trains on with these alone', async () => {
    const { report, runDir } = result;
    await expectConsistent(result);
    expect(report.inputs).toMatchObject({ shape: [28, 28, 1], total: 784, kept: 196, crop: null, limits: [] });
    expect(report.layers.map((l) => l.compactShape)).toEqual([
      [196, 12],
      [12, 6],
      [6, 10],
    ]);
    expect(report.history.filter((row) => row.phase === 'train').map((row) => row.kept)).toEqual(
      report.history.filter((row) => row.phase === 'train').map((row) => Math.round(row.keep * 784)),
    );
    expect(report.history.filter((row) => row.phase === 'fine-tune').map((row) => row.kept)).toEqual([196, 196]);
    expect(stage(report, 'fine-tuned').params).toBe(196 * 12 + 12 + 12 * 6 + 6 + 6 * 10 + 10);
    expect(stage(report, 'fine-tuned').error).toBeLessThan(0.6);
    expect(report.inputs!.weightsOnly).toEqual({ params: 784 * 12 + 12 + 12 * 6 + 6 + 6 * 10 + 10, macs: 784 * 12 + 72 + 60 });
    // The zeros are whole rows of inputs and whole columns of neurons.
    const mask = readMask(runDir, 'fc1');
    expect(sum(mask)).toBe(196 * 12);
    expect(report.heatmap!.counts.filter((n) => n > 0)).toHaveLength(196);
    expect(report.heatmap!.counts.every((n) => n === 0 || n === 12)).toBe(true);
    expect(report.kept).toEqual({ weights: 196 * 12 + 72 + 60, total: 784 * 24 + 24 * 12 + 120 });
  });

  it('measures the test error only where both cuts are over', () => {
    const rows = result.report.history.filter((row) => row.phase === 'train');
    expect(rows.map((row) => row.testError !== null)).toEqual([false, false, true, true]);
  });

  it('shows the mean digit of each class', async () => {
    const { train } = await loadDataset(experimentOf(MLP).data, {
      experimentDir: null,
      signal: new AbortController().signal,
      decode: decodeImage,
    });
    const of = Array.from({ length: train.count }, (_, row) => row).filter((row) => train.labels[row] === 3);
    const mean = Array.from({ length: 784 }, (_, at) => Math.round(sum(of.map((row) => train.pixels[row * 784 + at]!)) / of.length));
    const { classMeans } = result.report.inputs!;
    expect(classMeans.map(({ name }) => name)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(classMeans[3]!.pixels).toEqual(mean);
  });
});

/** Logits of saved models for one sample each, by TensorFlow.js alone. */
function plainLogits(jobs: { model: string; shape: readonly number[]; data: number[] }[]): number[][] {
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'plainLogits.cjs')], {
    input: JSON.stringify(jobs),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as number[][];
}

/** The masked model on a whole sample, the compact one on what it reads of it, and the one that reads whole samples again. */
async function expectSameLogits({ runDir }: RunResult): Promise<void> {
  const { shape, kept } = indexOf(runDir);
  const rng = stream(7, 'sample');
  const whole = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  const part = Array.from(kept, (at) => whole[at]!);
  const job = async (file: string, data: number[]) => {
    const input = (await modelOf(runDir, file)).graph.nodes[0]!;
    if (input.op !== 'input') throw new Error('a graph begins with its input');
    return { model: path.join(runDir, file), shape: input.image ?? [input.features], data };
  };
  const [masked, compact, again] = plainLogits([
    await job(RUN_FILES.maskedModel, whole),
    await job(RUN_FILES.compactModel, part),
    await job(RUN_FILES.wholeInputModel, whole),
  ]) as [number[], number[], number[]];
  expect(masked).toHaveLength(10);
  for (const other of [compact, again]) masked.forEach((logit, i) => expect(Math.abs(logit - other[i]!)).toBeLessThan(1e-4));
}

describe('images', () => {
  it('a LeNet-5 gives up borders of its kernel, and the image its outer rows and columns', async () => {
    const result = await run({ ...IMAGES, prune: { method: 'induced', keep: 1, hidden: 0.5, borders: 2, schedule: { name: 'one-shot' } } });
    await expectConsistent(result);
    await expectSameLogits(result);
    const { report } = result;
    const { crop, kept, limits } = report.inputs!;
    expect([crop!.top + crop!.bottom, crop!.left + crop!.right]).toEqual([2, 2]);
    expect(kept).toBe(26 * 26);
    expect(limits).toEqual([]);
    expect(report.layers[0]).toMatchObject({ shape: [5, 5, 1, 20], compactShape: [3, 3, 1, 10] });
    expect(report.layers[1]!.compactShape).toEqual([5, 5, 10, 25]);
  });

  it('padding with zeros holds the rows of the image, and the report says so', async () => {
    const { report } = await run({
      ...IMAGES,
      data: { name: 'digits', train: 32, validation: 16, test: 16 },
      train: { ...IMAGES.train, epochs: 1 },
      model: { name: 'resnet', depth: 8 },
      prune: { method: 'induced', keep: 1, borders: 1, schedule: { name: 'one-shot' } },
    });
    expect(report.inputs).toMatchObject({ kept: 784, crop: null });
    expect(report.inputs!.limits).toEqual([
      'The kernel of stem_conv gave up 1 row and 1 column, but the image can lose none: with its "same" padding the rest of the kernel still reads all others.',
    ]);
  });

  it.each([
    ['a residual network', { name: 'resnet', depth: 8 }, {}],
    ['a pre-activation network', { name: 'preresnet', depth: 11 }, { restart: 'reinitialise' }],
  ])('%s loses a channel of the image', async (_, model, more) => {
    const result = await run({
      ...IMAGES,
      data: colours(),
      train: { ...IMAGES.train, epochs: 1 },
      model,
      prune: { method: 'induced', keep: 0.67, hidden: 0.75, schedule: { name: 'one-shot' }, ...more },
      fineTune: { epochs: 1, learningRate: 0.01 },
    });
    await expectConsistent(result);
    const { report, runDir } = result;
    expect(report.inputs).toMatchObject({ shape: [12, 10, 3], kept: 240, crop: null });
    expect(report.inputs!.map!.counts.every((n) => n === 2)).toBe(true);
    expect(indexOf(runDir).channels).toHaveLength(2);
    expect(report.stages.at(-1)!.note).toBe(
      'restart' in more ? 'the compact network, trained from new weights' : 'the compact network after fine-tuning',
    );
    for (const [name, values] of (await modelOf(runDir, RUN_FILES.inferenceModel)).values)
      expect(values.weights.length, name).toBeGreaterThan(0);
  });

  it('asked for fewer numbers than its channels can give, the report says why', async () => {
    const { report } = await run({
      ...IMAGES,
      data: colours(),
      train: { ...IMAGES.train, epochs: 1 },
      model: { name: 'resnet', depth: 8 },
      prune: { method: 'induced', keep: 0.1, schedule: { name: 'one-shot' } },
    });
    expect(report.inputs!.kept).toBe(120);
    expect(report.inputs!.limits).toEqual([expect.stringMatching(/stem_conv reads every position.*one stays/)]);
  });
});

/** Two colour images of classes that the first channel alone tells apart. */
function colours() {
  const shape = [12, 10, 3];
  const classes = 10;
  const rng = stream(1, 'colours');
  const count = 8 * classes;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  const pixels = Uint8Array.from({ length: count * 360 }, (_, at) => (at % 3 === 0 ? 25 * (Math.floor(at / 360) % classes) : rng.int(256)));
  return npy('|u1', shape, Buffer.from(pixels), labels, 2 * classes);
}

/** Samples as NumPy files, the same for training and test. */
function npy(descr: string, shape: readonly number[], values: Buffer, labels: Uint8Array, validation: number) {
  const folder = temporaryFolder();
  const file = (name: string, type: string, dims: readonly number[], data: Buffer) => {
    const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dims.join(', ')},), }`.padEnd(117) + '\n';
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header.length);
    const at = path.join(folder, name);
    writeFileSync(at, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header, 'latin1'), data]));
    return at;
  };
  const images = file('x.npy', descr, [labels.length, ...shape], values);
  const classes = file('y.npy', '|u1', [labels.length], Buffer.from(labels));
  return { name: 'npy', images, labels: classes, testImages: images, testLabels: classes, validation };
}

describe('useless features', () => {
  const FEATURES = 24;
  const USEFUL = [3, 8, 9, 15, 22];
  /** Five features that tell three classes apart, among noise of the same size. */
  function data() {
    const rng = stream(5, 'features');
    const centres = [0, 1, 2].map(() => USEFUL.map(() => 2 * rng.normal()));
    const labels = Uint8Array.from({ length: 600 }, (_, i) => i % 3);
    const values = Float32Array.from({ length: 600 * FEATURES }, (_, at) => {
      const useful = USEFUL.indexOf(at % FEATURES);
      const noise = rng.normal();
      return useful < 0 ? 2 * noise : centres[labels[Math.floor(at / FEATURES)]!]![useful]! + noise;
    });
    return npy('<f4', [FEATURES], Buffer.from(values.buffer), labels, 90);
  }
  const file = (prune: object) => ({
    data: data(),
    model: { name: 'mlp', hidden: [16] },
    train: { epochs: 12, batch: 30, learningRate: 0.05, weightDecay: 0.005 },
    prune: { method: 'induced', keep: USEFUL.length / FEATURES, ...prune },
    measure: { dense: 'none', latency: { batch: 16, repeats: 3 } },
    engine: { threads: 1 },
    seed: 1,
  });

  it.each([
    ['by weights', {}],
    ['by their squares', { criterion: { name: 'weights', norm: 'l2' } }],
    ['by F', { criterion: { name: 'weights', lambda: 1 } }],
    ['by both', { criterion: { name: 'weights', lambda: 0.5 } }],
  ])('go, %s', async (_, prune) => {
    const { report, runDir } = await run(file(prune));
    expect([...indexOf(runDir).kept]).toEqual(USEFUL);
    expect(report.inputs).toMatchObject({ shape: [FEATURES], map: null, classMeans: [] });
    const lambda = (prune as { criterion?: { lambda?: number } }).criterion?.lambda ?? null;
    expect(report.lambda).toBe(lambda);
  });

  it('stay with the useful ones where chance chooses: others for another seed, the same for the same', async () => {
    const kept = async (seed: number) => [
      ...indexOf((await run({ ...file({ criterion: { name: 'random' } }), train: { ...file({}).train, epochs: 2 }, seed })).runDir).kept,
    ];
    const [a, b, c] = [await kept(1), await kept(1), await kept(2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect([a.length, c.length]).toEqual([5, 5]);
  });
});

describe('a run', () => {
  it('reads the same in plain TensorFlow.js, compact or behind the selection', async () => {
    await expectSameLogits(await run(MLP));
  });

  it('that was interrupted, in training or fine-tuning, ends as it would have', async () => {
    const files = { ...MLP, prune: { ...induced, restart: 'reinitialise' }, fineTune: { epochs: 2, learningRate: 0.01 } };
    const whole = withoutTimes((await run(files)).report);
    for (const abortAfter of [2, 3, 5]) {
      const runDir = await newRun(files);
      await expect(run(files, { in: runDir, abortAfter })).rejects.toThrow('cancelled by the test');
      expect(withoutTimes((await run(files, { in: runDir, resume: true })).report), `after ${abortAfter}`).toEqual(whole);
    }
  });

  it('that cuts weights only keeps all inputs, and has what the other calls weights only', async () => {
    const { report } = await run({ ...MLP, prune: { ...induced, keep: 1 } });
    expect(report.inputs!.kept).toBe(784);
    expect(report.inputs!.weightsOnly).toEqual({ params: stage(report, 'compact').params, macs: stage(report, 'compact').macs });
    expect(stage(report, 'compact').macs).toBe(784 * 12 + 12 * 6 + 60);
    // The dense row is that of the network before its first cut, not before its last.
    const dense = await run({ ...MLP, prune: { ...induced, keep: 1 }, measure: { ...MLP.measure, dense: 'first-cut' } });
    expect(stage(dense.report, 'dense')).toMatchObject({ epoch: 1, nonZeroWeights: 784 * 24 + 24 * 12 + 120 });
  });
});

describe('a compact model that reads less', () => {
  it('is a start for any method, and what comes of it still says what it reads', async () => {
    const first = await run(MLP);
    const model = { name: 'saved', path: path.join(first.runDir, RUN_FILES.compactModel) };
    const cut = await run({ ...MLP, model, prune: { method: 'wls', keep: 0.5, criterion: { lambda: 0.5 } } });
    expect(cut.report.inputs).toBeNull();
    expect(indexOf(cut.runDir)).toEqual(indexOf(first.runDir));
    await expectSameLogitsOfPart(cut, indexOf(first.runDir).kept);

    const again = await run({
      ...MLP,
      model,
      train: { ...MLP.train, epochs: 0 },
      prune: { ...induced, keep: 0.5, schedule: { name: 'one-shot' } },
    });
    await expectConsistentPart(again, first);
    expect(again.report.inputs).toMatchObject({ shape: [28, 28, 1], total: 784, kept: 98 });
    expect(again.report.history).toEqual([]);
  });

  it('of images likewise: crops add up', async () => {
    const borders = { method: 'induced', keep: 1, borders: 1, schedule: { name: 'one-shot' } };
    const first = await run({ ...IMAGES, train: { ...IMAGES.train, epochs: 1 }, prune: borders });
    const model = { name: 'saved', path: path.join(first.runDir, RUN_FILES.compactModel) };
    const second = await run({ ...IMAGES, model, train: { ...IMAGES.train, epochs: 0 }, prune: borders });
    const { crop, kept } = second.report.inputs!;
    expect([crop!.top + crop!.bottom, crop!.left + crop!.right, kept]).toEqual([2, 2, 26 * 26]);
    expect(indexOf(second.runDir).kept).toHaveLength(26 * 26);
    expect(stage(second.report, 'compact').errorCount).toBe(stage(second.report, 'masked').errorCount);
  });

  it('is traced alone where nothing is to be cut: a sparse network loses what it does not read', async () => {
    const sparse = await run({ ...MLP, prune: { method: 'magnitude', keep: 0.01 } });
    const model = { name: 'saved', path: path.join(sparse.runDir, RUN_FILES.maskedModel) };
    const traced = await run({
      ...MLP,
      model,
      train: { ...MLP.train, epochs: 0 },
      prune: { method: 'induced', keep: 1, schedule: { name: 'one-shot' } },
    });
    expect(traced.report.inputs!.kept).toBe(784 - sparse.report.removed.unusedInputs);
    expect(traced.report.inputs!.kept).toBeLessThan(784);
    await expectConsistent(traced);
  });

  it('does not fit other data', async () => {
    const first = await run({ ...MLP, train: { ...MLP.train, epochs: 1 } });
    const model = { name: 'saved', path: path.join(first.runDir, RUN_FILES.compactModel) };
    await expect(run({ ...MLP, model, data: colours() })).rejects.toMatchObject({
      code: 'model/input-mismatch',
      message: expect.stringContaining('28 × 28 × 1') as string,
    });
  });

  /** A later model reads the part that the first kept: on that the masked and the compact one agree, and from whole samples the third. */
  async function expectSameLogitsOfPart({ runDir }: RunResult, kept: Int32Array): Promise<void> {
    const rng = stream(8, 'sample');
    const whole = Array.from({ length: 784 }, () => rng.normal());
    const part = Array.from(kept, (at) => whole[at]!);
    const job = (file: string, data: number[]) => ({ model: path.join(runDir, file), shape: [data.length], data });
    const [masked, compact, again] = plainLogits([
      job(RUN_FILES.maskedModel, part),
      job(RUN_FILES.compactModel, part),
      job(RUN_FILES.wholeInputModel, whole),
    ]) as [number[], number[], number[]];
    for (const other of [compact, again]) masked.forEach((logit, i) => expect(Math.abs(logit - other[i]!)).toBeLessThan(1e-4));
    expect((await modelOf(runDir, RUN_FILES.maskedModel)).inputs!.kept).toEqual(kept);
  }

  async function expectConsistentPart({ report, runDir }: RunResult, first: RunResult): Promise<void> {
    const [now, before] = [indexOf(runDir), indexOf(first.runDir)];
    expect([...now.kept].every((at) => before.kept.includes(at))).toBe(true);
    expect(now.kept).toHaveLength(report.inputs!.kept);
    expect((await modelOf(runDir, RUN_FILES.compactModel)).inputs).toEqual(now);
    expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
  }
});
