import { ClassSums } from './classSums';
import { fStatistic, type FStatistics } from './fStatistic';

/**
 * F of every feature over a whole split: pixels [count × features], labels [count]. F does not change with shift or scale, so it is the F of
 * the normalised pixels too; and integer sums make it exact for bytes.
 */
export function pixelStatistics(
  split: { pixels: Uint8Array | Float32Array; labels: ArrayLike<number>; count: number },
  classes: number,
): FStatistics {
  if (split.pixels instanceof Float32Array) return fStatistic(split.pixels, split.labels, classes);
  const sums = new ClassSums(classes, split.count === 0 ? 0 : split.pixels.length / split.count);
  sums.add(split.pixels, split.labels);
  return sums.f();
}

/** The statistics of some features only, in this order; of all where `positions` is absent. */
export function ofPositions({ f, etaSquared, ...rest }: FStatistics, positions?: Int32Array): FStatistics {
  const some = (values: Float64Array) => (positions ? Float64Array.from(positions, (at) => values[at]!) : values);
  return { ...rest, f: some(f), etaSquared: some(etaSquared) };
}
