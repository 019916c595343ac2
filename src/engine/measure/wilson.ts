/**
 * Wilson score interval for `errors` out of `samples` at 95% (Wilson 1927): centre (p + z²/2n)/(1 + z²/n), half-width
 * z·sqrt(p(1-p)/n + z²/4n²)/(1 + z²/n), z = 1.959964. Fractions in [0, 1]; unlike the normal interval it behaves at 0 and 1.
 */
export function wilson95(errors: number, samples: number): [number, number] {
  const z = 1.959963984540054;
  const p = errors / samples;
  const z2 = (z * z) / samples;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (z * Math.sqrt((p * (1 - p)) / samples + z2 / (4 * samples))) / (1 + z2);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
