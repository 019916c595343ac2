/** Mean and deviation of pixels scaled to 0..1, to four digits. Pixels that are all the same have the deviation 1: they are divided by it. */
export function normalisation(pixels: Uint8Array): { mean: number; std: number } {
  let sum = 0;
  let squares = 0;
  for (const p of pixels) {
    sum += p;
    squares += p * p;
  }
  const mean = sum / pixels.length;
  const round = (v: number) => Math.round((v / 255) * 10_000) / 10_000;
  return { mean: round(mean), std: round(Math.sqrt(squares / pixels.length - mean * mean)) || 1 };
}
