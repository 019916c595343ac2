import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prune, type Norm } from '../../../src/config/schema';
import { hanScores } from '../../../src/engine/criteria/han';
import { normalise, type Scaling } from '../../../src/engine/criteria/normalise';
import { scoreConnections } from '../../../src/engine/criteria/score';
import { selectWeights } from '../../../src/engine/prune/select';
import type { PrunableWeights } from '../../../src/engine/prune/layer';
import { stream } from '../../../src/engine/random';
import type { FStatistics } from '../../../src/engine/screening/moments';
import { anyLayers, randomLayers, sortedBest, uniform } from './arbitraries';

/** What the normalisations mean, one living connection at a time, by sorting and counting. */
function naiveNormalised(all: readonly number[], v: number, norm: Scaling): number {
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const max = Math.max(...all);
  const min = Math.min(...all);
  switch (norm) {
    case 'none':
      return v;
    case 'max':
      return max === 0 ? 0 : v / max;
    case 'minmax':
      return max === min ? 0 : (v - min) / (max - min);
    case 'mean':
      return mean === 0 ? 0 : v / mean;
    case 'zscore':
      return max === min ? 0 : (v - mean) / Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length);
    case 'rank': {
      // Average of the 1-based ranks of v's ties, less a half, over n.
      const below = all.filter((x) => x < v).length;
      const equal = all.filter((x) => x === v).length;
      return (below + (equal + 1) / 2 - 0.5) / all.length;
    }
    case 'log1p_max':
      return max === 0 ? 0 : Math.log1p(v) / Math.log1p(max);
  }
}

/** Random statistics with ties, zeros and a heavy tail; of each connection, or of each input. */
function randomStatistics(layers: readonly PrunableWeights[], seed: number, of: 'connections' | 'inputs'): Map<string, FStatistics> {
  const rng = stream(seed, 'statistics');
  return new Map(
    layers.map(({ name, inputs, outputs }) => {
      const f = Float64Array.from({ length: of === 'inputs' ? inputs : inputs * outputs }, () =>
        rng.uniform() < 0.2 ? 0 : Math.exp(rng.int(12) - 3),
      );
      return [name, { f, etaSquared: f.map((v) => v / (v + 10)), classes: 10, samples: 1000 }];
    }),
  );
}

const wls = (criterion: object) => Prune.parse({ method: 'wls', keep: 0.1, criterion }) as Extract<Prune, { method: 'wls' }>;
const method = (name: 'magnitude' | 'random' | 'han' | 'dsc') =>
  Prune.parse({ method: name, keep: 0.1 }) as Extract<Prune, { method: typeof name }>;
const noFloors = { layer: 0, output: 0 };
const alive = (layers: readonly PrunableWeights[]) => layers.reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0);

const masksFor = (layers: PrunableWeights[], scores: Float64Array[], keep: number) =>
  selectWeights({ layers, scores, target: { over: 'network', keep }, scope: 'global', floors: noFloors }).masks;

describe('normalisation', () => {
  const norms: Scaling[] = ['none', 'max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max'];

  test.each(norms)('%s over living connections, in either scope', (norm) => {
    fc.assert(
      fc.property(anyLayers, fc.constantFrom('global' as const, 'layer' as const), (layers, scope) => {
        const values = layers.map(({ weights, mask }) => Float64Array.from(weights, (w, e) => (mask[e] === 1 ? Math.abs(w) : 1e9)));
        const living = values.map((v, l) => [...v].filter((_, e) => layers[l]!.mask[e] === 1));
        const result = normalise(
          values,
          layers.map(({ mask }) => mask),
          norm,
          scope,
        );
        result.forEach((r, l) =>
          r.forEach((v, e) => {
            if (layers[l]!.mask[e] === 0) {
              expect(v).toBe(0);
              return;
            }
            const reference = naiveNormalised(scope === 'layer' ? living[l]! : living.flat(), values[l]![e]!, norm);
            expect(Math.abs(v - reference)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(reference)));
          }),
        );
      }),
    );
  });

  test('ranks lie in (0, 1) and average to a half; equal values share one', () => {
    const [r] = normalise([Float64Array.of(5, 1, 5, 3, 9)], [Uint8Array.of(1, 1, 1, 1, 0)], 'rank', 'layer');
    expect([...r!]).toEqual([0.75, 0.125, 0.75, 0.375, 0]);
  });
});

describe('hybrid criterion', () => {
  const arbitrary = fc.record({
    layers: anyLayers,
    seed: fc.nat(),
    of: fc.constantFrom('connections' as const, 'inputs' as const),
    share: uniform(0, 1),
  });

  test('lambda = 0 is plain global magnitude, whatever monotone norm it has', () => {
    fc.assert(
      fc.property(
        arbitrary,
        fc.constantFrom<Scaling>('none', 'max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max'),
        ({ layers, seed, of, share }, norm) => {
          const keep = Math.round(share * alive(layers));
          const reference = sortedBest(
            layers,
            layers.map(({ weights }) => Float64Array.from(weights, Math.abs)),
            keep,
          );
          const scores = scoreConnections(wls({ lambda: 0, magnitude: { norm } }), layers, {
            statistics: randomStatistics(layers, seed, of),
            seed,
          });
          expect(masksFor(layers, scores, keep)).toEqual(reference);
          expect(masksFor(layers, scoreConnections(method('magnitude'), layers, { statistics: null, seed }), keep)).toEqual(reference);
          expect(masksFor(layers, scoreConnections(method('dsc'), layers, { statistics: null, seed }), keep)).toEqual(reference);
        },
      ),
    );
  });

  test('lambda = 0 needs no statistics; any other does', () => {
    const layers = randomLayers([[4, 3]], 1);
    expect(() => scoreConnections(wls({ lambda: 0 }), layers, { statistics: null, seed: 0 })).not.toThrow();
    expect(() => scoreConnections(wls({ lambda: 0.1 }), layers, { statistics: null, seed: 0 })).toThrow(
      'no screening statistics of layer l1',
    );
  });

  test('lambda = 1 is F normalised in each layer', () => {
    fc.assert(
      fc.property(arbitrary, ({ layers, seed, of, share }) => {
        const statistics = randomStatistics(layers, seed, of);
        const keep = Math.round(share * alive(layers));
        const reference = layers.map(({ name, outputs, mask }) => {
          const f = Float64Array.from(mask, (_, e) => statistics.get(name)!.f[of === 'inputs' ? Math.floor(e / outputs) : e]!);
          const largest = Math.max(...[...f].filter((_, e) => mask[e] === 1), 0);
          return f.map((v) => (largest === 0 ? 0 : v / largest));
        });
        const scores = scoreConnections(wls({ lambda: 1, screening: { norm: 'max' } }), layers, { statistics, seed });
        scores.forEach((s, l) => s.forEach((v, e) => expect(v).toBe(layers[l]!.mask[e] === 1 ? reference[l]![e] : -Infinity)));
        expect(masksFor(layers, scores, keep)).toEqual(sortedBest(layers, reference, keep));
      }),
    );
  });

  test.each<Norm>(['none', 'max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max', 'eta2'])(
    'lambda = 0.3 mixes |w| with F normalised by %s',
    (norm) => {
      fc.assert(
        fc.property(arbitrary, ({ layers, seed, of }) => {
          const statistics = randomStatistics(layers, seed, of);
          const living = layers.map(({ mask }) => [...mask.keys()].filter((e) => mask[e] === 1));
          const fOf = (l: number, e: number) => {
            const s = statistics.get(layers[l]!.name)!;
            return (norm === 'eta2' ? s.etaSquared : s.f)[of === 'inputs' ? Math.floor(e / layers[l]!.outputs) : e]!;
          };
          const magnitudes = living.flatMap((es, l) => es.map((e) => Math.abs(layers[l]!.weights[e]!)));
          const scores = scoreConnections(wls({ lambda: 0.3, screening: { norm }, magnitude: { norm: 'max' } }), layers, {
            statistics,
            seed,
          });
          living.forEach((es, l) => {
            const fs = es.map((e) => fOf(l, e));
            for (const e of es) {
              const f = naiveNormalised(fs, fOf(l, e), norm === 'eta2' ? 'none' : norm);
              const w = naiveNormalised(magnitudes, Math.abs(layers[l]!.weights[e]!), 'max');
              expect(scores[l]![e]).toBeCloseTo(0.3 * f + 0.7 * w, 9);
            }
          });
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe('baselines', () => {
  test('random: one draw for the whole run, so a later mask lies within an earlier one; another seed, other draws', () => {
    const layers = randomLayers(
      [
        [20, 10],
        [10, 5],
      ],
      4,
    );
    const scores = (seed: number) => scoreConnections(method('random'), layers, { statistics: null, seed });
    const first = masksFor(layers, scores(7), 100);
    const later = masksFor(layers, scores(7), 40);
    expect(masksFor(layers, scores(8), 100)).not.toEqual(first);
    layers.forEach((layer, l) => (layer.mask = first[l]!));
    expect(masksFor(layers, scores(7), 40)).toEqual(later);
    // Uniform: the mean of 250 draws lies within five deviations of a half.
    const draws = randomLayers([[25, 10]], 0);
    const values = [...scoreConnections(method('random'), draws, { statistics: null, seed: 1 })[0]!];
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / 250 - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 250));
  });

  test('Han: the order of |w| in each layer, on the scale of its deviation', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const scores = hanScores(layers);
        layers.forEach((layer, l) => {
          const k = Math.ceil(alive([layer]) / 2);
          const byMagnitude = sortedBest([layer], [Float64Array.from(layer.weights, Math.abs)], k);
          expect(masksFor([layer], [scores[l]!], k)).toEqual(byMagnitude);
        });
      }),
    );
  });

  test('Han: a score is the quality parameter at which its weight falls, |w| over std(W)', () => {
    // Weights ±1, ±2, ±3: mean 0, deviation sqrt(28/6).
    const layer: PrunableWeights = {
      name: 'fc1',
      inputs: 2,
      outputs: 3,
      weights: Float32Array.of(1, -1, 2, -2, 3, -3),
      mask: new Uint8Array(6).fill(1),
    };
    const [mask] = masksFor([layer], hanScores([layer]), 4);
    expect([...mask!]).toEqual([0, 0, 1, 1, 1, 1]);
    expect(hanScores([layer])[0]![2]).toBeCloseTo(2 / Math.sqrt(28 / 6), 12);
  });
});
