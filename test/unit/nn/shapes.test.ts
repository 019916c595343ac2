import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countGraph, countNode } from '../../../src/engine/nn/count';
import type { Node, Padding } from '../../../src/engine/nn/graph';
import { shapes } from '../../../src/engine/nn/shapes';
import { anyGraph, conv, graphOf, input, norm } from './graphs';

const shapeOfLast = (...nodes: Node[]) => shapes(graphOf(...nodes)).get(nodes.at(-1)!.name);
const pool = (size: [number, number], strides: [number, number], padding: Padding): Node => ({
  op: 'max-pool',
  name: 'pool',
  from: 'input',
  size,
  strides,
  padding,
});

describe('shapes', () => {
  test('of every node', () => {
    const graph = graphOf(
      input([9, 8, 3]),
      conv('conv', 'input', 3, 4, { strides: [2, 2] }),
      norm('bn', 'conv', 4),
      { op: 'relu', name: 'relu', from: 'bn' },
      { op: 'select', name: 'select', from: 'relu', indices: [3, 1] },
      { op: 'pad-channels', name: 'pad', from: 'select', before: 1, after: 2 },
      { op: 'concat', name: 'concat', from: ['pad', 'relu'] },
      { op: 'add', name: 'add', from: ['concat', 'concat'] },
      { op: 'average-pool', name: 'pool', from: 'add', size: [2, 2], strides: [2, 2], padding: 'valid' },
      { op: 'flatten', name: 'flatten', from: 'pool' },
      { op: 'global-average-pool', name: 'gap', from: 'add' },
      { op: 'dense', name: 'fc', from: 'flatten', inputs: 36, outputs: 5, bias: true },
    );
    expect(Object.fromEntries(shapes(graph))).toEqual({
      input: [9, 8, 3],
      conv: [5, 4, 4],
      bn: [5, 4, 4],
      relu: [5, 4, 4],
      select: [5, 4, 2],
      pad: [5, 4, 5],
      concat: [5, 4, 9],
      add: [5, 4, 9],
      pool: [2, 2, 9],
      flatten: [36],
      gap: [9],
      fc: [5],
    });
  });

  test('windows: positions counted one by one', () => {
    const length = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(length, length, length, length, fc.constantFrom<Padding>('same', 'valid'), (height, size, stride, width, padding) => {
        const places = (pixels: number) => {
          let count = 0;
          // Valid: the whole window inside; same: every stride that begins inside.
          for (let at = 0; padding === 'same' ? at < pixels : at + size <= pixels; at += stride) count++;
          return count;
        };
        const shape = () => shapeOfLast(input([height, width, 2]), pool([size, size], [stride, stride], padding));
        if (places(height) && places(width)) expect(shape()).toEqual([places(height), places(width), 2]);
        else expect(shape).toThrow(/^pool \(max-pool\): a window/);
      }),
    );
  });

  test.each<[string, Node[]]>([
    [
      'fc (dense): has weights for 5 inputs, but reads 4',
      [input([4]), { op: 'dense', name: 'fc', from: 'input', inputs: 5, outputs: 1, bias: true }],
    ],
    [
      'fc (dense): reads [2, 2, 1], which is no row',
      [input([2, 2, 1]), { op: 'dense', name: 'fc', from: 'input', inputs: 1, outputs: 1, bias: true }],
    ],
    ['c (conv): reads [4], which is no image', [input([4]), conv('c', 'input', 4, 1)]],
    ['c (conv): has weights for 2 channels, but reads 3', [input([4, 4, 3]), conv('c', 'input', 2, 1)]],
    ['bn (batch-norm): has 2 channels, but reads 3', [input([4, 4, 3]), norm('bn', 'input', 2)]],
    ['s (select): selects channel 3 of 3', [input([4, 4, 3]), { op: 'select', name: 's', from: 'input', indices: [0, 3] }]],
    ['a (add): adds [4, 4, 3] and [4, 4, 2]', [input([4, 4, 3]), conv('c', 'input', 3, 2), { op: 'add', name: 'a', from: ['input', 'c'] }]],
    [
      'k (concat): joins [4, 4, 3] and [2, 2, 3]',
      [input([4, 4, 3]), pool([2, 2], [2, 2], 'valid'), { op: 'concat', name: 'k', from: ['input', 'pool'] }],
    ],
    ['r: reads later, which does not come before it', [input([4]), { op: 'relu', name: 'r', from: 'later' }]],
    ['input: two nodes have this name', [input([4]), { op: 'relu', name: 'input', from: 'input' }]],
    ['input (input): has 5 features, but images of [2, 2, 1]', [{ ...input([2, 2, 1]), features: 5 }]],
  ])('%s', (message, nodes) => {
    expect(() => shapes(graphOf(...nodes))).toThrow(new Error(message));
  });
});

describe('counts', () => {
  test('a convolution multiplies at every output position; batch norms have two numbers a channel', () => {
    const node = conv('c', 'input', 3, 8, { kernel: [3, 5], bias: true });
    expect(countNode(node, [7, 6, 8])).toEqual({ params: 3 * 5 * 3 * 8 + 8, macs: 7 * 6 * 3 * 5 * 3 * 8 });
    expect(countNode(norm('bn', 'c', 8), [7, 6, 8])).toEqual({ params: 16, macs: 0 });
  });

  test('the whole is the sum of its nodes', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const shapeOf = shapes(graph);
        const rows = graph.nodes.map((node) => countNode(node, shapeOf.get(node.name)!));
        const { params, macs, channels } = countGraph(graph);
        expect(params).toBe(rows.reduce((total, row) => total + row.params, 0));
        expect(macs).toBe(rows.reduce((total, row) => total + row.macs, 0));
        const norms = graph.nodes.flatMap((node) => (node.op === 'batch-norm' ? [node.channels] : []));
        const convs = graph.nodes.flatMap((node) => (node.op === 'conv' ? [node.outputs] : []));
        expect(channels).toBe((norms.length ? norms : convs).reduce((a, b) => a + b, 0));
      }),
    );
  });
});
