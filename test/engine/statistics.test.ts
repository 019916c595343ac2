import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { prunableLayers, type InputNode } from '../../src/engine/nn/graph';
import { mlp } from '../../src/engine/nn/mlp';
import { stream } from '../../src/engine/random';
import type { FStatistics } from '../../src/engine/screening/fStatistic';
import { trainEpoch } from '../../src/engine/train/epoch';
import type { NetworkValues } from '../../src/engine/nn/values';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples, type Samples } from '../../src/engine/train/samples';
import { makeGatherer, type Gatherer } from '../../src/engine/train/statistics';
import { run, SMALL } from './helpers';

const [FEATURES, CLASSES, COUNT, BATCH] = [20, 4, 412, 12];
/** An odd number, and more than are put together for one native call; the last one has 4 samples. */
const BATCHES = Math.ceil(COUNT / BATCH);
const graph = mlp('tiny', FEATURES, null, [8, 6], CLASSES);
const layers = prunableLayers(graph);
const READINGS = ['input', 'online', 'gated'] as const;
type Reading = (typeof READINGS)[number];
/** F of the data itself is given to the gatherer, which only has to hand it on. */
const PIXELS: FStatistics = { f: new Float64Array(FEATURES), etaSquared: new Float64Array(FEATURES), classes: CLASSES, samples: COUNT };

/**
 * The gatherers read float32 activations and sum them in float32 over a batch: relative errors of about 1e-7, and some ten times that in
 * differences, of class means in F's numerator and of Q - S²/n in the gated reading. The largest seen here is 2e-6, of a gated one.
 */
const TOLERANCE = 2e-5;

let samples: Samples;
beforeAll(() => {
  loadRuntime(1);
  const rng = stream(7, 'data');
  const centres = Array.from({ length: CLASSES * FEATURES }, () => rng.normal());
  const labels = Int32Array.from({ length: COUNT }, (_, s) => (s * s + (s % 5)) % CLASSES);
  const x = Float32Array.from({ length: COUNT * FEATURES }, (_, at) => {
    return 0.3 + 0.5 * centres[labels[Math.floor(at / FEATURES)]! * FEATURES + (at % FEATURES)]! + rng.normal();
  });
  const split = { pixels: x, labels: Uint8Array.from(labels), count: COUNT };
  samples = toSamples(split, { image: [FEATURES], normalise: { mean: 0, std: 1 }, augment: 'none' }, graph.nodes[0] as InputNode);
});
afterAll(() => samples.dispose());

/** What one step saw: inputs and labels, and the parameters before the step. */
interface Step {
  epoch: number;
  batch: number;
  x: Float32Array;
  labels: Int32Array;
  values: NetworkValues;
}

/** Trains one epoch as a run does; every step is recorded, and the gatherers see it, all of one reading. */
async function train(network: Network, epoch: number, gatherers: readonly Gatherer[]): Promise<Step[]> {
  const steps: Step[] = [];
  let values: NetworkValues;
  await trainEpoch(network, samples, {
    phase: 'train',
    epoch,
    seed: 5,
    batch: BATCH,
    learningRate: 0.1,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 1e-3,
    gammaPenalty: 0,
    augment: false,
    signal: new AbortController().signal,
    observer: {
      wants: (batch) => {
        values = network.values();
        const wanted = gatherers[0]!.wants(batch);
        return {
          key: `${wanted?.key} and the input`,
          outputs: ['input', ...(wanted?.outputs ?? [])],
          of: (outputs, labels) => [outputs.get('input')!, ...(wanted?.of(outputs, labels) ?? [])],
        };
      },
      observe: (batch, [x, ...measured], labels) => {
        steps.push({ epoch, batch, x: x!.dataSync<'float32'>().slice(), labels: labels.slice(), values });
        for (const gatherer of gatherers) gatherer.observe(batch, measured, labels);
      },
    },
  });
  return steps;
}

/** A sample's features in float64: activations that each layer reads, and sums z that it gives. */
function forward(x: ArrayLike<number>, values: NetworkValues): { a: number[]; z: number[] }[] {
  let a = Array.from(x);
  return layers.map(({ name, inputs, outputs }, l) => {
    const { weights, bias } = values.get(name)!;
    const z = Array.from({ length: outputs }, (_, o) => {
      let sum = bias[o]!;
      for (let i = 0; i < inputs; i++) sum += a[i]! * weights[i * outputs + o]!;
      return sum;
    });
    const read = a;
    a = l < layers.length - 1 ? z.map((v) => Math.max(v, 0)) : z;
    return { a: read, z };
  });
}

/** Rows of features of layer l, one a sample seen: a_i, or by connection i·outputs + o: w·a_i, or w·a_i where neuron o fires. */
function featureRows(reading: Reading, l: number, steps: readonly Step[]): { row: number[]; label: number; step: Step }[] {
  const { name, inputs, outputs } = layers[l]!;
  return steps.flatMap((step) =>
    Array.from(step.labels, (label, s) => {
      const { a, z } = forward(step.x.subarray(s * FEATURES, (s + 1) * FEATURES), step.values)[l]!;
      // float32 and float64 must agree on who fires
      for (const sum of z) expect(Math.abs(sum)).toBeGreaterThan(1e-5);
      if (reading === 'input') return { row: a, label, step };
      const { weights } = step.values.get(name)!;
      const fires = (o: number) => reading === 'online' || l === layers.length - 1 || z[o]! > 0;
      const row = Array.from({ length: inputs * outputs }, (_, e) => {
        const [i, o] = [Math.floor(e / outputs), e % outputs];
        return fires(o) ? weights[e]! * a[i]! : 0;
      });
      return { row, label, step };
    }),
  );
}

/** One-way analysis of variance as textbooks have it, in two passes, where a sample may count as a fraction of one. */
function anova(values: readonly number[], labels: readonly number[], weights: readonly number[]) {
  const sum = (c: number | null, of: (s: number) => number) =>
    values.reduce((total, _, s) => total + (c === null || labels[s] === c ? weights[s]! * of(s) : 0), 0);
  const n = sum(null, () => 1);
  const mean = sum(null, (s) => values[s]!) / n;
  let [between, within] = [0, 0];
  for (let c = 0; c < CLASSES; c++) {
    const size = sum(c, () => 1);
    const classMean = sum(c, (s) => values[s]!) / size;
    between += size * (classMean - mean) ** 2;
    within += sum(c, (s) => (values[s]! - classMean) ** 2);
  }
  if (between + within === 0) return { f: 0, etaSquared: 0, n };
  return { f: between / (CLASSES - 1) / (within / (n - CLASSES)), etaSquared: between / (between + within), n };
}

/** Compares every feature of every layer with the oracle over the samples of `steps`. `alive`: masks in force; the others must have F = 0. */
function expectStatistics(
  gatherer: Gatherer,
  reading: Reading,
  steps: readonly Step[],
  { weigh = () => 1, alive }: { weigh?: (step: Step) => number; alive?: ReadonlyMap<string, Uint8Array> } = {},
) {
  const statistics = gatherer.statistics();
  expect([...statistics.keys()]).toEqual(layers.map((layer) => layer.name));
  layers.forEach(({ name, inputs, outputs }, l) => {
    const got = statistics.get(name)!;
    if (reading === 'input' && l === 0) {
      expect(got).toBe(PIXELS);
      return;
    }
    const rows = featureRows(reading, l, steps);
    const [labels, weights] = [rows.map((r) => r.label), rows.map((r) => weigh(r.step))];
    expect(got.f.length).toBe(reading === 'input' ? inputs : inputs * outputs);
    expect(got.classes).toBe(CLASSES);
    let positive = 0;
    got.f.forEach((f, p) => {
      if (alive && reading !== 'input' && !alive.get(name)![p]) {
        expect([f, got.etaSquared[p]]).toEqual([0, 0]);
        return;
      }
      const values = rows.map((r) => r.row[p]!);
      const expected = anova(values, labels, weights);
      expect(got.samples).toBeCloseTo(expected.n, 9);
      const where = `${reading} ${name}[${p}]: ${f}, ${expected.f}`;
      expect(Math.abs(f - expected.f), where).toBeLessThanOrEqual(TOLERANCE * expected.f);
      expect(Math.abs(got.etaSquared[p]! - expected.etaSquared), where).toBeLessThanOrEqual(TOLERANCE * expected.etaSquared);
      if (expected.f > 0) positive++;
    });
    // not a comparison of zeros
    expect(positive).toBeGreaterThan(got.f.length / 3);
  });
}

const newNetwork = () => new Network(graph, initialValues(graph, 11));
const gathererOf = (reading: Reading, network: Network, every = 1) => makeGatherer(reading, network, CLASSES, every, () => PIXELS);

describe.each(READINGS)('reading %s', (reading) => {
  it('is the F of all samples seen, each with the weights of its own step', async () => {
    const network = newNetwork();
    const gatherer = gathererOf(reading, network);
    const steps = await train(network, 1, [gatherer]);
    expect(steps.length).toBe(BATCHES);
    // the weights move, and some batches lack a class
    expect(steps.at(-1)!.values.get('fc1')).not.toEqual(steps[0]!.values.get('fc1'));
    expect(steps.some(({ labels }) => new Set(labels).size < CLASSES)).toBe(true);
    expectStatistics(gatherer, reading, steps);
    // asking does not end the gathering
    expectStatistics(gatherer, reading, [...steps, ...(await train(network, 2, [gatherer]))]);
    network.dispose();
  });

  it('with every: 2 uses the batches 0, 2, 4, ... of each epoch', async () => {
    const network = newNetwork();
    const gatherer = gathererOf(reading, network, 2);
    const steps = [...(await train(network, 1, [gatherer])), ...(await train(network, 2, [gatherer]))];
    const used = steps.filter((step) => step.batch % 2 === 0);
    expect(used.length).toBe(BATCHES + 1);
    expectStatistics(gatherer, reading, used);
    network.dispose();
  });

  it.each([0, 0.5, 1])('forget(%d) weighs the samples before it so', async (decay) => {
    const network = newNetwork();
    const gatherer = gathererOf(reading, network);
    const steps: Step[] = [];
    for (const epoch of [1, 2, 3]) {
      gatherer.forget(decay);
      steps.push(...(await train(network, epoch, [gatherer])));
    }
    // 0 ** 0 is 1
    expectStatistics(gatherer, reading, steps, { weigh: (step) => decay ** (3 - step.epoch) });
    network.dispose();
  });

  it('gives connections that were cut F = 0, and the others what their own samples give', async () => {
    const network = newNetwork();
    const gatherer = gathererOf(reading, network);
    const steps = await train(network, 1, [gatherer]);
    const rng = stream(13, 'masks');
    const masks = new Map(
      layers.map(({ name, inputs, outputs }) => [name, Uint8Array.from({ length: inputs * outputs }, () => (rng.uniform() < 0.3 ? 0 : 1))]),
    );
    network.prune(masks);
    steps.push(...(await train(network, 2, [gatherer])));
    for (const mask of masks.values()) expect(new Set(mask)).toEqual(new Set([0, 1]));
    expectStatistics(gatherer, reading, steps, { alive: masks });
    network.dispose();
  });

  it('goes on from what save() gave exactly as the one that was saved', async () => {
    const network = newNetwork();
    const gatherer = gathererOf(reading, network);
    const steps = await train(network, 1, [gatherer]);
    const saved = gatherer.save();
    const copy = structuredClone(saved);
    const restored = gathererOf(reading, network);
    restored.restore(saved);
    expect(restored.statistics()).toEqual(gatherer.statistics());
    for (const g of [gatherer, restored]) g.forget(0.5);
    steps.push(...(await train(network, 2, [gatherer, restored])));
    expect(restored.statistics()).toEqual(gatherer.statistics());
    expectStatistics(restored, reading, steps, { weigh: (step) => (step.epoch === 1 ? 0.5 : 1) });
    // what a checkpoint holds does not change while training goes on
    expect(saved).toEqual(copy);
    network.dispose();
  });

  it('leaves no tensors behind', async () => {
    const network = newNetwork();
    const before = tf.memory().numTensors;
    const gatherer = gathererOf(reading, network);
    await train(network, 1, [gatherer]);
    gatherer.statistics();
    expect(tf.memory().numTensors).toBe(before);
    network.dispose();
  });
});

describe('a run with sampled statistics', () => {
  // The epoch of the largest cut has two gatherers, one of every batch and one of the sampled ones.
  it.each(READINGS)('says by how much they change the mask: reading %s', async (feature) => {
    const prune = { method: 'wls', keep: 0.1, criterion: { lambda: 0.5, feature, every: 2 } };
    const { report } = await run({ ...SMALL, train: { ...SMALL.train, epochs: 2 }, prune });
    expect(report.screening).toMatchObject({ feature, every: 2 });
    const { maskChangedFraction } = report.screening!.sampling!;
    expect(maskChangedFraction).toBeGreaterThan(0);
    expect(maskChangedFraction).toBeLessThan(0.5);
  });
});
