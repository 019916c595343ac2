/** Mean and spread of a few runs. */
import * as z from './zod';

export const Sample = z.object({
  mean: z.number(),
  /** Sample standard deviation (n - 1); null for one value. */
  deviation: z.nullable(z.number()),
});
export type Sample = z.infer<typeof Sample>;

export function mean(xs: readonly number[]): number {
  return xs.reduce((a, b) => a + b, 0) / xs.length;
}

/** null where there are no values. */
export function sample(xs: readonly number[]): Sample | null {
  if (!xs.length) return null;
  const m = mean(xs);
  return { mean: m, deviation: xs.length > 1 ? Math.sqrt(xs.reduce((sum, x) => sum + (x - m) ** 2, 0) / (xs.length - 1)) : null };
}
