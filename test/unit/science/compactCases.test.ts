import { describe, expect, test } from 'vitest';
import { narrow, widen, type Narrowed } from '../../../src/engine/compact/narrow';
import { GraphBuilder } from '../../../src/engine/nn/builder';
import { prunableLayers, weightCount, type Graph, type Node } from '../../../src/engine/nn/graph';
import type { NetworkValues } from '../../../src/engine/nn/values';
import { logits } from '../nn/interpreter';

/** Everything alive: weights 1, 2, 3, ..., biases 1, batch norms that change nothing. */
function plainValues(graph: Graph): NetworkValues {
  const values: NetworkValues = new Map();
  const fill = (n: number, v: number) => new Float32Array(n).fill(v);
  for (const node of prunableLayers(graph)) {
    const weights = Float32Array.from({ length: weightCount(node) }, (_, e) => e + 1);
    values.set(node.name, { weights, bias: fill(node.bias ? node.outputs : 0, 1), mask: new Uint8Array(weights.length).fill(1) });
  }
  for (const node of graph.nodes) {
    if (node.op !== 'batch-norm') continue;
    const n = node.channels;
    values.set(node.name, {
      weights: fill(n, 1),
      bias: fill(n, 0),
      mask: new Uint8Array(n).fill(1),
      mean: fill(n, 0),
      variance: fill(n, 1),
    });
  }
  return values;
}

/** Switches channels of a batch norm off, or outputs of a layer: all that it computes them from. */
function switchOff(values: NetworkValues, name: string, channels: readonly number[], outputs = values.get(name)!.mask.length): void {
  const { mask } = values.get(name)!;
  mask.forEach((_, e) => channels.includes(e % outputs) && (mask[e] = 0));
}

const kept = (narrowed: Narrowed, name: string) => [...narrowed.kept.get(name)!];
const node = ({ graph }: Narrowed, name: string): Node | undefined => graph.nodes.find((n) => n.name === name);
const selections = ({ graph }: Narrowed) =>
  graph.nodes.flatMap((n) => (n.op === 'select' ? [{ name: n.name, from: n.from, indices: [...n.indices] }] : []));

describe('what goes where', () => {
  test('a pre-activation block: nobody reads trunk channel 1, the last batch norm reads a part of the trunk', () => {
    const b = new GraphBuilder([4, 4, 2]);
    const stem = b.conv('stem', 'input', 4, 3);
    const conv1 = b.conv('conv1', b.relu('relu1', b.batchNorm('bn1', stem)), 3, 1);
    const conv2 = b.conv('conv2', b.relu('relu2', b.batchNorm('bn2', conv1)), 4, 1);
    const last = b.relu('relu3', b.batchNorm('bn3', b.add('add', [conv2, stem])));
    b.dense('fc', b.globalAveragePool('pool', last), 2);
    const graph = b.graph('block', '');
    const values = plainValues(graph);
    switchOff(values, 'bn1', [1]);
    switchOff(values, 'bn2', [0]);
    switchOff(values, 'bn3', [1, 2]);
    const narrowed = narrow(graph, values);
    for (const name of ['stem', 'bn1', 'relu1', 'conv2', 'add']) expect(kept(narrowed, name)).toEqual([0, 2, 3]);
    for (const name of ['conv1', 'bn2', 'relu2']) expect(kept(narrowed, name)).toEqual([1, 2]);
    for (const name of ['bn3', 'relu3', 'pool']) expect(kept(narrowed, name)).toEqual([0, 3]);
    expect(selections(narrowed)).toEqual([{ name: 'bn3_select', from: 'add', indices: [0, 2] }]);
    expect(node(narrowed, 'bn3')).toMatchObject({ from: 'bn3_select', channels: 2 });
    expect(node(narrowed, 'conv2')).toMatchObject({ from: 'relu2', inputs: 2, outputs: 3 });
    expect([...narrowed.values.get('conv2')!.weights]).toEqual([5, 7, 8, 9, 11, 12]);
    expect(narrowed.removed.neurons).toEqual([
      { layer: 'stem', before: 4, after: 3, folded: 0 },
      { layer: 'conv1', before: 3, after: 2, folded: 0 },
      { layer: 'conv2', before: 4, after: 3, folded: 0 },
    ]);

    // The next cut: the selection there is takes it in.
    const more = structuredClone(narrowed.values);
    switchOff(more, 'bn3', [0]);
    switchOff(more, 'bn1', [0, 1]);
    const again = narrow(narrowed.graph, more);
    expect(kept(again, 'add')).toEqual([2]);
    expect(selections(again)).toEqual([]);
    expect(node(again, 'bn3')).toMatchObject({ from: 'add', channels: 1 });
  });

  test('a dense block: maps that no later batch norm selects are not made', () => {
    const b = new GraphBuilder([4, 4, 1]);
    const stem = b.conv('stem', 'input', 3, 3);
    const one = b.conv('conv1', b.relu('relu1', b.batchNorm('bn1', stem)), 2, 3);
    const first = b.concat('concat1', [stem, one]);
    const two = b.conv('conv2', b.relu('relu2', b.batchNorm('bn2', first)), 2, 3);
    const last = b.relu('relu3', b.batchNorm('bn3', b.concat('concat2', [first, two])));
    b.dense('fc', b.globalAveragePool('pool', last), 2);
    const graph = b.graph('dense', '');
    const values = plainValues(graph);
    // Of 0 1 2 (stem) 3 4 (conv1) 5 6 (conv2): 1 is read by bn1 alone, 3 by nobody, 4 by bn2 alone, 6 by nobody.
    switchOff(values, 'bn1', [0]);
    switchOff(values, 'bn2', [0, 1, 3]);
    switchOff(values, 'bn3', [1, 3, 4, 6]);
    const narrowed = narrow(graph, values);
    expect([kept(narrowed, 'stem'), kept(narrowed, 'conv1'), kept(narrowed, 'conv2')]).toEqual([[0, 1, 2], [1], [0]]);
    expect(kept(narrowed, 'concat2')).toEqual([0, 1, 2, 4, 5]);
    expect(selections(narrowed)).toEqual([
      { name: 'bn1_select', from: 'stem', indices: [1, 2] },
      { name: 'bn2_select', from: 'concat1', indices: [2, 3] },
      { name: 'bn3_select', from: 'concat2', indices: [0, 2, 4] },
    ]);
    expect([...narrowed.inputs.get('conv2')!]).toEqual([2, 4]);
    expect([kept(narrowed, 'bn2'), kept(narrowed, 'bn3')]).toEqual([
      [2, 4],
      [0, 2, 5],
    ]);
  });

  test('flatten: the positions of a channel go with it; a position that is not read is selected away', () => {
    const b = new GraphBuilder([2, 2, 1]);
    b.dense('fc', b.flatten('flatten', b.relu('relu', b.conv('conv', 'input', 3, 1, { bias: true }))), 1);
    const graph = b.graph('flat', '');
    const values = plainValues(graph);
    switchOff(values, 'conv', [1], 3);
    values.get('conv')!.biasMask = Uint8Array.of(1, 0, 1);
    const narrowed = narrow(graph, values);
    expect(kept(narrowed, 'flatten')).toEqual([0, 2, 3, 5, 6, 8, 9, 11]);
    expect([...narrowed.values.get('fc')!.weights]).toEqual([1, 3, 4, 6, 7, 9, 10, 12]);
    expect([...narrowed.values.get('fc')!.bias]).toEqual([1]);
    expect(selections(narrowed)).toEqual([]);

    values.get('fc')!.mask[3] = 0;
    expect(selections(narrow(graph, values))).toEqual([{ name: 'fc_select', from: 'flatten', indices: [0, 1, 3, 4, 5, 6, 7] }]);
  });

  test('basic blocks: zeros that fill a shortcut up stay beside what they are added to', () => {
    const b = new GraphBuilder([4, 4, 1]);
    const stem = b.relu('relu0', b.batchNorm('bn0', b.conv('stem', 'input', 2, 3)));
    const conv1 = b.relu('relu1', b.batchNorm('bn1', b.conv('conv1', stem, 4, 3, { stride: 2 })));
    const conv2 = b.batchNorm('bn2', b.conv('conv2', conv1, 4, 3));
    const shortcut = b.padChannels('pad', b.pool('max-pool', 'pool0', stem, 1), 1, 1);
    const out = b.relu('relu2', b.add('add', [conv2, shortcut]));
    b.dense('fc', b.globalAveragePool('pool', out), 1);
    const graph = b.graph('basic', '');
    const values = plainValues(graph);
    switchOff(values, 'bn0', [1]);
    switchOff(values, 'bn2', [2, 3]);
    const narrowed = narrow(graph, values);
    // 2 was filled by the channel that is off and 3 by zeros: with nothing from bn2 both are 0.
    expect(kept(narrowed, 'add')).toEqual([0, 1]);
    expect(kept(narrowed, 'bn0')).toEqual([0]);
    expect(node(narrowed, 'pad')).toMatchObject({ before: 1, after: 0 });
    expect(node(narrowed, 'conv2')).toMatchObject({ inputs: 4, outputs: 2 });

    // A channel that is off beside a shortcut that is not: its filter stays for the place, and reads nothing.
    switchOff(values, 'bn2', [1]);
    const beside = narrow(graph, values);
    expect(kept(beside, 'conv2')).toEqual([0, 1]);
    expect([...beside.values.get('conv2')!.mask].every((m, e) => m === (e % 2 === 0 ? 1 : 0))).toBe(true);
  });
});

test('widened: what is gone is zero and held there, and a channel that is off says nothing of what it saw', () => {
  const b = new GraphBuilder([4, 4, 1]);
  const stem = b.conv('stem', 'input', 3, 1, { bias: true });
  const off = b.batchNorm('bn', b.conv('conv', stem, 3, 1));
  b.dense('fc', b.globalAveragePool('pool', b.add('add', [off, stem])), 1);
  const graph = b.graph('wide', '');
  const values = plainValues(graph);
  switchOff(values, 'bn', [0, 2]);
  // Nobody reads 2 of the sum nor of the stem, so it goes; 0 stays for the stem's sake.
  values.get('fc')!.mask[2] = 0;
  values.get('conv')!.mask.fill(0, 6);
  const narrowed = narrow(graph, values);
  expect(kept(narrowed, 'add')).toEqual([0, 1]);
  // As training leaves them.
  narrowed.values.get('bn')!.mean!.fill(5);
  narrowed.values.get('bn')!.variance!.fill(7);
  const wide = widen(narrowed, graph);
  const floats = (...numbers: number[]) => Float32Array.from(numbers);
  expect(wide.get('stem')).toEqual({
    weights: floats(1, 2, 0),
    bias: floats(1, 1, 0),
    mask: Uint8Array.of(1, 1, 0),
    biasMask: Uint8Array.of(1, 1, 0),
  });
  expect(wide.get('conv')).toEqual({
    weights: floats(0, 2, 0, 0, 5, 0, 0, 0, 0),
    bias: floats(),
    mask: Uint8Array.of(0, 1, 0, 0, 1, 0, 0, 0, 0),
    biasMask: Uint8Array.of(0, 1, 0),
  });
  expect(wide.get('bn')).toEqual({
    weights: floats(0, 1, 0),
    bias: floats(0, 0, 0),
    mask: Uint8Array.of(0, 1, 0),
    mean: floats(0, 5, 0),
    variance: floats(1, 7, 1),
  });
});

describe('constants', () => {
  /** Channel 0 of the first layer gives relu(bias) everywhere; a second layer reads it. */
  function withConstant(kernel: number, padding: 'same' | 'valid', bias: boolean): { graph: Graph; values: NetworkValues } {
    const b = new GraphBuilder([4, 4, 1]);
    const conv1 = b.relu('relu', b.conv('conv1', 'input', 2, 1, { bias: true }));
    const conv2 = b.conv('conv2', conv1, 1, kernel, { padding, bias });
    b.dense('fc', b.globalAveragePool('pool', conv2), 1);
    const graph = b.graph('constant', '');
    const values = plainValues(graph);
    switchOff(values, 'conv1', [0], 2);
    return { graph, values };
  }

  test.each([
    { kernel: 1, padding: 'same', bias: true, folded: 1 + 1 },
    { kernel: 2, padding: 'valid', bias: true, folded: 1 + (1 + 3 + 5 + 7) },
  ] as const)('goes into the biases behind a $kernel×$kernel convolution, padded $padding', ({ kernel, padding, bias, folded }) => {
    const { graph, values } = withConstant(kernel, padding, bias);
    const narrowed = narrow(graph, values);
    expect(kept(narrowed, 'conv1')).toEqual([1]);
    expect([...narrowed.values.get('conv2')!.bias]).toEqual([folded]);
    expect(narrowed.removed.neurons).toEqual([{ layer: 'conv1', before: 2, after: 1, folded: 1 }]);
  });

  test.each([
    { why: 'a border of zeros makes it differ', kernel: 3, padding: 'same', bias: true },
    { why: 'there is no bias to take it', kernel: 1, padding: 'same', bias: false },
  ] as const)('stays where $why', ({ kernel, padding, bias }) => {
    const { graph, values } = withConstant(kernel, padding, bias);
    expect(narrow(graph, values).graph).toEqual(graph);
    // But a zero goes wherever it is read.
    values.get('conv1')!.bias[0] = -1;
    expect(kept(narrow(graph, values), 'conv1')).toEqual([1]);
  });

  test('a batch norm whose scale is zero gives its shift, unless it may still be trained', () => {
    const make = (bias: boolean): { graph: Graph; values: NetworkValues } => {
      const b = new GraphBuilder([4, 4, 1]);
      const one = b.relu('relu', b.batchNorm('bn', b.conv('conv1', 'input', 2, 3)));
      b.dense('fc', b.globalAveragePool('pool', b.conv('conv2', one, 2, 1, { bias })), 1);
      const graph = b.graph('norm', '');
      const values = plainValues(graph);
      Object.assign(values.get('bn')!, { weights: Float32Array.of(0, 1), bias: Float32Array.of(0.5, 0) });
      // Output 0 of conv2 (weights 1 and 3 of its inputs) reads channel 0 alone.
      values.get('conv2')!.mask[2] = 0;
      return { graph, values };
    };
    const { graph, values } = make(true);
    const narrowed = narrow(graph, values);
    expect([kept(narrowed, 'conv1'), kept(narrowed, 'conv2')]).toEqual([[1], [1]]);
    expect([...narrowed.values.get('conv2')!.bias]).toEqual([1 + 2 * 0.5]);
    expect([...narrowed.values.get('fc')!.bias]).toEqual([1 + 1 * (1 + 1 * 0.5)]);
    // Where the mask says so, it gives nothing, and may go in training.
    values.get('bn')!.mask[0] = 0;
    expect([...narrow(graph, values).values.get('conv2')!.bias]).toEqual([1]);
    expect(kept(narrow(graph, values, { keepAlive: true }), 'conv1')).toEqual([1]);

    const unbiased = make(false);
    expect(kept(narrow(unbiased.graph, unbiased.values), 'conv2')).toEqual([1]);
    expect(narrow(unbiased.graph, unbiased.values, { keepAlive: true }).graph).toEqual(unbiased.graph);
  });

  test('a network that is off altogether keeps one idle channel of each layer, and its constant logits', () => {
    const b = new GraphBuilder([4, 4, 1]);
    let x = b.relu('relu1', b.batchNorm('bn1', b.conv('conv1', 'input', 3, 3)));
    x = b.concat('concat', [x, b.relu('relu2', b.batchNorm('bn2', b.conv('conv2', x, 3, 3)))]);
    b.dense('fc', b.flatten('flatten', x), 2);
    const graph = b.graph('off', '');
    const values = plainValues(graph);
    switchOff(values, 'bn1', [0, 1, 2]);
    switchOff(values, 'bn2', [0, 1, 2]);
    for (const keepAlive of [false, true]) {
      const narrowed = narrow(graph, values, { keepAlive });
      expect(prunableLayers(narrowed.graph).map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
        [1, 1],
        [1, 1],
        [1, 2],
      ]);
      expect([...narrowed.values.values()].every(({ mask }) => !mask.includes(1))).toBe(true);
      const x = { shape: [4, 4, 1], data: new Float64Array(16).fill(3) };
      expect([...logits(narrowed.graph, narrowed.values, x)]).toEqual([1, 1]);
      expect(narrowed.removed.unusedInputs).toBe(16);
    }
  });
});
