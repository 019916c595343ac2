import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaussianKernels } from '../../src/engine/kernels/gaussian';
import { holding, type Hold } from '../../src/engine/kernels/holding';
import {
  centred,
  classKernels,
  lassoProblem,
  sameClassKernel,
  tileSide,
  touchingKernels,
  type Kernels,
} from '../../src/engine/kernels/kernelMatrices';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import type { LassoProblem } from '../../src/engine/lasso/problem';
import { channelSites, type Graph, type InputNode } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { calibrate, calibrationRows, type LassoResponse } from '../../src/engine/train/calibration';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples, type Samples } from '../../src/engine/train/samples';

const RESPONSES: LassoResponse[] = ['logit', 'label', 'feature', 'output', 'same-class'];
/** Kernels are float32, products of them sums of float32 over a tile. */
const TOLERANCE = 1e-5;
/** Samples that differ by less, against their squared norms about the mean, have no part in the median distance: as float32 tells them apart. */
const SAME = 2e-6;

const pause = () => Promise.resolve();

beforeAll(() => void loadRuntime(1));

/** Values [rows][samples][numbers] with their samples cut into blocks. */
function blocksOf(values: ArrayLike<number>, rows: number, samples: number, sizes: readonly number[]): tf.Tensor[] {
  return tf.tidy(() => tf.split(tf.tensor(Float32Array.from(values), [rows, samples, values.length / rows / samples]), [...sizes], 1));
}

function cutUp(values: Int32Array, sizes: readonly number[]): Int32Array[] {
  let from = 0;
  return sizes.map((size) => values.slice(from, (from += size)));
}

const even = (samples: number, size: number): number[] =>
  Array.from({ length: Math.ceil(samples / size) }, (_, i) => Math.min(size, samples - i * size));

/** Gram matrix and the rest for maps [channels][samples][positions], explained by the kernels that `responses` makes. */
async function problemOf(
  maps: { values: ArrayLike<number>; channels: number; samples: number },
  sizes: readonly number[],
  responses: (hold: Hold) => Kernels,
): Promise<LassoProblem> {
  return holding(async (hold) => {
    const x = gaussianKernels(blocksOf(maps.values, maps.channels, maps.samples, sizes).map(hold), hold);
    return lassoProblem(await centred(x, hold, pause), await centred(responses(hold), hold, pause), pause);
  });
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(found.length).toBe(wanted.length);
  const worst = Array.from(wanted).reduce((most, value, i) => Math.max(most, Math.abs(found[i]! - value)), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** 1/2 ||T - D B||² as structured lasso has it. */
function objective({ channels, responses, gram, correlation, energy }: LassoProblem, b: ArrayLike<number>): number {
  let value = energy / 2;
  for (let k = 0; k < channels; k++) {
    for (let c = 0; c < responses; c++) {
      value -= correlation[k * responses + c]! * b[k * responses + c]!;
      for (let l = 0; l < channels; l++) value += (b[k * responses + c]! * gram[k * channels + l]! * b[l * responses + c]!) / 2;
    }
  }
  return value;
}

interface Case {
  name: string;
  channels: number;
  samples: number;
  classes: number;
  maps: number[];
  output: number[];
  labels: number[];
  logits: number[];
  gram: number[];
  responses: Record<LassoResponse, { correlation: number[]; energy: number; coefficients: number[]; objective: number }>;
}

const cases = JSON.parse(readFileSync(new URL('oracles/kernel_matrices.json', import.meta.url), 'utf8')) as Case[];

describe.each(cases)('products of the kernels of $name', (c) => {
  const classesFirst = Array.from({ length: c.classes }, (_, k) => c.logits.filter((_, at) => at % c.classes === k)).flat();
  const labels = Int32Array.from(c.labels);
  const kernelsOf = (response: LassoResponse, sizes: readonly number[]) => (hold: Hold) => {
    const byBlock = cutUp(labels, sizes);
    if (response === 'logit') return gaussianKernels(blocksOf(classesFirst, c.classes, c.samples, sizes).map(hold), hold);
    if (response === 'label') return classKernels(byBlock, c.classes, hold);
    if (response === 'same-class') return sameClassKernel(byBlock, c.classes, hold);
    const whole = gaussianKernels(blocksOf(c.output, 1, c.samples, sizes).map(hold), hold);
    return response === 'output' ? whole : touchingKernels(whole, byBlock, c.classes, hold);
  };

  it.each(RESPONSES.flatMap((response) => [c.samples, 7].map((size) => ({ response, size }))))(
    'are those of the whole matrices, and so is the objective: $response, blocks of $size',
    async ({ response, size }) => {
      const sizes = even(c.samples, size);
      const problem = await problemOf({ values: c.maps, ...c }, sizes, kernelsOf(response, sizes));
      const wanted = c.responses[response];
      expectClose(problem.gram, c.gram);
      expectClose(problem.correlation, wanted.correlation);
      expect(problem.energy).toBeCloseTo(wanted.energy, 9);
      expect(Math.abs(objective(problem, wanted.coefficients) - wanted.objective)).toBeLessThanOrEqual(10 * TOLERANCE);
    },
  );
});

describe('kernels of random maps', () => {
  const [channels, samples, positions, classes] = [12, 90, 5, 4];
  const rng = stream(5, 'maps');
  const labels = Int32Array.from({ length: samples }, () => rng.int(classes));
  /** The odd channels as behind a ReLU; channel 3 never fires, channel 8 is constant, channel 5 fires for the samples of one class. */
  const values = Float32Array.from({ length: channels * samples * positions }, (_, at) => {
    const [c, s] = [Math.floor(at / samples / positions), Math.floor(at / positions) % samples];
    const value = rng.normal() + labels[s]! * (c % 3);
    if (c === 3) return 0;
    if (c === 8) return 0.1;
    if (c === 5) return labels[s] === 2 ? 1 + value ** 2 : 0;
    return c % 2 ? Math.max(0, value) : value;
  });
  const of = (maps: ArrayLike<number>, size = samples) =>
    problemOf({ values: maps, channels, samples }, even(samples, size), (hold) =>
      classKernels(cutUp(labels, even(samples, size)), classes, hold),
    );
  const inChannel = (change: (value: number, channel: number) => number) =>
    values.map((value, at) => change(value, Math.floor(at / samples / positions)));
  let problem: LassoProblem;
  beforeAll(async () => void (problem = await of(values)));

  it('have products that are symmetric, 1 on the diagonal and positive semidefinite; constant channels have none', () => {
    const { gram, correlation } = problem;
    for (let k = 0; k < channels; k++) {
      const constant = k === 3 || k === 8;
      expect(gram[k * channels + k]).toBe(constant ? 0 : 1);
      for (let l = 0; l < channels; l++) {
        expect(gram[k * channels + l]).toBe(gram[l * channels + k]);
        expect(Math.abs(gram[k * channels + l]!)).toBeLessThanOrEqual(1 + TOLERANCE);
        if (constant) expect(gram[k * channels + l]).toBe(0);
      }
      if (constant) expect([...correlation.subarray(k * classes, (k + 1) * classes)]).toEqual([0, 0, 0, 0]);
    }
    expect(hasCholesky(gram, channels, TOLERANCE)).toBe(true);
    expect(hasCholesky(gram, channels, -0.9)).toBe(false);
    // What fires for one class alone is most like that class, silent as it is for most pairs.
    const fires = [...correlation.subarray(5 * classes, 6 * classes)];
    expect(fires.indexOf(Math.max(...fires))).toBe(2);
    expect(fires[2]).toBeGreaterThan(0.3);
  });

  it('have the same products whatever the tiles', async () => {
    for (const size of [45, 32, 7]) {
      const other = await of(values, size);
      expectClose(other.gram, problem.gram);
      expectClose(other.correlation, problem.correlation);
      expect(other.energy).toBe(problem.energy);
    }
  });

  it('do not see the scale of a channel, its sign, or what is added to it', async () => {
    for (const exponent of [-12, -3, 3, 12]) {
      const scaled = await of(inChannel((value, c) => (c % 2 ? 1 : -1) * 10 ** ((exponent * c) / channels) * value));
      expectClose(scaled.gram, problem.gram);
      expectClose(scaled.correlation, problem.correlation);
    }
    // 20 takes four bits from what differs.
    const shifted = await of(inChannel((value, c) => value + (c - 6) * 4));
    expectClose(shifted.gram, problem.gram, 10 * TOLERANCE);
  });

  it('follow their channels', async () => {
    const order = stream(6, 'order').permutation(channels);
    const size = samples * positions;
    const permuted = await of(order.reduce<number[]>((all, c) => all.concat([...values.subarray(c * size, (c + 1) * size)]), []));
    order.forEach((from, k) => {
      order.forEach((other, l) => {
        expect(Math.abs(permuted.gram[k * channels + l]! - problem.gram[from * channels + other]!)).toBeLessThanOrEqual(TOLERANCE);
      });
    });
  });

  it('have nothing of a class without samples, and nothing at all where all samples are of one', async () => {
    const withFive = await problemOf({ values, channels, samples }, [samples], (hold) => classKernels([labels], 5, hold));
    expect(withFive.energy).toBe(4);
    for (let k = 0; k < channels; k++) expect(withFive.correlation[k * 5 + 4]).toBe(0);
    const alone = await problemOf({ values, channels, samples }, [samples], (hold) => sameClassKernel([labels.map(() => 1)], 5, hold));
    expect([alone.energy, Math.max(...alone.correlation.map(Math.abs))]).toEqual([0, 0]);
  });

  it('take the median distance of a part of the pairs, and miss no sample that differs', async () => {
    const size = samples * positions;
    const columns = Array.from({ length: channels }, (_, c) => {
      const map = Array.from({ length: samples }, (_, s) => [...values.subarray(c * size + s * positions, c * size + (s + 1) * positions)]);
      return c === 3 || c === 8 ? Array<number>(samples ** 2).fill(0) : column(gaussian(map), samples);
    });
    expectClose(
      problem.gram,
      columns.flatMap((a) => columns.map((b) => dot(a, b))),
      0.02,
    );
    for (const only of [0, 1, 47, samples - 1]) {
      const once = values.map((value, at) => (at < size ? (Math.floor(at / positions) === only ? 1 : 0) : value));
      expect((await of(once, 30)).gram[0]).toBe(1);
    }
  });

  it('release their tensors', async () => {
    const tensors = tf.memory().numTensors;
    await of(values, 20);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('take tiles that fit', () => {
    expect(tileSide(512, 200e6)).toBe(139);
    expect(tileSide(100_000, 1000)).toBe(1);
  });
});

/** Is the matrix with `more` on the diagonal positive definite? Channels without any products are left out. */
function hasCholesky(matrix: Float64Array, n: number, more: number): boolean {
  const rows = Array.from({ length: n }, (_, k) => k).filter((k) => matrix[k * n + k]! > 0);
  const l = rows.map(() => rows.map(() => 0));
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j <= i; j++) {
      let value = matrix[rows[i]! * n + rows[j]!]! + (i === j ? more : 0);
      for (let k = 0; k < j; k++) value -= l[i]![k]! * l[j]![k]!;
      if (i === j && value <= 0) return false;
      l[i]![j] = i === j ? Math.sqrt(value) : value / l[j]![j]!;
    }
  }
  return true;
}

const CLASSES = 3;
const conv = (name: string, from: string, inputs: number, outputs: number, bias = false) =>
  ({ op: 'conv', name, from, inputs, outputs, kernel: [3, 3], strides: [1, 1], padding: 'same', bias }) as const;
const norm = (name: string, from: string, channels: number) =>
  ({ op: 'batch-norm', name, from, channels, epsilon: 1e-5, momentum: 0.1 }) as const;
const image = { op: 'input', name: 'input', features: 72, image: [6, 6, 2], flat: false } as const;

/** Networks with the places where their channels are read, and what the layer that reads them gives. */
const networks: { graph: Graph; places: { site: string; read: string; output: string }[] }[] = [
  {
    graph: {
      name: 'batch norms',
      description: '',
      nodes: [
        image,
        conv('conv1', 'input', 2, 4),
        norm('bn1', 'conv1', 4),
        { op: 'relu', name: 'relu1', from: 'bn1' },
        { op: 'max-pool', name: 'pool', from: 'relu1', size: [2, 2], strides: [2, 2], padding: 'valid' },
        conv('conv2', 'pool', 4, 5),
        norm('bn2', 'conv2', 5),
        { op: 'global-average-pool', name: 'average', from: 'bn2' },
        { op: 'dense', name: 'fc', from: 'average', inputs: 5, outputs: CLASSES, bias: true },
      ],
    },
    places: [
      { site: 'bn1', read: 'relu1', output: 'conv2' },
      { site: 'bn2', read: 'bn2', output: 'fc' },
    ],
  },
  {
    graph: {
      name: 'no batch norms',
      description: '',
      nodes: [
        image,
        conv('conv1', 'input', 2, 3, true),
        conv('conv2', 'conv1', 3, 4, true),
        { op: 'relu', name: 'relu2', from: 'conv2' },
        { op: 'flatten', name: 'flat', from: 'relu2' },
        { op: 'dense', name: 'fc1', from: 'flat', inputs: 144, outputs: 6, bias: true },
        { op: 'relu', name: 'relu3', from: 'fc1' },
        { op: 'dense', name: 'fc2', from: 'relu3', inputs: 6, outputs: CLASSES, bias: true },
      ],
    },
    places: [
      { site: 'conv1', read: 'conv1', output: 'conv2' },
      { site: 'conv2', read: 'relu2', output: 'fc1' },
      { site: 'fc1', read: 'relu3', output: 'fc2' },
    ],
  },
  {
    graph: {
      name: 'a sum',
      description: '',
      nodes: [
        image,
        conv('stem', 'input', 2, 4),
        norm('bn1', 'stem', 4),
        { op: 'relu', name: 'relu1', from: 'bn1' },
        conv('conv2', 'relu1', 4, 4),
        norm('bn2', 'conv2', 4),
        { op: 'add', name: 'sum', from: ['bn2', 'stem'] },
        { op: 'relu', name: 'relu2', from: 'sum' },
        conv('conv3', 'relu2', 4, CLASSES),
        { op: 'global-average-pool', name: 'logits', from: 'conv3' },
      ],
    },
    places: [
      { site: 'bn1', read: 'relu1', output: 'conv2' },
      { site: 'bn2', read: 'bn2', output: 'conv3' },
    ],
  },
];

describe.each(networks)('calibration of a network with $graph.name', ({ graph, places }) => {
  const [count, wanted] = [200, 30];
  const sites = channelSites(graph);
  let samples: Samples;
  let network: Network;
  let rows: Int32Array;
  beforeAll(() => {
    const rng = stream(4, 'images');
    const labels = Uint8Array.from({ length: count }, () => rng.int(CLASSES));
    const pixels = Float32Array.from(
      { length: count * 72 },
      (_, at) => rng.normal() + ((at % 72) % CLASSES === labels[Math.floor(at / 72)] ? 1 : 0),
    );
    samples = toSamples(
      { pixels, labels, count },
      { image: [6, 6, 2], normalise: { mean: 0, std: 1 }, augment: 'crop-flip' },
      graph.nodes[0] as InputNode,
    );
    network = new Network(graph, initialValues(graph, 1));
    for (let i = 0; i < 20; i++) tf.tidy(() => void network.forward(samples.range(0, count), { training: true }));
    rows = calibrationRows(samples.labels, CLASSES, wanted, 1);
  });
  afterAll(() => {
    samples.dispose();
    network.dispose();
  });
  const run = (response: LassoResponse, more: { memory?: number; signal?: AbortSignal; rows?: Int32Array } = {}) =>
    calibrate(network, samples, { sites, classes: CLASSES, response, rows, ...more });
  /** What a node gives for the rows: [rows][numbers of a sample], a channel being every `channels`th of them. */
  const given = (node: string): { values: number[][]; channels: number } => {
    const map = tf.tidy(() => network.forward(samples.batch(rows)).get(node)!);
    const all = [...map.dataSync<'float32'>()];
    const [channels, size] = [map.shape.at(-1)!, map.size / rows.length];
    map.dispose();
    return { values: Array.from(rows, (_, s) => all.slice(s * size, (s + 1) * size)), channels };
  };
  const channelsOf = (node: string): number[][][] => {
    const { values, channels } = given(node);
    return Array.from({ length: channels }, (_, c) => values.map((sample) => sample.filter((_, at) => at % channels === c)));
  };
  const expected = (response: LassoResponse, output: string): number[][] => {
    const label = Array.from(rows, (row) => samples.labels[row]!);
    const pairs = (value: (i: number, j: number) => number) => label.flatMap((_, i) => label.map((_, j) => value(i, j)));
    const classes = Array.from({ length: CLASSES }, (_, c) => c);
    const share = (c: number) => 1 / label.filter((l) => l === c).length;
    const whole = gaussian(given(output).values);
    if (response === 'logit') return channelsOf(graph.nodes.at(-1)!.name).map(gaussian);
    if (response === 'label') return classes.map((c) => pairs((i, j) => (label[i] === c && label[j] === c ? share(c) : 0)));
    if (response === 'same-class') return [pairs((i, j) => (label[i] === label[j] ? share(label[i]!) : 0))];
    if (response === 'output') return [whole];
    return classes.map((c) => pairs((i, j) => (label[i] === c || label[j] === c ? whole[i * rows.length + j]! : 0)));
  };

  it.each(RESPONSES)('is least squares on the kernels of its maps: %s', async (response) => {
    const { problems, logits } = await run(response);
    expect([...problems.keys()]).toEqual(places.map(({ site }) => site));
    expectClose(logits, given(graph.nodes.at(-1)!.name).values.flat(), 1e-6);
    const rng = stream(8, 'coefficients');
    for (const { site, read, output } of places) {
      const problem = problems.get(site)!;
      const d = channelsOf(read).map((map) => column(gaussian(map), rows.length));
      const t = expected(response, output).map((kernel) => column(kernel, rows.length));
      expectClose(
        problem.gram,
        d.flatMap((a) => d.map((b) => dot(a, b))),
      );
      expectClose(
        problem.correlation,
        d.flatMap((a) => t.map((b) => dot(a, b))),
      );
      const b = Float64Array.from({ length: d.length * t.length }, () => rng.normal());
      const residuals = t.map((response, c) =>
        response.map((value, pair) => d.reduce((r, x, k) => r - x[pair]! * b[k * t.length + c]!, value)),
      );
      const explicit = residuals.reduce((sum, r) => sum + dot(r, r) / 2, 0);
      expect(Math.abs(objective(problem, b) - explicit)).toBeLessThanOrEqual(10 * TOLERANCE * Math.max(1, explicit));
    }
  });

  it.each(RESPONSES)('does not depend on the memory that it may take: %s', async (response) => {
    const [roomy, tight] = [await run(response), await run(response, { memory: 8000 })];
    for (const { site } of places) {
      expectClose(tight.problems.get(site)!.gram, roomy.problems.get(site)!.gram);
      expectClose(tight.problems.get(site)!.correlation, roomy.problems.get(site)!.correlation);
    }
    expectClose(tight.logits, roomy.logits, 1e-6);
  });

  it('releases its tensors and lets others run; cancelled, it ends early and leaves none either', async () => {
    const tensors = tf.memory().numTensors;
    for (const response of RESPONSES) await run(response, { memory: 8000 });
    expect(tf.memory().numTensors).toBe(tensors);
    for (const turns of [0, 1, 3, 10, 30]) {
      const abort = new AbortController();
      let left = turns;
      const count = () => (left-- > 0 ? void setImmediate(count) : abort.abort(new Error('cancelled')));
      count();
      await expect(run('feature', { memory: 8000, signal: abort.signal })).rejects.toThrow('cancelled');
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});

/** The kernel of rows x [samples][numbers] by its definition, pair by pair. */
function gaussian(x: number[][]): number[] {
  const mean = x[0]!.map((_, i) => x.reduce((sum, row) => sum + row[i]!, 0) / x.length);
  const norms = x.map((row) => row.reduce((sum, value, i) => sum + (value - mean[i]!) ** 2, 0));
  const squares = x.flatMap((a) => x.map((b) => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)));
  const differing = squares
    .filter((square, at) => square > SAME * (norms[Math.floor(at / x.length)]! + norms[at % x.length]!))
    .sort((a, b) => a - b);
  const twice = 2 * (differing[Math.floor(differing.length / 2)] ?? 1);
  return squares.map((square) => Math.exp(-square / twice));
}

/** A kernel centred, as a vector of length 1, or of zeros. */
function column(kernel: number[], n: number): number[] {
  const means = Array.from({ length: n }, (_, i) => kernel.slice(i * n, (i + 1) * n).reduce((a, b) => a + b, 0) / n);
  const mean = means.reduce((a, b) => a + b, 0) / n;
  const centre = kernel.map((value, at) => value - means[Math.floor(at / n)]! - means[at % n]! + mean);
  const length = Math.sqrt(dot(centre, centre));
  return centre.map((value) => (length > 1e-9 * n ? value / length : 0));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
