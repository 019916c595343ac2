import type { Normalise } from './dataset';

/**
 * Mean and deviation of each channel (the last axis, `channels` long); plain numbers of one channel. Of bytes: scaled to 0..1 and rounded
 * to four digits; of floats: of the values as they are. What is all the same has the deviation 1: it is divided by it.
 */
export function normalisation(pixels: Uint8Array | Float32Array): { mean: number; std: number };
export function normalisation(pixels: Uint8Array | Float32Array, channels: number): Normalise;
export function normalisation(pixels: Uint8Array | Float32Array, channels = 1): Normalise {
  const of = pixels instanceof Uint8Array ? ofBytes : ofFloats;
  const each = Array.from({ length: channels }, (_, channel) => of(pixels, channel, channels));
  return channels === 1 ? each[0]! : { mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) };
}

/** Sums of bytes and of their squares are exact in a number, so one pass will do. */
function ofBytes(pixels: ArrayLike<number>, channel: number, step: number): { mean: number; std: number } {
  let sum = 0;
  let squares = 0;
  for (let i = channel; i < pixels.length; i += step) {
    const p = pixels[i]!;
    sum += p;
    squares += p * p;
  }
  const count = pixels.length / step;
  const mean = sum / count;
  const round = (v: number) => Math.round((v / 255) * 10_000) / 10_000;
  return { mean: round(mean), std: round(Math.sqrt(squares / count - mean * mean)) || 1 };
}

/** The mean first, then the squares of what is left of it: floats may lie far from zero. */
function ofFloats(values: ArrayLike<number>, channel: number, step: number): { mean: number; std: number } {
  const count = values.length / step;
  let sum = 0;
  for (let i = channel; i < values.length; i += step) sum += values[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = channel; i < values.length; i += step) squares += (values[i]! - mean) ** 2;
  return { mean, std: Math.sqrt(squares / count) || 1 };
}
