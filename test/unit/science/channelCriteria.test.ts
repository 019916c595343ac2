import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prune, type RankedChannelPrune } from '../../../src/config/schema';
import { siteFilters, type FilterMatrix } from '../../../src/engine/criteria/filters';
import { scoreChannels, type ChannelContext } from '../../../src/engine/criteria/score';
import { architecture } from '../../../src/engine/nn/architectures';
import { channelSites, prunableLayers, weightCount, type Graph } from '../../../src/engine/nn/graph';
import type { NetworkValues } from '../../../src/engine/nn/values';
import type { PrunableWeights } from '../../../src/engine/prune/layer';
import { selectWeights } from '../../../src/engine/prune/select';
import { stream } from '../../../src/engine/random';
import type { FStatistics } from '../../../src/engine/screening/fStatistic';
import { keepCount } from '../../../src/engine/schedules/keep';

const NOTHING: ChannelContext = { statistics: null, seed: 0, filters: null };
const cls = (criterion: object) => Prune.parse({ method: 'cls', keep: 0.4, criterion }) as RankedChannelPrune;
const byScore = (score: string) => Prune.parse({ method: 'channels', keep: 0.4, score }) as RankedChannelPrune;

/** Batch norms of these widths with random gammas; a part of the channels is dead, with a gamma of 0. */
function randomNorms(widths: readonly number[], seed: number, dead = 0): PrunableWeights[] {
  const rng = stream(seed, 'gammas');
  return widths.map((outputs, l) => {
    const mask = Uint8Array.from({ length: outputs }, () => (rng.uniform() < dead ? 0 : 1));
    return { name: `bn${l}`, inputs: 1, outputs, mask, weights: Float32Array.from(mask, (alive) => alive * rng.normal()) };
  });
}

function randomStatistics(layers: readonly PrunableWeights[], seed: number): Map<string, FStatistics> {
  const rng = stream(seed, 'F');
  return new Map(
    layers.map(({ name, outputs }) => {
      const f = Float64Array.from({ length: outputs }, () => Math.exp(3 * rng.normal()));
      return [name, { f, etaSquared: f.map((v) => v / (v + 50)), classes: 10, samples: 1000 }];
    }),
  );
}

function randomFilters(layers: readonly PrunableWeights[], seed: number): Map<string, FilterMatrix> {
  const rng = stream(seed, 'filters');
  return new Map(
    layers.map(({ name, outputs }) => {
      const rows = 1 + rng.int(9);
      return [name, { rows, outputs, weights: Float32Array.from({ length: rows * outputs }, () => rng.normal()) }];
    }),
  );
}

const norms = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
    dead: fc.constantFrom(0, 0.4),
  })
  .map(({ widths, seed, dead }) => ({ layers: randomNorms(widths, seed, dead), seed }));

const alive = (layers: readonly PrunableWeights[]) => layers.reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0);
const kept = (layers: readonly PrunableWeights[], scores: readonly Float64Array[], keep: number) =>
  selectWeights({ layers, scores, target: { over: 'network', keep }, scope: 'global', floors: { layer: 0, output: 0 } }).masks;
const column = ({ rows, outputs, weights }: FilterMatrix, c: number) => Array.from({ length: rows }, (_, r) => weights[r * outputs + c]!);

/** For every channel that is alive. */
function eachAlive(layers: readonly PrunableWeights[], visit: (layer: PrunableWeights, l: number, c: number) => void): void {
  layers.forEach((layer, l) => layer.mask.forEach((on, c) => on === 1 && visit(layer, l, c)));
}

const EVERY = [
  ...[0, 0.3, 1].map((lambda) => cls({ lambda })),
  cls({ lambda: 0.5, screening: { norm: 'eta2' }, magnitude: { norm: 'zscore' } }),
  Prune.parse({ method: 'slimming', keep: 0.4 }) as RankedChannelPrune,
  Prune.parse({ method: 'dsc-channels', keep: 0.4 }) as RankedChannelPrune,
  ...['gamma', 'l1', 'l2', 'fpgm', 'random'].map(byScore),
];

test('every method scores what is alive with a number and what is pruned with -Infinity', () => {
  fc.assert(
    fc.property(norms, fc.constantFrom(...EVERY), ({ layers, seed }, prune) => {
      const context = { ...NOTHING, seed, statistics: randomStatistics(layers, seed), filters: randomFilters(layers, seed) };
      scoreChannels(prune, layers, context).forEach((scores, l) => {
        expect(scores).toHaveLength(layers[l]!.outputs);
        scores.forEach((score, c) => (layers[l]!.mask[c] === 1 ? expect(score).toBeTypeOf('number') : expect(score).toBe(-Infinity)));
        eachAlive([layers[l]!], (_, __, c) => expect(Number.isFinite(scores[c])).toBe(true));
      });
    }),
  );
});

describe('channel-level screening', () => {
  test('is lambda·F/max of its layer + (1 - lambda)·|gamma|/max of all, over what is alive', () => {
    fc.assert(
      fc.property(norms, fc.constantFrom(0.2, 0.5, 0.9), ({ layers, seed }, lambda) => {
        const statistics = randomStatistics(layers, seed);
        const scores = scoreChannels(cls({ lambda }), layers, { ...NOTHING, statistics });
        let largest = 0;
        eachAlive(layers, ({ weights }, _, c) => (largest = Math.max(largest, Math.abs(weights[c]!))));
        eachAlive(layers, ({ name, weights, mask }, l, c) => {
          const { f } = statistics.get(name)!;
          const most = Math.max(...f.filter((_, i) => mask[i] === 1));
          expect(scores[l]![c]).toBeCloseTo((lambda * f[c]!) / most + ((1 - lambda) * Math.abs(weights[c]!)) / largest, 10);
        });
      }),
    );
  });

  test('keeps what |gamma| keeps at lambda 0, as slimming and direct sparsity control do', () => {
    fc.assert(
      fc.property(norms, fc.double({ min: 0, max: 1, noNaN: true }), ({ layers }, share) => {
        const keep = Math.round(share * alive(layers));
        // By sorting, not by the code under test.
        const gammas = layers
          .flatMap(({ weights, mask }, l) => [...weights].map((w, c) => ({ l, c, size: mask[c] === 1 ? Math.abs(w) : -1 })))
          .sort((a, b) => b.size - a.size || a.l - b.l || a.c - b.c)
          .slice(0, keep);
        const wanted = layers.map(({ outputs }, l) =>
          Uint8Array.from({ length: outputs }, (_, c) => Number(gammas.some((g) => g.l === l && g.c === c))),
        );
        for (const prune of [cls({ lambda: 0 }), byScore('gamma'), EVERY[4]!, EVERY[5]!])
          expect(kept(layers, scoreChannels(prune, layers, NOTHING), keep)).toEqual(wanted);
      }),
    );
  });

  test('ranks each layer by F alone at lambda 1', () => {
    fc.assert(
      fc.property(norms, ({ layers, seed }) => {
        const statistics = randomStatistics(layers, seed);
        const scores = scoreChannels(cls({ lambda: 1 }), layers, { ...NOTHING, statistics });
        eachAlive(layers, ({ name, mask }, l, c) => {
          const { f } = statistics.get(name)!;
          const above = (values: Float64Array) => values.filter((v, i) => mask[i] === 1 && v > values[c]!).length;
          expect(above(scores[l]!)).toBe(above(f));
        });
      }),
    );
  });

  test('asks for statistics only where they count', () => {
    const layers = randomNorms([4, 5], 1);
    expect(() => scoreChannels(cls({ lambda: 0 }), layers, NOTHING)).not.toThrow();
    expect(() => scoreChannels(cls({ lambda: 0.1 }), layers, NOTHING)).toThrow('no screening statistics');
  });
});

describe('exactly as many channels as the paper keeps', () => {
  test.each([
    [{ name: 'resnet-164' } as const, 0.4, 12_112, 4845],
    [{ name: 'densenet-40', growth: 12 } as const, 0.3, 9360, 2808],
  ])('%o at %d', (model, keep, total, wanted) => {
    const widths = channelSites(architecture(model, [32, 32, 3], 10)).map(({ channels }) => channels);
    expect(widths.reduce((a, b) => a + b, 0)).toBe(total);
    expect(keepCount(keep, total)).toBe(wanted);
    const layers = randomNorms(widths, 4);
    for (const [prune, context] of [
      [byScore('gamma'), NOTHING],
      [cls({ lambda: 0.4 }), { ...NOTHING, statistics: randomStatistics(layers, 4) }],
      // All scores alike: ties must not cost a channel.
      [byScore('l1'), { ...NOTHING, filters: new Map(layers.map(({ name, outputs }) => [name, ones(outputs)])) }],
    ] as const) {
      const { masks } = selectWeights({
        layers,
        scores: scoreChannels(prune, layers, context),
        target: { over: 'network', keep: keepCount(keep, total) },
        scope: 'global',
        floors: { layer: 1, output: 0 },
      });
      expect(masks.reduce((sum, mask) => sum + mask.reduce((a, b) => a + b, 0), 0)).toBe(wanted);
      expect(masks.every((mask) => mask.includes(1))).toBe(true);
    }
  });
  const ones = (outputs: number): FilterMatrix => ({ rows: 1, outputs, weights: new Float32Array(outputs).fill(1) });
});

describe('filter norms', () => {
  test.each(['l1', 'l2'])("%s over the mean of the layer's living channels", (norm) => {
    fc.assert(
      fc.property(norms, ({ layers, seed }) => {
        const filters = randomFilters(layers, seed);
        const scores = scoreChannels(byScore(norm), layers, { ...NOTHING, filters });
        const size = (v: readonly number[]) => (norm === 'l1' ? v.reduce((a, b) => a + Math.abs(b), 0) : Math.hypot(...v));
        eachAlive(layers, ({ name, mask }, l, c) => {
          const living = [...mask.keys()].filter((i) => mask[i] === 1).map((i) => size(column(filters.get(name)!, i)));
          const mean = living.reduce((a, b) => a + b, 0) / living.length;
          expect(scores[l]![c]).toBeCloseTo(size(column(filters.get(name)!, c)) / mean, 6);
        });
      }),
    );
  });

  test('by hand', () => {
    const layers = randomNorms([3], 1);
    // Columns (3, 4), (0, -1) and (-2, 2).
    const filters = new Map([['bn0', { rows: 2, outputs: 3, weights: Float32Array.of(3, 0, -2, 4, -1, 2) }]]);
    const scores = (norm: string) => [...scoreChannels(byScore(norm), layers, { ...NOTHING, filters })[0]!];
    const mean = (5 + 1 + Math.sqrt(8)) / 3;
    expect(scores('l1')).toEqual([7 / 4, 1 / 4, 4 / 4]);
    scores('l2').forEach((score, c) => expect(score).toBeCloseTo([5 / mean, 1 / mean, Math.sqrt(8) / mean][c]!, 12));
  });

  test('a network of weights 0 has scores, all alike', () => {
    const layers = randomNorms([3], 1);
    const filters = new Map([['bn0', { rows: 2, outputs: 3, weights: new Float32Array(6) }]]);
    for (const score of ['l1', 'l2', 'fpgm'])
      expect([...scoreChannels(byScore(score), layers, { ...NOTHING, filters })[0]!]).toEqual([0, 0, 0]);
  });
});

describe('geometric median', () => {
  test('is the sum of the distances to all other living filters, over the mean of the layer', () => {
    fc.assert(
      fc.property(norms, ({ layers, seed }) => {
        const filters = randomFilters(layers, seed);
        const scores = scoreChannels(byScore('fpgm'), layers, { ...NOTHING, filters });
        eachAlive(layers, ({ name, mask }, l, c) => {
          const living = [...mask.keys()].filter((i) => mask[i] === 1);
          const filter = (i: number) => column(filters.get(name)!, i);
          const sum = (i: number) => living.reduce((total, j) => total + Math.hypot(...filter(i).map((v, r) => v - filter(j)[r]!)), 0);
          const mean = living.reduce((total, i) => total + sum(i), 0) / living.length || 1;
          expect(scores[l]![c]).toBeCloseTo(sum(c) / mean, 6);
        });
      }),
    );
  });

  test('filters on a line: the middle one, which the others can speak for, goes first, however large it is', () => {
    const layers = randomNorms([3], 1);
    const filters = new Map([['bn0', { rows: 1, outputs: 3, weights: Float32Array.of(10, 12, 15) }]]);
    // Sums of distances 7, 5 and 8.
    expect([...scoreChannels(byScore('fpgm'), layers, { ...NOTHING, filters })[0]!]).toEqual([7 / (20 / 3), 5 / (20 / 3), 8 / (20 / 3)]);
  });
});

describe('random channels', () => {
  test('one draw a channel for the whole run, whatever has been cut', () => {
    fc.assert(
      fc.property(norms, fc.nat(), ({ layers }, seed) => {
        const alive = layers.map((layer) => ({ ...layer, mask: new Uint8Array(layer.mask.length).fill(1) }));
        const whole = scoreChannels(byScore('random'), alive, { ...NOTHING, seed });
        const scores = scoreChannels(byScore('random'), layers, { ...NOTHING, seed });
        layers.forEach(({ mask }, l) => mask.forEach((m, c) => expect(scores[l]![c]).toBe(m === 1 ? whole[l]![c] : -Infinity)));
      }),
    );
  });

  test('differ between seeds and between layers, and are evenly spread', () => {
    const layers = randomNorms([2000, 2000], 1);
    const [a, b] = scoreChannels(byScore('random'), layers, { ...NOTHING, seed: 1 });
    const [c] = scoreChannels(byScore('random'), layers, { ...NOTHING, seed: 2 });
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(c);
    const sorted = [...a!].sort((x, y) => x - y);
    // Kolmogorov-Smirnov: 1.95 / sqrt(2000) is passed once in a thousand.
    expect(Math.max(...sorted.map((v, i) => Math.abs(v - i / 2000)))).toBeLessThan(1.95 / Math.sqrt(2000));
  });
});

// ---- the filters of a graph -----------------------------------------------------------------------------------------------

/** Weights that name their place: 1000·layer + flat index. */
function numbered(graph: Graph): NetworkValues {
  const values: NetworkValues = new Map();
  prunableLayers(graph).forEach((node, l) => {
    const weights = Float32Array.from({ length: weightCount(node) }, (_, e) => 1000 * (l + 1) + e);
    values.set(node.name, { weights, bias: new Float32Array(node.outputs), mask: new Uint8Array(weights.length).fill(1) });
  });
  return values;
}

const filterOf = (graph: Graph, site: string, c: number): number[] => column(siteFilters(graph, numbered(graph)).get(site)!, c);
const INPUT = { op: 'input', name: 'input', features: 8, image: [2, 2, 2], flat: false } as const;
const conv = (name: string, from: string, inputs: number, outputs: number, kernel: readonly [number, number] = [1, 1]) =>
  ({ op: 'conv', name, from, inputs, outputs, kernel, strides: [1, 1], padding: 'same', bias: false }) as const;
const norm = (name: string, from: string, channels: number) =>
  ({ op: 'batch-norm', name, from, channels, epsilon: 1e-5, momentum: 0.1 }) as const;
const relu = (name: string, from: string) => ({ op: 'relu', name, from }) as const;
const graphOf = (...nodes: Graph['nodes']): Graph => ({ name: 'made by hand', description: '', nodes: [INPUT, ...nodes] });

describe('the filter of a channel', () => {
  test('is the column that makes it, where only the batch norm reads that', () => {
    const graph = graphOf(
      conv('conv1', 'input', 2, 3, [1, 2]),
      norm('bn1', 'conv1', 3),
      relu('relu1', 'bn1'),
      conv('conv2', 'relu1', 3, 2),
      { op: 'max-pool', name: 'pool', from: 'conv2', size: [2, 2], strides: [2, 2], padding: 'same' },
      { op: 'select', name: 'swapped', from: 'pool', indices: [1, 0] },
      norm('bn2', 'swapped', 2),
      { op: 'flatten', name: 'flat', from: 'bn2' },
      { op: 'dense', name: 'fc', from: 'flat', inputs: 2, outputs: 2, bias: true },
    );
    // conv1 is [1·2·2 × 3].
    expect(filterOf(graph, 'bn1', 0)).toEqual([1000, 1003, 1006, 1009]);
    expect(filterOf(graph, 'bn1', 2)).toEqual([1002, 1005, 1008, 1011]);
    // conv2 is [3 × 2], behind it a pool and the channels the other way round.
    expect(filterOf(graph, 'bn2', 0)).toEqual([2001, 2003, 2005]);
    expect(filterOf(graph, 'bn2', 1)).toEqual([2000, 2002, 2004]);
  });

  test('is the slice of the layer that reads it, behind a sum and behind a concatenation', () => {
    const graph = graphOf(
      conv('conv1', 'input', 2, 2),
      conv('conv2', 'conv1', 2, 2),
      { op: 'add', name: 'sum', from: ['conv1', 'conv2'] },
      norm('bn1', 'sum', 2),
      relu('relu1', 'bn1'),
      conv('conv3', 'relu1', 2, 3, [1, 2]),
      { op: 'concat', name: 'both', from: ['sum', 'conv3'] },
      norm('bn2', 'both', 5),
      { op: 'select', name: 'some', from: 'bn2', indices: [4, 0, 1] },
      { op: 'global-average-pool', name: 'pooled', from: 'some' },
      { op: 'dense', name: 'fc', from: 'pooled', inputs: 3, outputs: 2, bias: true },
    );
    // conv3 is [1·2·2 × 3]: rows (position, input).
    expect(filterOf(graph, 'bn1', 0)).toEqual([3000, 3001, 3002, 3006, 3007, 3008]);
    expect(filterOf(graph, 'bn1', 1)).toEqual([3003, 3004, 3005, 3009, 3010, 3011]);
    // fc reads channels 4, 0 and 1 in that order, and no others.
    expect([0, 1, 2, 3, 4].map((c) => filterOf(graph, 'bn2', c))).toEqual([
      [4002, 4003],
      [4004, 4005],
      [0, 0],
      [0, 0],
      [4000, 4001],
    ]);
  });

  test('is every slice where several layers read it, and each position behind a flattening', () => {
    const graph = graphOf(
      conv('conv1', 'input', 2, 2),
      { op: 'pad-channels', name: 'wide', from: 'input', before: 0, after: 0 },
      { op: 'add', name: 'sum', from: ['conv1', 'wide'] },
      norm('bn1', 'sum', 2),
      conv('conv2', 'bn1', 2, 1),
      { op: 'pad-channels', name: 'padded', from: 'bn1', before: 1, after: 0 },
      { op: 'concat', name: 'both', from: ['conv2', 'padded'] },
      { op: 'flatten', name: 'flat', from: 'both' },
      { op: 'dense', name: 'fc', from: 'flat', inputs: 16, outputs: 1, bias: true },
    );
    // fc reads 4 positions of (conv2, zeros, channel 0, channel 1).
    expect(filterOf(graph, 'bn1', 0)).toEqual([2000, 3002, 3006, 3010, 3014]);
    expect(filterOf(graph, 'bn1', 1)).toEqual([2001, 3003, 3007, 3011, 3015]);
  });

  test('is its own column in a network without batch norms; the logits are no channels', () => {
    const graph = architecture({ name: 'lenet-5' }, [16, 16, 1], 4);
    const filters = siteFilters(graph, numbered(graph));
    expect([...filters].map(([name, { rows, outputs }]) => [name, rows, outputs])).toEqual([
      ['conv1', 25, 20],
      ['conv2', 500, 50],
      ['fc1', 50, 500],
    ]);
    expect(filterOf(graph, 'conv1', 3).slice(0, 2)).toEqual([1003, 1023]);
  });

  test('has in each declared network the size of what the cut would take away', () => {
    const sizes = (model: Parameters<typeof architecture>[0]) => {
      const graph = architecture(model, [8, 8, 3], 10);
      return new Map([...siteFilters(graph, numbered(graph))].map(([name, { rows }]) => [name, rows]));
    };
    const pre = sizes({ name: 'preresnet', depth: 11 });
    // bn1 reads the residual sum: its slice of conv1, 1×1 to 16; bn2 and bn3 are made by conv1 and conv2.
    expect(['stage1_block1_bn2', 'stage1_block1_bn3', 'stage2_block1_bn1', 'final_bn'].map((name) => pre.get(name))).toEqual([
      16,
      9 * 16,
      32,
      10,
    ]);
    // A map that is read again later: its slice of the 3×3 convolution of 4.
    const dense = sizes({ name: 'densenet', depth: 7, growth: 4, init: 6 });
    expect([...dense.values()][0]).toBe(9 * 4);
    expect(dense.get('final_bn')).toBe(10);
    const basic = [...sizes({ name: 'resnet', depth: 8 }).values()];
    expect(basic.slice(0, 3)).toEqual([27, 9 * 16, 9 * 16]);
  });
});
