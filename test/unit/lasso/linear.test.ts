import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradient, largestEigenvalue, multiplyGram, squaredError } from '../../../src/engine/lasso/linear';
import type { LassoProblem } from '../../../src/engine/lasso/problem';
import { stream } from '../../../src/engine/random';
import { correlatedProblem, problemOf, shapes, unitColumns } from './correlatedProblem';

/** Coefficients of which about half the rows are zero. */
function someCoefficients({ channels, responses }: LassoProblem, seed: number): Float64Array {
  const random = stream(seed, 'coefficients');
  const keep = Array.from({ length: channels }, () => random.uniform() < 0.5);
  return Float64Array.from({ length: channels * responses }, (_, i) => (keep[Math.floor(i / responses)] ? random.normal() : 0));
}

/** x'Gx / x'x, which is at most the largest eigenvalue, for the x that plain power iteration ends at: from below, where ours is from above. */
function rayleigh({ channels: d, gram }: LassoProblem, seed: number): number {
  const random = stream(seed, 'start');
  let x = Float64Array.from({ length: d }, () => random.normal());
  let quotient = 0;
  for (let step = 0; step < 2000; step++) {
    const y = x.map((_, i) => x.reduce((sum, value, k) => sum + gram[i * d + k]! * value, 0));
    const squares = x.reduce((sum, value) => sum + value * value, 0);
    quotient = x.reduce((sum, value, i) => sum + value * y[i]!, 0) / squares;
    const length = Math.hypot(...y);
    if (length === 0) return 0;
    x = y.map((value) => value / length);
  }
  return quotient;
}

test("a product with the Gram matrix is D'D B, and error and gradient are those of T - D B itself", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (seed, channels, responses) => {
      const random = stream(seed, 'columns');
      const column = () => Float64Array.from({ length: 12 }, () => random.normal());
      const d = unitColumns(Array.from({ length: channels }, column));
      const t = unitColumns(Array.from({ length: responses }, column));
      const problem = problemOf(d, t);
      const b = someCoefficients(problem, seed);
      const product = multiplyGram(problem, b);

      const error = t.map((y, c) => y.map((value, i) => d.reduce((left, x, k) => left - x[i]! * b[k * responses + c]!, value)));
      const half = error.reduce((sum, e) => sum + e.reduce((squares, value) => squares + value * value, 0), 0) / 2;
      expect(squaredError(problem, b, product)).toBeCloseTo(half, 10);
      const slope = gradient(problem, product);
      for (let k = 0; k < channels; k++) {
        for (let c = 0; c < responses; c++) {
          expect(slope[k * responses + c]!).toBeCloseTo(-error[c]!.reduce((sum, e, i) => sum + e * d[k]![i]!, 0), 10);
        }
      }
    }),
  );
});

describe('the largest eigenvalue', () => {
  const gramOf = (d: number, of: (i: number, k: number) => number): LassoProblem => ({
    channels: d,
    responses: 1,
    gram: Float64Array.from({ length: d * d }, (_, i) => of(Math.floor(i / d), i % d)),
    correlation: new Float64Array(d),
    energy: 1,
  });

  test('is never underestimated', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const problem = correlatedProblem(shape);
        expect(largestEigenvalue(problem)).toBeGreaterThanOrEqual(rayleigh(problem, shape.seed) * (1 - 1e-12));
      }),
      { numRuns: 20 },
    );
  });

  test('is met to a thousandth where no entry is negative', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 20 }), (seed, d) => {
        const random = stream(seed, 'positive');
        const columns = unitColumns(Array.from({ length: d }, () => Float64Array.from({ length: 30 }, () => random.uniform())));
        const problem = problemOf(columns, [columns[0]!]);
        expect(largestEigenvalue(problem) / rayleigh(problem, seed)).toBeLessThan(1.0011);
      }),
      { numRuns: 20 },
    );
  });

  test('of a chain, each channel like the next, takes many steps', () => {
    const chain = gramOf(5, (i, k) => (i === k ? 1 : Math.abs(i - k) === 1 ? 0.5 : 0));
    const exact = 1 + Math.cos(Math.PI / 6);
    expect(largestEigenvalue(chain)).toBeGreaterThanOrEqual(exact);
    expect(largestEigenvalue(chain)).toBeLessThan(1.0011 * exact);
  });

  test.each([
    ['all channels alike', gramOf(40, () => 1), 40],
    ['none like another', gramOf(40, (i, k) => (i === k ? 1 : 0)), 1],
    ['all constant', gramOf(40, () => 0), 0],
    ['one that is not constant', gramOf(40, (i, k) => (i === 7 && k === 7 ? 1 : 0)), 1],
    ['a block of 30 and one of 10', gramOf(40, (i, k) => (i < 30 === k < 30 ? 1 : 0)), 30],
    ['one channel', gramOf(1, () => 1), 1],
  ])('of %s', (_, problem, expected) => {
    expect(largestEigenvalue(problem)).toBeCloseTo(expected, 9);
  });
});
