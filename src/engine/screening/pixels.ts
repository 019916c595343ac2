import { ClassSums } from './classSums';
import type { FStatistics } from './fStatistic';

/**
 * F of every pixel over a whole split, from its bytes: pixels [count × features] of 0..255, labels [count]. F does not change with shift or
 * scale, so it is the F of the normalised pixels too; and integer sums make it exact.
 */
export function pixelStatistics(split: { pixels: Uint8Array; labels: Uint8Array; count: number }, classes: number): FStatistics {
  const sums = new ClassSums(classes, split.count === 0 ? 0 : split.pixels.length / split.count);
  sums.add(split.pixels, split.labels);
  return sums.f();
}
