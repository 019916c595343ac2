import { ClassMoments, type FStatistics } from './moments';

/**
 * F of each pixel over a split [count × features] of bytes. Sums of bytes and of their squares are integers far below 2^53, so the class
 * sums are exact; F does not change under the normalisation that training applies.
 */
export function pixelStatistics(split: { pixels: Uint8Array; labels: Uint8Array; count: number }, classes: number): FStatistics {
  const features = split.pixels.length / split.count;
  const moments = new ClassMoments(classes, features);
  const squares = new Float64Array(features);
  for (let i = 0, at = 0; i < split.count; i++) {
    const row = split.labels[i]! * features;
    moments.n[split.labels[i]!]!++;
    for (let p = 0; p < features; p++, at++) {
      const value = split.pixels[at]!;
      moments.mean[row + p]! += value;
      squares[p]! += value * value;
    }
  }
  for (let p = 0; p < features; p++) {
    let within = squares[p]!;
    for (let c = 0; c < classes; c++) {
      const n = moments.n[c]!;
      if (n === 0) continue;
      const sum = moments.mean[c * features + p]!;
      within -= (sum * sum) / n;
      moments.mean[c * features + p] = sum / n;
    }
    moments.within[p] = Math.max(0, within);
  }
  return moments.f();
}
