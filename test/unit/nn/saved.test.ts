/** Reading layers models as TensorFlow.js and Keras write them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/engine/nn/graph';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { shapes } from '../../../src/engine/nn/shapes';
import { logits } from './interpreter';
import { edited, failure, fixture, layer, MODELS, type ModelJson } from './savedFixtures';

const softmax = (z: Float64Array) => {
  const powers = z.map((v) => Math.exp(v - Math.max(...z)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
};

const nodes = (graph: Graph) => graph.nodes.map(({ op, name }) => `${name}: ${op}`);

describe('models of TensorFlow.js', () => {
  it.each(['mlp', 'cnn', 'residual'])('%s computes what it computes there', async (name) => {
    const expected = JSON.parse(readFileSync(path.join(MODELS, name, 'expected.json'), 'utf8')) as Record<
      'shape' | 'data' | 'output',
      number[]
    >;
    const { graph, values } = await readLayersModel(fixture(name));
    const got = logits(graph, values, { shape: expected.shape, data: Float64Array.from(expected.data) });
    const output = name === 'mlp' ? got : softmax(got);
    expect(output).toHaveLength(expected.output.length);
    output.forEach((v, i) => expect(v).toBeCloseTo(expected.output[i]!, 5));
  });

  it('gives ReLUs inside layers nodes of their own, and leaves out dropout and the softmax at the end', async () => {
    const { graph, notes } = await readLayersModel(fixture('cnn'));
    expect(nodes(graph)).toEqual([
      'input: input',
      'conv: conv',
      'relu1: relu',
      'pool: max-pool',
      'flat: flatten',
      'hidden: dense',
      'relu2: relu',
      'out: dense',
    ]);
    expect(graph.name).toBe('cnn');
    expect(notes).toEqual([
      'Layer drop (Dropout) is left out: it does nothing once a network is trained.',
      'The softmax of probabilities at the end is left out: networks end in logits here.',
    ]);
  });

  it('reads branches, and joins zeros with the convolution that reads them', async () => {
    const { graph, values, notes } = await readLayersModel(fixture('residual'));
    const byName = new Map(graph.nodes.map((node) => [node.name, node]));
    expect(byName.get('image')).toEqual({ op: 'input', name: 'image', features: 108, image: [6, 6, 3], flat: false });
    expect(byName.get('branch')).toMatchObject({ op: 'conv', from: 'positive', padding: 'same', bias: false });
    expect(byName.get('sum')).toMatchObject({ op: 'add', from: ['norm', 'branch'] });
    expect(byName.get('both')).toMatchObject({ op: 'concat', from: ['sum', 'relu1'] });
    expect(byName.get('norm')).toMatchObject({ epsilon: 0.001, momentum: 0.1, channels: 4 });
    expect(byName.get('norm2')).toMatchObject({ epsilon: 1e-5, momentum: 0.01, channels: 8 });
    expect(values.get('norm2')).toMatchObject({ weights: new Float32Array(8).fill(1), bias: new Float32Array(8) });
    expect(values.get('branch')!.bias).toHaveLength(0);
    expect([...values.get('branch')!.mask].every((alive) => alive === 1)).toBe(true);
    expect(notes).toContain("The zeros before branch are part of it, as padding 'same'.");
    expect(shapes(graph).get('classes')).toEqual([3]);
  });
});

describe('models of the converter', () => {
  it.each(['keras2', 'keras3'])('%s is the network of TensorFlow.js', async (name) => {
    const [there, here] = [await readLayersModel(fixture('residual')), await readLayersModel(fixture(name))];
    // TensorFlow.js lists layers by depth; the order of independent nodes is each writer's own.
    const sorted = (graph: Graph) => graph.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(here.graph)).toEqual(sorted(there.graph));
    expect(new Map([...here.values].sort())).toEqual(new Map([...there.values].sort()));
    expect(here.graph.name).toBe('residual');
  });

  it('takes the input shape of a sequential model from its first layer, its input layer, or what it was built with', async () => {
    const own = await readLayersModel(fixture('cnn'));
    const first = (model: ModelJson) => model.modelTopology.config.layers[0]!.config;
    const inputLayer = edited('cnn', (model) => {
      delete first(model)['batch_input_shape'];
      const config = { name: 'input', batch_shape: [null, 8, 8, 1] };
      model.modelTopology.config.layers.unshift({ class_name: 'InputLayer', config, inbound_nodes: [] });
    });
    const built = edited('cnn', (model) => {
      delete first(model)['batch_input_shape'];
      model.modelTopology.config['build_input_shape'] = [null, 8, 8, 1];
    });
    const list = edited('cnn', ({ modelTopology }) => Object.assign(modelTopology, { config: modelTopology.config.layers }));
    for (const file of [inputLayer, built]) expect(await readLayersModel(file)).toEqual(own);
    expect(await readLayersModel(list)).toEqual({ ...own, graph: { ...own.graph, name: 'saved' } });
  });

  it('reads images without a channel axis, where they are flattened first', async () => {
    const flattened = edited('mlp', ({ modelTopology: { config } }) => {
      delete config.layers[0]!.config['batch_input_shape'];
      config.layers.unshift({ class_name: 'Flatten', config: { name: 'flat', batch_input_shape: [null, 2, 2] }, inbound_nodes: [] });
    });
    const { graph } = await readLayersModel(flattened);
    expect(graph.nodes.slice(0, 2)).toEqual([
      { op: 'input', name: 'input', features: 4, image: [2, 2, 1], flat: false },
      { op: 'flatten', name: 'flat', from: 'input' },
    ]);
    const { code } = await failure(edited('mlp', (model) => (layer(model, 'fc1').config['batch_input_shape'] = [null, 2, 2])));
    expect(code).toBe('model/does-not-fit');
  });

  it('finds layers wherever the file has them', async () => {
    const reversed = edited('residual', (model) => model.modelTopology.config.layers.reverse());
    const { graph, values } = await readLayersModel(reversed);
    const own = await readLayersModel(fixture('residual'));
    expect(new Set(nodes(graph))).toEqual(new Set(nodes(own.graph)));
    expect(shapes(graph).get('classes')).toEqual([3]);
    expect(values.get('classes')).toEqual(own.values.get('classes'));
  });

  it('passes over layers that do not lead to the output', async () => {
    const file = edited('residual', ({ modelTopology: { config } }) => {
      config.layers.push({ class_name: 'Flatten', name: 'aside', config: { name: 'aside' }, inbound_nodes: [[['sum', 0, 0, {}]]] });
    });
    expect(await readLayersModel(file)).toEqual(await readLayersModel(fixture('residual')));
  });

  it('makes names that can be names of files, each once', async () => {
    const rename = (model: ModelJson, from: string, to: string) => {
      const text = JSON.stringify(model)
        .replaceAll(`"${from}"`, JSON.stringify(to))
        .replaceAll(`"${from}/`, JSON.stringify(`${to}/`).slice(0, -1));
      Object.assign(model, JSON.parse(text));
    };
    const file = edited('cnn', (model) => {
      rename(model, 'conv', 'block/conv:*');
      rename(model, 'hidden', 'OUT');
      rename(model, 'pool', 'relu1');
    });
    const { graph, values } = await readLayersModel(file);
    expect(nodes(graph)).toEqual([
      'input: input',
      'block_conv_: conv',
      'relu1_2: relu',
      'relu1: max-pool',
      'flat: flatten',
      'OUT: dense',
      'relu2: relu',
      'out_2: dense',
    ]);
    expect([...values.keys()]).toEqual(['block_conv_', 'OUT', 'out_2']);
  });
});

describe('fixed layers with one-hot kernels', () => {
  const kernel = (rows: number[][]) => Float32Array.from(rows.flat());
  /** The MLP's second layer (3 → 2) with this kernel, not trainable, and what it comes back as. */
  async function readAs(rows: number[][], change: object = {}) {
    const file = edited('mlp', (model, folder) => {
      Object.assign(layer(model, 'fc2').config, { use_bias: false, trainable: false, units: rows[0]!.length, ...change });
      const group = model.weightsManifest[0]!;
      group.weights = [...group.weights.slice(0, 2), { name: 'fc2/kernel', shape: [3, rows[0]!.length], dtype: 'float32' }];
      const before = readFileSync(path.join(folder, 'weights.bin')).subarray(0, 4 * 15);
      writeFileSync(path.join(folder, 'weights.bin'), Buffer.concat([before, Buffer.from(kernel(rows).buffer)]));
    });
    return (await readLayersModel(file)).graph.nodes.at(-1);
  }
  const place = { name: 'fc2', from: 'relu1' };
  const identity = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];

  it('select channels or put zeros beside them', async () => {
    const swap = [
      [0, 1],
      [0, 0],
      [1, 0],
    ];
    const padded = identity.map((row) => [0, ...row, 0, 0]);
    expect(await readAs(swap)).toEqual({ op: 'select', ...place, indices: [2, 0] });
    expect(await readAs(padded)).toEqual({ op: 'pad-channels', ...place, before: 1, after: 2 });
  });

  it('are layers with weights where they may train, or are not one-hot', async () => {
    const shuffled = identity.map((row) => [row[1]!, 0, row[0]!, row[2]!]);
    const half = identity.map((row) => row.map((v) => v / 2));
    const twice = identity.map((row) => [1, ...row]);
    expect(await readAs(identity, { trainable: true })).toMatchObject({ op: 'dense', ...place });
    for (const rows of [shuffled, half, twice]) expect(await readAs(rows)).toMatchObject({ op: 'dense', ...place, bias: false });
  });
});
