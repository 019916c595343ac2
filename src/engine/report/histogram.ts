import type { Report } from '../../shared/report';

const BINS = 80;

/** Histogram of the surviving (non-zero) weights in 80 equal bins over [-m, m], m the largest magnitude of all layers. */
export function weightHistogram(layers: readonly { name: string; weights: Float32Array }[]): Report['weightHistogram'] {
  let max = 0;
  for (const { weights } of layers) for (const w of weights) max = Math.max(max, Math.abs(w));
  const limit = max || 1;
  return {
    edges: Array.from({ length: BINS + 1 }, (_, i) => -limit + (2 * limit * i) / BINS),
    layers: layers.map(({ name, weights }) => {
      const counts = new Array<number>(BINS).fill(0);
      for (const w of weights) if (w !== 0) counts[Math.min(BINS - 1, Math.floor(((w + limit) / (2 * limit)) * BINS))]!++;
      return { name, counts };
    }),
  };
}
