import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Model } from '../../../src/config/schema';
import { architecture } from '../../../src/engine/nn/architectures';
import { type Graph, prunableLayers, sources } from '../../../src/engine/nn/graph';
import { groups, type Group } from '../../../src/engine/nn/groups';
import { shapes } from '../../../src/engine/nn/shapes';
import { anyGraph, conv, graphOf, input, norm } from './graphs';

const network = (change: object) => architecture(Model.parse(change), [32, 32, 3], 10);
const one = (n: number, from = 0) => Array.from({ length: n }, (_, i) => [from + i]);
const layers = (group: Group, side: 'in' | 'out') => group.members.filter((m) => m.side === side).map((m) => m.layer);

describe('small graphs', () => {
  test('a sum ties what it adds, and who reads it', () => {
    const graph = graphOf(
      input([4, 4, 3]),
      conv('a', 'input', 3, 2),
      conv('b', 'a', 2, 2),
      { op: 'add', name: 'sum', from: ['b', 'a'] },
      norm('bn', 'sum', 2),
      conv('c', 'bn', 2, 5),
    );
    expect(groups(graph)).toEqual([
      {
        channels: 2,
        members: [
          { layer: 'a', side: 'out', indices: one(2) },
          { layer: 'b', side: 'in', indices: one(2) },
          { layer: 'b', side: 'out', indices: one(2) },
          { layer: 'bn', side: 'in', indices: one(2) },
          { layer: 'c', side: 'in', indices: one(2) },
        ],
      },
    ]);
  });

  test('a concatenation shifts numbers, a flatten multiplies them, a selection leaves some out', () => {
    const graph = graphOf(
      input([2, 1, 3]),
      conv('a', 'input', 3, 2),
      conv('b', 'input', 3, 2),
      { op: 'concat', name: 'both', from: ['a', 'b'] },
      { op: 'select', name: 'some', from: 'both', indices: [3, 0, 1] },
      { op: 'flatten', name: 'flat', from: 'some' },
      { op: 'dense', name: 'fc', from: 'flat', inputs: 6, outputs: 4, bias: true },
    );
    expect(groups(graph)).toEqual([
      {
        channels: 2,
        members: [
          { layer: 'a', side: 'out', indices: one(2) },
          {
            layer: 'fc',
            side: 'in',
            indices: [
              [1, 4],
              [2, 5],
            ],
          },
        ],
      },
      {
        channels: 2,
        members: [
          { layer: 'b', side: 'out', indices: one(2) },
          { layer: 'fc', side: 'in', indices: [[], [0, 3]] },
        ],
      },
    ]);
  });

  test('padding shifts the channels of a sum', () => {
    const graph = graphOf(
      input([4, 4, 3]),
      conv('a', 'input', 3, 2),
      { op: 'pad-channels', name: 'pad', from: 'a', before: 1, after: 1 },
      conv('b', 'a', 2, 4),
      { op: 'add', name: 'sum', from: ['b', 'pad'] },
      conv('c', 'sum', 4, 1),
    );
    const [group, ...more] = groups(graph);
    expect(more).toEqual([]);
    expect(group!.channels).toBe(4);
    // The channels of `a` come first: they are the second and third of `b`.
    const own = Object.fromEntries(group!.members.map(({ layer, side, indices }) => [`${layer} ${side}`, indices]));
    expect(own).toEqual({
      'a out': [[0], [1], [], []],
      'b in': [[0], [1], [], []],
      'b out': [[1], [2], [0], [3]],
      'c in': [[1], [2], [0], [3]],
    });
  });
});

describe('networks', () => {
  test('VGG: each convolution with its batch norm and the next layer', () => {
    const all = groups(network({ name: 'vgg-16' }));
    expect(all.map(({ channels }) => channels).reduce((a, b) => a + b)).toBe(4224);
    expect(all[2]!.members.map(({ layer, side }) => `${layer} ${side}`)).toEqual(['stage2_conv1 out', 'stage2_bn1 in', 'stage2_conv2 in']);
    expect(layers(all.at(-1)!, 'in')).toEqual(['stage5_bn3', 'fc']);
  });

  test('pre-activation ResNet: one group a stage for the residual channels, two a block for its inside', () => {
    const all = groups(network({ name: 'preresnet', depth: 20 }));
    expect(all).toHaveLength(1 + 3 + 3 * 2 * 2);
    const residual = all.find((group) => layers(group, 'out').includes('stage3_block1_shortcut_conv'))!;
    expect(residual.channels).toBe(256);
    expect(layers(residual, 'out')).toEqual(['stage3_block1_shortcut_conv', 'stage3_block1_conv3', 'stage3_block2_conv3']);
    expect(layers(residual, 'in')).toEqual(['stage3_block2_bn1', 'stage3_block2_conv1', 'final_bn', 'fc']);
  });

  test('basic ResNet: the residual channels of all stages hang together', () => {
    const all = groups(network({ name: 'resnet-20' }));
    expect(all.map(({ channels }) => channels).sort((a, b) => a - b)).toEqual([16, 16, 16, 32, 32, 32, 64, 64, 64, 64]);
    const residual = all.find((group) => layers(group, 'out').includes('stem_conv'))!;
    expect(layers(residual, 'out')).toHaveLength(1 + 9);
    // Channel 0 of the stem is channel 8 of the second stage and 24 of the third.
    const first = (layer: string) => residual.members.find((m) => m.layer === layer && m.side === 'out')!.indices[0];
    expect([first('stem_conv'), first('stage2_block3_conv2'), first('stage3_block1_conv2')]).toEqual([[0], [8], [24]]);
  });

  test('DenseNet: what a layer adds is read by all later batch norms of its block, each time further on', () => {
    const all = groups(network({ name: 'densenet-40' }));
    expect(all).toHaveLength(39);
    const group = all.find((g) => layers(g, 'out').includes('block2_layer11_conv'))!;
    expect(group.members).toEqual(
      ['block2_layer12_bn', 'block2_layer12_conv', 'transition2_bn', 'transition2_conv'].reduce<object[]>(
        (members, layer) => [...members, { layer, side: 'in', indices: one(12, 168 + 10 * 12) }],
        [{ layer: 'block2_layer11_conv', side: 'out', indices: one(12) }],
      ),
    );
  });
});

/** The same by spreading labels until nothing changes: each channel of each output takes the least label that it touches. */
function spread(graph: Graph): Map<string, number[]> {
  const shapeOf = shapes(graph);
  const labels = new Map<string, number[]>();
  let next = 0;
  for (const { name } of graph.nodes)
    labels.set(
      name,
      Array.from({ length: shapeOf.get(name)!.at(-1)! }, () => next++),
    );
  let changed = true;
  const tie = (a: number[], i: number, b: number[], j: number) => {
    if (a[i] === b[j]) return;
    a[i] = b[j] = Math.min(a[i]!, b[j]!);
    changed = true;
  };
  while (changed) {
    changed = false;
    for (const node of graph.nodes) {
      const own = labels.get(node.name)!;
      const from = sources(node).map((name) => labels.get(name)!);
      const offset = node.op === 'pad-channels' ? node.before : 0;
      if (node.op === 'input' || node.op === 'conv' || node.op === 'dense') continue;
      if (node.op === 'select') node.indices.forEach((index, i) => tie(own, i, from[0]!, index));
      else if (node.op === 'concat') {
        let at = 0;
        for (const source of from) for (let i = 0; i < source.length; i++) tie(own, at++, source, i);
      } else if (node.op === 'flatten') own.forEach((_, i) => tie(own, i, from[0]!, i % from[0]!.length));
      else for (const source of from) for (let i = 0; i < source.length; i++) tie(own, i + offset, source, i);
    }
  }
  return labels;
}

test('two numbers of two layers are in one group at one place exactly if they are tied', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const labels = spread(graph);
      const givers = new Set(
        prunableLayers(graph)
          .slice(0, -1)
          .map(({ name }) => name),
      );
      const given = new Set([...givers].flatMap((name) => labels.get(name)!));
      const seen = new Map<string, number>();
      const placeOf = new Map<number, string>();
      groups(graph).forEach(({ channels, members }, g) => {
        for (const { layer, side, indices } of members) {
          const node = graph.nodes.find(({ name }) => name === layer)!;
          const own = labels.get(side === 'out' ? layer : sources(node)[0]!)!;
          expect(indices).toHaveLength(channels);
          indices.forEach((numbers, place) => {
            for (const number of numbers) {
              seen.set(`${layer} ${side} ${number}`, own[number]!);
              // One label has one place, ...
              const here = `${g} ${place}`;
              expect(placeOf.get(own[number]!) ?? here).toBe(here);
              placeOf.set(own[number]!, here);
            }
          });
        }
      });
      // ... one place has one label, ...
      expect(new Set(placeOf.values()).size).toBe(placeOf.size);
      // ... and every number whose channel a layer gives is somewhere.
      const expected = new Map<string, number>();
      for (const node of graph.nodes) {
        if (givers.has(node.name)) labels.get(node.name)!.forEach((label, i) => expected.set(`${node.name} out ${i}`, label));
        if (node.op !== 'conv' && node.op !== 'dense' && node.op !== 'batch-norm') continue;
        labels.get(node.from)!.forEach((label, i) => {
          if (given.has(label)) expected.set(`${node.name} in ${i}`, label);
        });
      }
      expect(seen).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
