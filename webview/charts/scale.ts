/** Where values lie between the ends of an axis or of a colour scale, and the round numbers to write beside it. */
import { percent } from '../../src/shared/report';

export type ScaleKind = 'linear' | 'log';

/** 0 to 1 of a count between none and `most`. The log scale is of 1 + n, so that none has a place. */
export function share(n: number, most: number, kind: ScaleKind): number {
  if (most <= 0) return 0;
  return kind === 'log' ? Math.log1p(n) / Math.log1p(most) : n / most;
}

/** Round numbers (1, 2 or 5 times a power of ten apart) from 0 to at most `most`, about `count` steps; whole numbers only. */
export function countTicks(most: number, count: number, kind: ScaleKind): number[] {
  if (most < 1) return [0];
  if (kind === 'log') {
    const powers = Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, i) => 10 ** i);
    return [0, ...powers];
  }
  const step = Math.max(1, niceStep(most / count));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

/** The least 1, 2 or 5 times a power of ten that is not less than `step`. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  // A hair of tolerance: 0.3 / 3 is not less than 0.1, but its double is.
  return [1, 2, 5, 10].map((m) => m * power).find((nice) => nice >= step * (1 - 1e-9))!;
}

/** Is it 1, 2 or 5 times a power of ten? */
export const isNice = (value: number): boolean => Math.abs(niceStep(value) / value - 1) < 1e-6;

/**
 * Limits of an axis around `values`: on a linear scale the nearest round numbers, 0 at the least for fractions; on a log scale
 * 1, 2 or 5 times a power of ten. null where there is nothing to show.
 */
export function limits(values: readonly number[], kind: ScaleKind): { min: number; max: number } | null {
  const shown = kind === 'log' ? values.filter((value) => value > 0) : values;
  if (!shown.length) return null;
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const round = (value: number) => Number(value.toPrecision(12));
  if (kind === 'log') {
    const max = round(niceStep(high));
    const min = round(1 / niceStep(1 / low));
    return min < max ? { min, max } : { min: min / 2, max: max * 2 };
  }
  const step = niceStep((high - low || Math.abs(high) || 1) / 4);
  const min = round((Math.floor(low / step) - (low === high ? 1 : 0)) * step);
  const max = round((Math.ceil(high / step) + (low === high ? 1 : 0)) * step);
  return { min: low >= 0 ? Math.max(0, min) : min, max };
}

/** A tick of an axis as a percentage with no more digits than it needs: `5%`, `0.5%`, `2.25%`. */
export function tickPercent(fraction: number): string {
  const exact = fraction * 100;
  const digits = [0, 1, 2, 3].find((n) => Math.abs(Number(exact.toFixed(n)) - exact) <= Math.abs(exact) * 1e-6) ?? 4;
  return percent(fraction, digits);
}

/** The same as chart.js asks for it; a log scale has more ticks than round numbers, and these are left blank (null). */
export const fractionTick = (kind: ScaleKind) => (value: string | number) =>
  kind === 'log' && !isNice(Number(value)) ? null : tickPercent(Number(value));
