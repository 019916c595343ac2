import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classCorrelation, classEdges } from '../../../src/engine/lasso/classGraph';
import { stream } from '../../../src/engine/random';

describe('classCorrelation', () => {
  test('in closed form: the same, the opposite, orthogonal and half', () => {
    // Columns 1 -1 1 -1 | twice that and 5 | its negative | 1 1 -1 -1 | the sum of the first and the fourth.
    const logits = Float32Array.of(1, 7, -1, 1, 2, -1, 3, 1, 1, 0, 1, 7, -1, -1, 0, -1, 3, 1, -1, -2);
    const half = Math.SQRT1_2;
    const expected = [1, 1, -1, 0, half, 1, 1, -1, 0, half, -1, -1, 1, 0, -half, 0, 0, 0, 1, half, half, half, -half, half, 1];
    const { classes, correlation } = classCorrelation(logits, 4, 5);
    expect(classes).toBe(5);
    for (const [i, value] of expected.entries()) expect(correlation[i]).toBeCloseTo(value, 14);
  });

  test('symmetric, within [-1, 1], 1 on the diagonal, and blind to shift and scale', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 40 }), (seed, classes, samples) => {
        const random = stream(seed, 'logits');
        const logits = Float32Array.from({ length: samples * classes }, () => random.normal());
        const { correlation } = classCorrelation(logits, samples, classes);
        // A power of two and an integer keep float32 values nearly as they are.
        const moved = classCorrelation(logits.map((value, i) => -4 * value + (i % classes)), samples, classes).correlation; // prettier-ignore
        for (let a = 0; a < classes; a++) {
          expect(correlation[a * classes + a]).toBe(1);
          for (let b = 0; b < classes; b++) {
            expect(correlation[a * classes + b]).toBe(correlation[b * classes + a]);
            expect(Math.abs(correlation[a * classes + b]!)).toBeLessThanOrEqual(1);
            expect(Math.abs(moved[a * classes + b]! - correlation[a * classes + b]!)).toBeLessThan(1e-3);
          }
        }
      }),
    );
  });

  test('a constant logit correlates with none, its rounding included', () => {
    const samples = 100;
    // 0.1 is not a float32; the second is constant but for its last bit.
    const logits = Float32Array.from({ length: 4 * samples }, (_, i) => [0.1, 1e4 + (i % 3) * 0.001, Math.sin(i), Math.cos(i)][i % 4]!);
    const { correlation } = classCorrelation(logits, samples, 4);
    for (const c of [0, 1]) for (let b = 0; b < 4; b++) expect(correlation[c * 4 + b]).toBe(b === c ? 1 : 0);
    expect(correlation[2 * 4 + 3]).not.toBe(0);
  });

  test('one sample, or equal logits: nothing correlates, and nothing is not a number', () => {
    expect([...classCorrelation(Float32Array.of(3, -1), 1, 2).correlation]).toEqual([1, 0, 0, 1]);
    expect([...classCorrelation(new Float32Array(6), 3, 2).correlation]).toEqual([1, 0, 0, 1]);
  });
});

test('edges are the pairs above the threshold; negative ones with signs only', () => {
  const structure = { classes: 3, correlation: Float64Array.of(1, 0.5, -0.8, 0.5, 1, 0.3, -0.8, 0.3, 1) };
  const pairs = (threshold: number, signed: boolean) => classEdges(structure, { threshold, signed });
  expect(pairs(0.3, false)).toEqual([{ a: 0, b: 1, r: 0.5 }]);
  expect(pairs(0.3, true)).toEqual([{ a: 0, b: 1, r: 0.5 }, { a: 0, b: 2, r: -0.8 }]); // prettier-ignore
  expect(pairs(0.29, false).map(({ a, b }) => [a, b])).toEqual([[0, 1], [1, 2]]); // prettier-ignore
  expect(pairs(1, true)).toEqual([]);
});
