import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kthLargest } from '../../../src/engine/prune/best';
import { differingFraction } from '../../../src/engine/prune/compareMasks';
import { apportion, selectWeights, type Selection } from '../../../src/engine/prune/select';
import { stream } from '../../../src/engine/random';
import { anyLayers, count, randomLayers, sortedBest, uniform } from './arbitraries';

const noFloors = { layer: 0, output: 0 };
const network = (keep: number) => ({ over: 'network' as const, keep });

/** Scores with many ties, of both signs, and both zeros. */
function randomScores(layers: Selection['layers'], seed: number): Float64Array[] {
  const rng = stream(seed, 'scores');
  return layers.map(({ mask }) =>
    Float64Array.from(mask, (alive) => (alive === 1 ? [-0, 0, -1.5, 2, rng.normal(), rng.normal() * 1e-300][rng.int(6)]! : -Infinity)),
  );
}

const problems = fc.record({ layers: anyLayers, seed: fc.nat(), share: uniform(0, 1) });

describe('exact selection', () => {
  test('the k-th largest of any numbers', () => {
    const values = fc.array(
      fc.oneof(
        fc.double({ noNaN: true }).map((v) => v + 0),
        fc.constantFrom(0, 1, -1, Infinity, -Infinity),
      ),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(), (all, at, cut) => {
        const k = (at % all.length) + 1;
        const sorted = [...all].sort((a, b) => b - a);
        const arrays = [all.slice(0, cut % all.length), all.slice(cut % all.length)].map((v) => Float64Array.from(v));
        const value = sorted[k - 1]!;
        expect(kthLargest(arrays, k)).toEqual({
          value,
          above: all.filter((v) => v > value).length,
          equal: all.filter((v) => v === value).length,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('keeps exactly k: what sorting by (score, |w|, position) keeps', () => {
    fc.assert(
      fc.property(problems, ({ layers, seed, share }) => {
        const scores = randomScores(layers, seed);
        const keep = Math.round(share * count(layers.map((l) => l.mask)));
        const { masks, floors } = selectWeights({ layers, scores, target: network(keep), scope: 'global', floors: noFloors });
        expect(masks).toEqual(sortedBest(layers, scores, keep));
        expect(floors).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('all equal: the first k, the same a hundred times, and the inputs untouched', () => {
    const layers = randomLayers(
      [
        [30, 20],
        [20, 10],
      ],
      2,
    ).map((l) => ({ ...l, weights: new Float32Array(l.weights.length).fill(0.5) }));
    const selection: Selection = {
      layers,
      scores: layers.map((l) => new Float64Array(l.mask.length).fill(1)),
      target: network(333),
      scope: 'global',
      floors: { layer: 1, output: 2 },
      outputLayer: 'l2',
    };
    const before = structuredClone(selection);
    const first = selectWeights(selection);
    expect(first.masks[0]!.lastIndexOf(1)).toBe(333 - 20 - 1);
    for (let i = 0; i < 100; i++) expect(selectWeights(selection)).toEqual(first);
    expect(selection).toEqual(before);
  });

  test('0 and -0 are equal scores', () => {
    const layers = [{ name: 'fc1', inputs: 4, outputs: 1, weights: Float32Array.of(1, 4, 2, 3), mask: new Uint8Array(4).fill(1) }];
    const best = (keep: number) =>
      selectWeights({ layers, scores: [Float64Array.of(0, -0, 0, -0)], target: network(keep), scope: 'global', floors: noFloors }).masks[0];
    expect([1, 2, 3].map(best)).toEqual([Uint8Array.of(0, 1, 0, 0), Uint8Array.of(0, 1, 0, 1), Uint8Array.of(0, 1, 1, 1)]);
  });

  test('never revives a pruned connection, though its score be the highest', () => {
    fc.assert(
      fc.property(problems, ({ layers, seed, share }) => {
        const scores = randomScores(layers, seed).map((s) => s.map((v) => (v === -Infinity ? 1e9 : v)));
        const keep = Math.round(share * count(layers.map((l) => l.mask)));
        const { masks } = selectWeights({ layers, scores, target: network(keep), scope: 'global', floors: noFloors });
        expect(count(masks)).toBe(keep);
        masks.forEach((mask, l) => mask.forEach((m, e) => expect(m).toBeLessThanOrEqual(layers[l]!.mask[e]!)));
      }),
    );
  });

  test('a score that is no number is refused by name, and so is keeping more than is left', () => {
    const layers = randomLayers([[3, 2]], 1);
    const base = { layers, target: network(2), scope: 'global' as const, floors: noFloors };
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(() => selectWeights({ ...base, scores: [Float64Array.of(1, 2, bad, 4, 5, 6)] })).toThrow(
        expect.objectContaining({ code: 'prune/not-a-score' }),
      );
    }
    const tooMany = { ...base, scores: [new Float64Array(6)], target: network(7) };
    expect(() => selectWeights(tooMany)).toThrow(expect.objectContaining({ code: 'prune/keep-exceeds-alive' }));
  });
});

describe('floors', () => {
  /** A last layer of 3 × 2 behind one of 4 × 3; few enough connections to try every mask. */
  const tiny = fc.record({
    seed: fc.nat(),
    keep: fc.integer({ min: 0, max: 18 }),
    floors: fc.record({ layer: fc.integer({ min: 0, max: 4 }), output: fc.integer({ min: 0, max: 3 }) }),
  });
  const shapes = [
    [4, 3],
    [3, 2],
  ] as const;

  test('the total of the kept scores is the best that any mask with these floors has', () => {
    fc.assert(
      fc.property(tiny, ({ seed, keep, floors }) => {
        const layers = randomLayers(shapes, seed);
        const scores = layers.map(({ weights }) => Float64Array.from(weights));
        const flat = [...scores[0]!, ...scores[1]!];
        let best = -Infinity;
        for (let bits = 0; bits < 1 << 18; bits++) {
          const first = popcount(bits & 0xfff);
          const [even, odd] = [popcount((bits >> 12) & 0b010101), popcount((bits >> 12) & 0b101010)];
          if (
            first + even + odd !== keep ||
            first < floors.layer ||
            even + odd < floors.layer ||
            even < floors.output ||
            odd < floors.output
          )
            continue;
          let total = 0;
          for (let e = 0; e < 18; e++) if (bits & (1 << e)) total += flat[e]!;
          best = Math.max(best, total);
        }
        const select = () => selectWeights({ layers, scores, target: network(keep), scope: 'global', floors, outputLayer: 'l2' });
        if (best === -Infinity) {
          expect(select).toThrow(expect.objectContaining({ code: 'prune/floors-exceed-keep' }));
          return;
        }
        const { masks } = select();
        expect(count(masks)).toBe(keep);
        const total = masks.reduce((sum, mask, l) => sum + mask.reduce((a, m, e) => a + (m ? scores[l]![e]! : 0), 0), 0);
        expect(total).toBeCloseTo(best, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('reports how many connections only a floor keeps', () => {
    // The first layer earns everything; its weakest two make room for one connection of l2's second output and one more of l2.
    const layers = randomLayers(
      [
        [3, 2],
        [2, 2],
      ],
      1,
    );
    const scores = [Float64Array.of(10, 11, 12, 13, 14, 15), Float64Array.of(9, 1, 2, 3)];
    const select = (keep: number, floors: Selection['floors']) =>
      selectWeights({ layers, scores, target: network(keep), scope: 'global', floors, outputLayer: 'l2' });
    expect(select(7, { layer: 1, output: 0 })).toEqual({ masks: [Uint8Array.of(1, 1, 1, 1, 1, 1), Uint8Array.of(1, 0, 0, 0)], floors: [] });
    expect(select(7, { layer: 3, output: 1 })).toEqual({
      masks: [Uint8Array.of(0, 0, 1, 1, 1, 1), Uint8Array.of(1, 0, 1, 1)],
      floors: [
        { layer: 'l2', kind: 'layer', floor: 3, held: 1 },
        { layer: 'l2', kind: 'output', floor: 1, held: 1 },
      ],
    });
  });

  test('hold in every layer and under every output, within exactly k, in both scopes', () => {
    fc.assert(
      fc.property(
        problems,
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom('global' as const, 'layer' as const),
        ({ layers, seed, share }, layer, output, scope) => {
          const scores = randomScores(layers, seed);
          const left = count(layers.map((l) => l.mask));
          const keep = Math.round(share * left);
          const last = layers.at(-1)!;
          const livingOf = (o: number, mask: Uint8Array) => [...mask].filter((m, e) => m === 1 && e % last.outputs === o).length;
          let result: ReturnType<typeof selectWeights>;
          try {
            result = selectWeights({ layers, scores, target: network(keep), scope, floors: { layer, output }, outputLayer: last.name });
          } catch (error) {
            expect(error).toMatchObject({ code: 'prune/floors-exceed-keep' });
            // Only where the floors together do need more than may stay.
            const outputs = Array.from({ length: last.outputs }, (_, o) => Math.min(output, livingOf(o, last.mask))).reduce(
              (a, b) => a + b,
              0,
            );
            const needed = layers
              .map((l) => Math.max(Math.min(layer, count([l.mask])), l === last ? outputs : 0))
              .reduce((a, b) => a + b, 0);
            expect(needed).toBeGreaterThan(keep);
            return;
          }
          expect(count(result.masks)).toBe(keep);
          result.masks.forEach((mask, l) => expect(count([mask])).toBeGreaterThanOrEqual(Math.min(layer, count([layers[l]!.mask]))));
          for (let o = 0; o < last.outputs; o++)
            expect(livingOf(o, result.masks.at(-1)!)).toBeGreaterThanOrEqual(Math.min(output, livingOf(o, last.mask)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a layer that is told its own count has no others to take from', () => {
    const layers = randomLayers(
      [
        [3, 2],
        [2, 4],
      ],
      1,
    );
    const select = (keep: number[]) =>
      selectWeights({
        layers,
        scores: layers.map(({ weights }) => Float64Array.from(weights)),
        target: { over: 'layers', keep },
        scope: 'layer',
        floors: { layer: 1, output: 1 },
        outputLayer: 'l2',
      });
    expect(select([2, 5]).masks.map((mask) => count([mask]))).toEqual([2, 5]);
    expect(() => select([2, 3])).toThrow(
      expect.objectContaining({ code: 'prune/floors-exceed-keep', message: expect.stringContaining('layer l2') as string }),
    );
  });
});

describe('shares by layer', () => {
  test('the best of each layer, in proportion to its size', () => {
    const layers = randomLayers(
      [
        [10, 10],
        [10, 5],
        [5, 2],
      ],
      3,
    );
    const scores = layers.map(({ weights }) => Float64Array.from(weights, Math.abs));
    const { masks } = selectWeights({ layers, scores, target: network(33), scope: 'layer', floors: noFloors });
    expect(masks).toEqual([21, 10, 2].map((k, l) => sortedBest([layers[l]!], [scores[l]!], k)[0]));
  });

  test('largest remainders: the sum is exact, each share within one of its due where nothing bounds it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 }), uniform(0, 1), (totals, share) => {
        const total = totals.reduce((a, b) => a + b, 0);
        const k = Math.round(share * total);
        const shares = apportion(
          k,
          totals,
          totals.map(() => 0),
          totals,
        );
        expect(shares.reduce((a, b) => a + b, 0)).toBe(k);
        shares.forEach((s, l) => expect(Math.abs(s - (k * totals[l]!) / total)).toBeLessThan(1));
      }),
    );
  });

  test('shares never rise along a falling schedule, where largest remainders alone would let them', () => {
    // Alabama's paradox: of 11 and then 10 seats for 6:6:2, the last share rises from 1 to 2.
    expect(apportion(11, [6, 6, 2], [0, 0, 0], [6, 6, 2])).toEqual([5, 5, 1]);
    expect(apportion(10, [6, 6, 2], [0, 0, 0], [6, 6, 2])).toEqual([4, 4, 2]);
    expect(apportion(10, [6, 6, 2], [0, 0, 0], [5, 5, 1])).toEqual([5, 4, 1]);
  });
});

describe('comparing masks', () => {
  test('fraction of the kept that the other drops', () => {
    const [a, b] = [
      [Uint8Array.of(1, 1, 0), Uint8Array.of(1, 1)],
      [Uint8Array.of(1, 0, 1), Uint8Array.of(1, 1)],
    ];
    expect(differingFraction(a, b)).toBe(0.25);
    expect(differingFraction(a, a)).toBe(0);
    expect(differingFraction([new Uint8Array(3)], [Uint8Array.of(1, 1, 1)])).toBe(0);
  });
});

function popcount(bits: number): number {
  let n = 0;
  for (; bits; bits &= bits - 1) n++;
  return n;
}
