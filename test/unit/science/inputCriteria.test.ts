/** Which weights read an input, what it is worth by them, and which sides a kernel gives up. */
import { describe, expect, test } from 'vitest';
import { inputMagnitudes, inputScores, overUnits } from '../../../src/engine/criteria/inputs';
import type { ConvNode, Graph } from '../../../src/engine/nn/graph';
import { inputUnits } from '../../../src/engine/nn/inputReaders';
import { zeroBorders } from '../../../src/engine/train/kernelBorders';
import { conv, graphOf, input, norm } from '../nn/graphs';

const magnitudes = (graph: Graph, weights: Record<string, number[]>, norm: 'l1' | 'l2' = 'l1') => [
  ...inputMagnitudes(inputUnits(graph), ({ name }) => Float32Array.from(weights[name]!), norm),
];
const dense = (name: string, from: string, inputs: number, outputs: number) =>
  ({ op: 'dense', name, from, inputs, outputs, bias: true }) as const;

describe('the weights that read an input', () => {
  test('of rows: a row of the first layer each', () => {
    const graph = graphOf(input([3]), dense('a', 'input', 3, 2), dense('b', 'a', 2, 2));
    expect(inputUnits(graph)).toMatchObject({ count: 3, numbers: 1, readers: [{ node: { name: 'a' }, units: [[0], [1], [2]] }] });
    const weights = { a: [1, -3, 0, 0, -2, 4] };
    expect(magnitudes(graph, weights)).toEqual([2, 0, 3]);
    expect(magnitudes(graph, weights, 'l2')).toEqual([Math.sqrt(5), 0, Math.sqrt(10)]);
  });

  test('of several readers, over all of their weights; through sums, selections and batch norms', () => {
    const graph = graphOf(
      input([3]),
      norm('bn', 'input', 3),
      { op: 'select', name: 'some', from: 'bn', indices: [2, 0] },
      dense('a', 'some', 2, 1),
      dense('h', 'input', 3, 3),
      { op: 'add', name: 'sum', from: ['h', 'bn'] },
      { op: 'concat', name: 'all', from: ['sum', 'a'] },
      dense('b', 'all', 4, 2),
    );
    const { readers } = inputUnits(graph);
    expect(readers.map(({ node, units }) => [node.name, units])).toEqual([
      ['a', [[2], [0]]],
      ['h', [[0], [1], [2]]],
      ['b', [[0], [1], [2], []]],
    ]);
    const weights = { a: [6, -12], h: [0, 0, 0, 0, 0, 6, 1, 1, 1], b: [6, 6, 0, 0, 1, 2, 9, 9] };
    expect(magnitudes(graph, weights)).toEqual([24 / 6, 6 / 5, 12 / 6]);
  });

  test('a sum of two inputs counts for both', () => {
    const graph = graphOf(
      input([4]),
      { op: 'select', name: 'left', from: 'input', indices: [0, 1] },
      { op: 'select', name: 'right', from: 'input', indices: [1, 2] },
      { op: 'add', name: 'sum', from: ['left', 'right'] },
      dense('fc', 'sum', 2, 1),
    );
    expect(inputUnits(graph).readers[0]!.units).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(magnitudes(graph, { fc: [2, 4] })).toEqual([2, 3, 4, 0]);
  });

  test('of images: channels, over all positions of the kernel; of images that are only flattened numbers', () => {
    const images = graphOf(input([4, 4, 2]), conv('c', 'input', 2, 1, { kernel: [1, 2] }), {
      op: 'global-average-pool',
      name: 'gap',
      from: 'c',
    });
    expect(inputUnits(images)).toMatchObject({ count: 2, numbers: 16 });
    expect(magnitudes(images, { c: [1, 5, 3, 7] })).toEqual([2, 6]);
    const flat = graphOf(input([2, 1, 2]), { op: 'flatten', name: 'flat', from: 'input' }, dense('fc', 'flat', 4, 1));
    expect(inputUnits(flat)).toMatchObject({ count: 4, numbers: 1 });
  });
});

test('the F of a channel is the mean over its positions', () => {
  expect([...overUnits({ count: 2, numbers: 3 }, Float64Array.of(1, 10, 2, 20, 3, 60))]).toEqual([2, 30]);
  expect([...overUnits({ count: 3, numbers: 1 }, Float64Array.of(4, 5, 6))]).toEqual([4, 5, 6]);
});

describe('scores', () => {
  const given = {
    magnitudes: Float64Array.of(0.1, 0.4, 0.2, 0.9),
    alive: Uint8Array.of(1, 1, 1, 0),
    f: Float64Array.of(300, 10, 20, 5000),
    seed: 1,
  };
  const weights = (lambda: number) => ({ name: 'weights', norm: 'l1', lambda }) as const;

  test('mix ranks among those that are left', () => {
    expect([...inputScores(weights(0), given)]).toEqual([...given.magnitudes]);
    // Mid-percentiles of three: 1/6, 1/2, 5/6.
    const byF = [5 / 6, 1 / 6, 1 / 2];
    const byWeights = [1 / 6, 5 / 6, 1 / 2];
    for (const lambda of [0.25, 0.5, 1]) {
      const scores = inputScores(weights(lambda), given);
      byF.forEach((f, i) => expect(scores[i]).toBeCloseTo(lambda * f + (1 - lambda) * byWeights[i]!, 12));
    }
  });

  test('by chance are the same at every cut of a run, and others in another', () => {
    const draw = (seed: number, alive: Uint8Array) => [...inputScores({ name: 'random' }, { ...given, seed, alive })];
    expect(draw(1, given.alive)).toEqual(draw(1, Uint8Array.of(0, 1, 0, 1)));
    expect(draw(1, given.alive)).not.toEqual(draw(2, given.alive));
    expect(new Set(draw(1, given.alive)).size).toBe(4);
  });
});

describe('a kernel gives up', () => {
  const node = { ...conv('c', 'input', 1, 1), kernel: [3, 3] } as ConvNode;
  const mask = (weights: number[], count: number, of = node) => [
    ...zeroBorders(of, Float32Array.from(weights), new Uint8Array(weights.length).fill(1), count),
  ];

  test('the weaker side of each direction', () => {
    expect(mask([9, 9, 1, 9, 9, 1, 5, 5, 5], 1)).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0]);
    expect(mask([-1, 9, 9, 2, 9, 9, -1, 20, 9], 1)).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1]);
  });

  test('one after another, down to a single row and column', () => {
    // Rows 3, 12, 6: the top goes, then the bottom.
    expect(mask([1, 1, 1, 4, 4, 4, 2, 2, 2], 2)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(mask([1, 1, 1, 4, 4, 4, 2, 2, 2], 9)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(mask([1, 2], 1, { ...node, kernel: [1, 2] })).toEqual([0, 1]);
  });

  test('for all inputs and outputs at once, and keeps what was cut', () => {
    const wide = { ...node, kernel: [2, 1], inputs: 2, outputs: 2 } as ConvNode;
    const before = Uint8Array.of(1, 1, 1, 1, 1, 0, 1, 1);
    expect([...zeroBorders(wide, Float32Array.of(1, 1, 1, 1, 2, 0, 2, 2), before, 1)]).toEqual([0, 0, 0, 0, 1, 0, 1, 1]);
  });
});
