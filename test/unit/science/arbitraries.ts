/** Random inputs for the tests of this folder. */
import fc from 'fast-check';
import type { PrunableWeights } from '../../../src/engine/prune/layer';
import { stream } from '../../../src/engine/random';

/** Evenly spread over [min, max], both ends included; fc.double would draw mostly tiny numbers. */
export const uniform = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 10_000 }).map((v) => min + ((max - min) * v) / 10_000);

export interface LayersOptions {
  /** Weights take so few values that ties abound. */
  coarse?: boolean;
  /** Fraction of the connections that are dead already. */
  dead?: number;
}

/** Layers l1, l2, ... with the given [inputs, outputs]. */
export function randomLayers(
  shapes: readonly (readonly [number, number])[],
  seed: number,
  { coarse = false, dead = 0 }: LayersOptions = {},
): PrunableWeights[] {
  const rng = stream(seed, 'layers');
  return shapes.map(([inputs, outputs], l) => {
    const mask = Uint8Array.from({ length: inputs * outputs }, () => (rng.uniform() < dead ? 0 : 1));
    const weights = Float32Array.from(mask, (alive) => (alive ? (coarse ? rng.int(7) - 3 : rng.normal()) : 0));
    return { name: `l${l + 1}`, inputs, outputs, weights, mask };
  });
}

export const anyLayers = fc
  .record({
    shapes: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 7 })), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
    coarse: fc.boolean(),
    dead: fc.constantFrom(0, 0.3, 0.8),
  })
  .map(({ shapes, seed, ...options }) => randomLayers(shapes, seed, options));

export const count = (masks: readonly Uint8Array[]): number => masks.reduce((sum, mask) => sum + mask.reduce((a, b) => a + b, 0), 0);

/** The naive reference of selection: sorts records of all living connections by (score, |w|, position) and keeps the first k. */
export function sortedBest(layers: readonly PrunableWeights[], scores: readonly Float64Array[], k: number): Uint8Array[] {
  const masks = layers.map(({ mask }) => new Uint8Array(mask.length));
  layers
    .flatMap(({ weights, mask }, l) =>
      Array.from(weights, (w, e) => ({ l, e, score: scores[l]![e]!, magnitude: Math.abs(w), alive: mask[e] === 1 })),
    )
    .filter(({ alive }) => alive)
    .sort((a, b) => b.score - a.score || b.magnitude - a.magnitude || a.l - b.l || a.e - b.e)
    .slice(0, k)
    .forEach(({ l, e }) => (masks[l]![e] = 1));
  return masks;
}
