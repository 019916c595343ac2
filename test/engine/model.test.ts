/** Saved models: what plain TensorFlow.js computes from the files, and what we read back. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { architecture } from '../../src/engine/nn/architectures';
import type { Graph, Node } from '../../src/engine/nn/graph';
import { sources } from '../../src/engine/nn/graph';
import { densenet } from '../../src/engine/nn/densenet';
import { mlp } from '../../src/engine/nn/mlp';
import { preResnet } from '../../src/engine/nn/preresnet';
import { readLayersModel } from '../../src/engine/nn/saved';
import type { LayerValues, NetworkValues } from '../../src/engine/nn/values';
import { stream, type Rng } from '../../src/engine/random';
import { saveLayersModel } from '../../src/engine/report/model';
import { tempFolders } from '../fixtures/folders';
import { anyGraph, conv, graphOf, input, norm } from '../unit/nn/graphs';
import { logits, randomSample } from '../unit/nn/interpreter';

beforeAll(() => void loadRuntime());

const { newFolder } = tempFolders('model');
const newModel = () => path.join(newFolder(), 'model.json');

const weightsBin = (model: string) => readFileSync(path.join(path.dirname(model), 'weights.bin'));

/** Values of every layer, none of them zero, so that every weight counts. */
function randomValues(graph: Graph, rng: Rng): NetworkValues {
  const numbers = (n: number, scale: number) => Float32Array.from({ length: n }, () => scale * rng.normal());
  const of = (node: Node): Omit<LayerValues, 'mask'> | undefined => {
    if (node.op === 'batch-norm') {
      const n = node.channels;
      const variance = numbers(n, 1).map((v) => 0.5 + Math.abs(v));
      return { weights: numbers(n, 1), bias: numbers(n, 0.5), mean: numbers(n, 0.5), variance };
    }
    if (node.op !== 'dense' && node.op !== 'conv') return undefined;
    const rows = node.inputs * (node.op === 'conv' ? node.kernel[0] * node.kernel[1] : 1);
    return { weights: numbers(rows * node.outputs, Math.sqrt(1 / rows)), bias: numbers(node.bias ? node.outputs : 0, 0.1) };
  };
  return new Map(
    graph.nodes.flatMap((node) => {
      const values = of(node);
      return values ? [[node.name, { ...values, mask: new Uint8Array(values.weights.length).fill(1) }] as const] : [];
    }),
  );
}

/** By layer and array; comparing number by number takes seconds. */
function digests(values: NetworkValues): Record<string, string> {
  const arrays = [...values].flatMap(([layer, v]) => Object.entries(v).map(([kind, array]) => [`${layer} ${kind}`, array] as const));
  return Object.fromEntries(
    arrays.map(([name, array]) => [
      name,
      createHash('sha256')
        .update(array as Float32Array)
        .digest('hex'),
    ]),
  );
}

/** The graph without what its last node does not depend on, which no model has. */
function connected(graph: Graph): Graph {
  const used = new Set([graph.nodes.at(-1)!.name]);
  for (const node of graph.nodes.toReversed()) if (used.has(node.name)) sources(node).forEach((name) => used.add(name));
  return { ...graph, nodes: graph.nodes.filter((node) => used.has(node.name)) };
}

const hasIdentity = (graph: Graph) => graph.nodes.some((node) => node.op === 'pad-channels' && node.before + node.after === 0);

const image = [8, 8, 3];
const pool = (op: 'max-pool' | 'average-pool', name: string, from: string, padding: 'same' | 'valid'): Node => ({
  op,
  name,
  from,
  size: [3, 2],
  strides: [2, 1],
  padding,
});
const GRAPHS: Record<string, Graph> = {
  'an MLP': mlp('mlp', 12, null, [7, 5], 3),
  'an MLP of one layer': mlp('mlp', 12, null, [], 3),
  'rows through every layer for rows': graphOf(
    input([6]),
    { op: 'dense', name: 'a', from: 'input', inputs: 6, outputs: 5, bias: false },
    norm('bn', 'a', 5),
    { op: 'relu', name: 'rectified', from: 'bn' },
    { op: 'select', name: 'selected', from: 'rectified', indices: [4, 0, 2] },
    { op: 'pad-channels', name: 'padded', from: 'selected', before: 1, after: 2 },
    { op: 'concat', name: 'joined', from: ['padded', 'a', 'input'] },
    { op: 'dense', name: 'b', from: 'joined', inputs: 17, outputs: 4, bias: true },
  ),
  'pools and strides of odd sizes': graphOf(
    input([9, 8, 2]),
    conv('wide', 'input', 2, 4, { kernel: [3, 2], strides: [2, 1], padding: 'valid', bias: true }),
    conv('strided', 'wide', 4, 3, { strides: [1, 2] }),
    pool('max-pool', 'max', 'strided', 'same'),
    pool('average-pool', 'average', 'max', 'same'),
    { op: 'pad-channels', name: 'padded', from: 'average', before: 0, after: 2 },
    { op: 'global-average-pool', name: 'means', from: 'padded' },
    { op: 'dense', name: 'fc', from: 'means', inputs: 5, outputs: 3, bias: true },
  ),
  'valid pools, flat end': graphOf(
    input([9, 8, 2]),
    pool('average-pool', 'average', 'input', 'valid'),
    pool('max-pool', 'max', 'average', 'valid'),
    { op: 'flatten', name: 'flat', from: 'max' },
    { op: 'relu', name: 'positive', from: 'flat' },
    { op: 'dense', name: 'fc', from: 'positive', inputs: 12, outputs: 3, bias: true },
  ),
  'lenet-5': architecture({ name: 'lenet-5' }, [28, 28, 1], 10),
  'resnet-20': architecture({ name: 'resnet-20' }, image, 10),
  'a densely connected network': densenet(13, { growth: 4, init: 6 }, image, 10),
  'a pre-activation network with bottlenecks': preResnet(11, image, 10),
  ...Object.fromEntries(
    fc
      .sample(anyGraph, { seed: 7, numRuns: 60 })
      .map((graph, i) => [`random ${i + 1}`, connected(graph)] as const)
      .filter(([, graph]) => !hasIdentity(graph)),
  ),
};

interface Saved {
  graph: Graph;
  values: NetworkValues;
  file: string;
}

async function saved(graph: Graph, seed: number): Promise<Saved> {
  const values = randomValues(graph, stream(seed, 'values'));
  const file = newModel();
  await saveLayersModel(file, graph, values, { output: 'logits' });
  return { graph, values, file };
}

describe('a saved model', () => {
  const all: Saved[] = [];
  beforeAll(async () => {
    for (const [i, graph] of Object.values(GRAPHS).entries()) all.push(await saved(graph, i));
  });

  it('has the same logits in TensorFlow.js alone', () => {
    const samples = all.map(({ graph }, i) => randomSample(graph, stream(i, 'sample')));
    const jobs = all.map(({ file }, i) => ({ model: file, shape: samples[i]!.shape, data: [...samples[i]!.data] }));
    const { stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'plainLogits.cjs')], {
      input: JSON.stringify(jobs),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(stdout, stderr).not.toBe('');
    const got = JSON.parse(stdout) as number[][];
    Object.keys(GRAPHS).forEach((name, i) => {
      const expected = logits(all[i]!.graph, all[i]!.values, samples[i]!);
      const scale = Math.max(1, ...expected.map(Math.abs));
      expect(got[i], name).toHaveLength(expected.length);
      got[i]!.forEach((logit, o) => expect(Math.abs(logit - expected[o]!) / scale, `${name}, logit ${o}`).toBeLessThan(1e-4));
    });
  });

  it('comes back as the same graph with the same values, and is written the same again', async () => {
    for (const [i, { graph, values, file }] of all.entries()) {
      const name = Object.keys(GRAPHS)[i]!;
      const read = await readLayersModel(file);
      expect(read.graph.nodes, name).toEqual(
        graph.nodes.map((node) => (node.op === 'input' && node.flat ? { ...node, image: null } : node)),
      );
      expect(read.graph.name).toBe(graph.name);
      expect(digests(read.values), name).toEqual(digests(values));
      expect(read.notes).toEqual([]);

      const again = newModel();
      await saveLayersModel(again, read.graph, read.values, { output: 'logits' });
      expect(readFileSync(again, 'utf8'), name).toBe(readFileSync(file, 'utf8'));
      expect(weightsBin(again).equals(weightsBin(file)), name).toBe(true);
    }
  });
});

it('says which layers of the file route channels', async () => {
  const { file } = await saved(GRAPHS['rows through every layer for rows']!, 1);
  const { userDefinedMetadata } = JSON.parse(readFileSync(file, 'utf8')) as { userDefinedMetadata: unknown };
  expect(userDefinedMetadata).toEqual({
    output: 'logits',
    channelRouting: { what: expect.stringContaining('one-hot'), layers: ['selected', 'padded'] },
  });
});

it('writes what merges a single source as a layer that does nothing', async () => {
  const { file, graph, values } = await saved(
    graphOf(
      input([2, 2, 3]),
      { op: 'add', name: 'sum', from: ['input'] },
      { op: 'concat', name: 'joined', from: ['sum'] },
      { op: 'flatten', name: 'flat', from: 'joined' },
      { op: 'dense', name: 'fc', from: 'flat', inputs: 12, outputs: 2, bias: true },
    ),
    1,
  );
  const read = await readLayersModel(file);
  expect(read.graph.nodes.map((node) => node.name)).toEqual(['input', 'flat', 'fc']);
  const x = randomSample(graph, stream(1, 'sample'));
  expect(logits(read.graph, read.values, x)).toEqual(logits(graph, values, x));
});

it('leaves no tensors behind, for a large network either', async () => {
  const before = tf.memory().numTensors;
  const graph = architecture({ name: 'resnet-164' }, [32, 32, 3], 10);
  const { file, values } = await saved(graph, 1);
  expect(tf.memory().numTensors).toBe(before);
  const read = await readLayersModel(file);
  expect(read.graph.nodes).toEqual(graph.nodes);
  expect(digests(read.values)).toEqual(digests(values));
});

it('writes an MLP as TensorFlow.js saves its sequential model, byte by byte', async () => {
  const made = path.join(__dirname, '../fixtures/models/mlp/model.json');
  const { graph, values } = await readLayersModel(made);
  const file = newModel();
  await saveLayersModel(file, graph, values, { output: 'logits' });
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(made, 'utf8'));
  expect(weightsBin(file)).toEqual(weightsBin(made));
});
